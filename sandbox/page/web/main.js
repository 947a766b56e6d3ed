// Puts the page together: the store, the connection, the views, and what belongs to no view of its own.

import { $, fill, icon } from "./dom.js";
import { Connection } from "./connection.js";
import { Store } from "./state.js";
import { Composer } from "./composer.js";
import { MessageList } from "./messages.js";
import { Sound } from "./sound.js";
import { channelList } from "./channels.js";
import { memberList } from "./members.js";
import { mePanel } from "./me_panel.js";
import { mentionContext } from "./context.js";
import { makeActions, closeSidebar } from "./actions.js";
import { openModal } from "./modal.js";
import { toast } from "./toast.js";

const MODAL = "modal";

const store = new Store();
const parts = {};
const handlers = {
  event: (event) => store.take(event),
  sound: (data) => parts.sound.take(data),
  status: (status) => showStatus(status),
};

const remembered = localStorage.getItem("me");
const connection = new Connection(handlers, remembered);
const act = makeActions(store, connection, parts);

parts.sound = new Sound({ listen: (on) => connection.ask("listen", { on }).catch(() => {}), speaking: (userId, on) => store.take({ t: "speaking", user_id: userId, on }) });
const env = { act, context: mentionContext(store, act) };
parts.list = new MessageList(store, env);
parts.composer = new Composer(store, { ...act, edit: act.editMessage });
channelList(store, act);
memberList(store, act);
mePanel(store, act, parts.sound);

// For tests of the page: what is heard right now, and what the page knows.
globalThis.roadie = { store, connection, sound: parts.sound };

store.on("snapshot", () => {
  connection.me = store.me;
  const wanted = store.channelId ?? localStorage.getItem("channel");
  const channel = store.channelById(wanted) ?? store.guild.channels.find((one) => !one.voice) ?? store.channels[0];
  if (channel) store.open(channel.id);
  parts.sound.again();
});

store.on("channel guild", () => {
  const { channel } = store;
  if (!channel) return;
  const name = channel.type === 1 ? store.bot.name : channel.name;
  fill($("channel-icon"), icon(channel.voice ? "speaker" : channel.type === 1 ? "at" : "hash", 22));
  $("channel-name").textContent = name;
  $("channel-topic").textContent = channel.topic ?? "";
  document.title = `${channel.voice || channel.type === 1 ? "" : "#"}${name} · ${store.guild.name}`;
});

store.on("guild", () => {
  if (store.ready && !store.channel && store.channels[0]) store.open(store.channels[0].id);
});

store.on("interaction", (event) => {
  if (event.state === MODAL && event.modal) openModal(event, { submit: (values) => act.submitForm(event, values) });
});

store.on("note", (sentence) => toast(sentence));

store.on("typing channel", () => {
  const names = [...store.typing.values()].filter((one) => one.channelId === store.channelId).map((one) => store.nameOf(store.user(one.userId)));
  $("typing").textContent = sentenceOf(names);
  $("typing").classList.toggle("on", names.length > 0);
});

function sentenceOf(names) {
  if (!names.length) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return "Several people are typing…";
}

let lostTimer = null;

function showStatus(status) {
  const note = $("connection-note");
  clearTimeout(lostTimer);
  if (status === "open") {
    note.hidden = true;
    return;
  }
  lostTimer = setTimeout(() => {
    note.textContent = "The connection to the sandbox was lost. Trying again…";
    note.hidden = false;
  }, store.ready ? 300 : 1500);
}

// The narrow layout's drawer, and the members column.
fill($("menu-button"), icon("menu"));
fill($("members-button"), icon("people"));
$("menu-button").addEventListener("click", () => {
  const open = document.body.classList.toggle("sidebar-open");
  $("menu-button").setAttribute("aria-expanded", String(open));
});
document.querySelector(".main").addEventListener("click", (event) => {
  if (document.body.classList.contains("sidebar-open") && !event.target.closest("#menu-button")) closeSidebar();
});
const showMembers = (on) => {
  document.body.classList.toggle("no-members", !on);
  $("members-button").setAttribute("aria-pressed", String(on));
  if (!narrow.matches) localStorage.setItem("members", on ? "on" : "off");
};
const narrow = matchMedia("(max-width: 1000px)");
const suitMembers = () => {
  const hidden = document.body.classList.toggle("no-members", narrow.matches || localStorage.getItem("members") === "off");
  $("members-button").setAttribute("aria-pressed", String(!hidden));
};
narrow.addEventListener("change", suitMembers);
suitMembers();
$("members-button").addEventListener("click", () => showMembers(document.body.classList.contains("no-members")));

// Files may be dropped anywhere on the conversation.
let inside = 0;
const zone = $("drop-zone");
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
zone.addEventListener("dragenter", (event) => hasFiles(event) && (inside++, zone.classList.add("dropping")));
zone.addEventListener("dragleave", (event) => hasFiles(event) && --inside <= 0 && zone.classList.remove("dropping"));
zone.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
zone.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  inside = 0;
  zone.classList.remove("dropping");
  parts.composer.addFiles(event.dataTransfer.files);
});

// Typing anywhere goes into the message box, as in Discord.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
  if (document.activeElement?.closest("input, textarea, dialog, .menu, [role=button]")) return;
  if (document.activeElement?.tagName === "BUTTON" && !document.activeElement.closest(".toolbar, .channels, .members")) return;
  if (!parts.composer.form) parts.composer.focus();
});
