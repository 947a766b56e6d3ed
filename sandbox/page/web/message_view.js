// One message as an element. Its parts are drawn anew only when what they show has changed, so that a progress bar that
// moves does not take the focus from a button, and a playing attachment goes on.

import { avatar, fill, h, icon } from "./dom.js";
import { componentsView, emojiView } from "./components.js";
import { embedView } from "./embeds.js";
import { attachmentView } from "./attachments.js";
import { isOnlyEmoji, markdown } from "./markdown.js";
import { clockOf, fullOf, whenOf } from "./times.js";

const LOADING = 1 << 7;

const PARTS = {
  reply: { of: (m) => [m.referenced_message, m.message_reference, m.interaction_metadata], draw: drawReply },
  head: { of: (m, env) => [m.author, m.timestamp, env.compact, env.store.nameOf(m.author)], draw: drawHead },
  content: { of: (m) => [m.content, m.edited_timestamp, m.flags, m.embeds.length], draw: drawContent },
  files: { of: (m) => m.attachments, draw: (m) => m.attachments.map(attachmentView) },
  embeds: { of: (m) => m.embeds, draw: (m, env) => m.embeds.map((embed) => embedView(embed, env.context)) },
  components: { of: (m) => m.components, draw: (m, env) => componentsView(m, env.store, env.context, env.act) },
  reactions: { of: (m, env) => [m.reactions, env.store.me], draw: drawReactions },
  note: { of: (m) => m.private, draw: drawNote },
};

const drawn = new WeakMap();

/** Make a message's element. env: {store, context, act, compact}. */
export function messageElement(message, env) {
  const parts = Object.fromEntries(Object.keys(PARTS).map((name) => [name, h("div", { class: `part-${name}` })]));
  const body = h("div", { class: "message-body" }, parts.head, parts.content, parts.files, parts.embeds,
    parts.components, parts.reactions, parts.note);
  const element = h("li", { class: "message", data: { id: message.id } }, parts.reply,
    h("div", { class: "message-row" }, h("div", { class: "message-side" }), body));
  drawn.set(element, { parts, seen: {} });
  updateMessage(element, message, env);
  return element;
}

/** Draw what changed. */
export function updateMessage(element, message, env) {
  const { parts, seen } = drawn.get(element);
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.customId : null;
  element.classList.toggle("compact", env.compact);
  element.classList.toggle("private", Boolean(message.private));
  element.classList.toggle("pings-me", message.mention_everyone || message.mentions.some((user) => user.id === env.store.me));
  drawSide(element.querySelector(".message-side"), message, env);
  for (const [name, part] of Object.entries(PARTS)) {
    const now = JSON.stringify(part.of(message, env));
    if (seen[name] === now) continue;
    seen[name] = now;
    fill(parts[name], part.draw(message, env));
    parts[name].hidden = !parts[name].hasChildNodes();
  }
  if (focused) element.querySelector(`[data-custom-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function drawSide(side, message, env) {
  const date = new Date(message.timestamp);
  const wanted = env.compact ? "time" : "avatar";
  if (side.dataset.shows === wanted) return;
  side.dataset.shows = wanted;
  if (env.compact) fill(side, h("time", { class: "side-time", datetime: message.timestamp }, clockOf(date)));
  else {
    const user = env.store.user(message.author.id);
    const open = (event) => env.act.openUser(user, event.currentTarget);
    fill(side, h("button", { class: "avatar-button", type: "button", "aria-label": `About ${env.store.nameOf(user)}`, onclick: open }, avatar(user)));
  }
}

function drawReply(message, env) {
  const { store } = env;
  if (message.type === 19 || message.message_reference) {
    const target = message.referenced_message;
    if (!target) return h("div", { class: "reply" }, h("span", { class: "reply-lost" }, "The original message was deleted."));
    const user = store.user(target.author.id);
    const text = target.content || (target.attachments.length ? "an attachment" : "an embed");
    const jump = () => env.act.jump(target.id);
    return h("button", { class: "reply", type: "button", onclick: jump, "aria-label": `In reply to ${store.nameOf(user)}` },
      avatar(user, 16), h("strong", {}, store.nameOf(user)), h("span", { class: "reply-text" }, text));
  }
  const by = message.interaction_metadata;
  if (!by?.name || by.type !== 2) return null;
  const user = store.user(by.user.id);
  const name = message.type === 23 ? by.name : `/${by.name}`;
  return h("div", { class: "reply" }, avatar(user, 16), h("strong", {}, store.nameOf(user)), h("span", {}, "used"), h("span", { class: "command-name" }, name));
}

function drawHead(message, env) {
  if (env.compact) return null;
  const user = env.store.user(message.author.id);
  const date = new Date(message.timestamp);
  const color = env.store.colorOf(user.id);
  const open = (event) => env.act.openUser(user, event.currentTarget);
  return [
    h("button", { class: "author", type: "button", vars: color ? { color } : undefined, onclick: open,
      oncontextmenu: (event) => { event.preventDefault(); env.act.userMenu(user, { x: event.clientX, y: event.clientY }); } }, env.store.nameOf(user)),
    user.bot && h("span", { class: "bot-tag" }, "APP"),
    h("time", { class: "when", datetime: message.timestamp, title: fullOf(date) }, whenOf(date)),
  ];
}

function drawContent(message, env) {
  if (message.flags & LOADING) {
    const who = env.store.nameOf(env.store.user(message.author.id));
    return h("div", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), `${who} is thinking…`);
  }
  if (!message.content) return null;
  const big = isOnlyEmoji(message.content);
  return h("div", { class: big ? "content jumbo" : "content" }, markdown(message.content, env.context),
    message.edited_timestamp && h("span", { class: "edited", title: fullOf(new Date(message.edited_timestamp)) }, "(edited)"));
}

function drawReactions(message, env) {
  if (!message.reactions.length) return null;
  const pills = message.reactions.map((reaction) => {
    const mine = reaction.users.includes(env.store.me);
    const names = reaction.users.map((id) => env.store.nameOf(env.store.user(id))).join(", ");
    return h("button", { class: mine ? "reaction mine" : "reaction", type: "button", title: `${names} reacted with ${reaction.emoji.name}`,
      "aria-pressed": String(mine), "aria-label": `${reaction.emoji.name}, ${reaction.users.length}`,
      onclick: () => env.act.react(message, reaction.key, !mine) }, emojiView(reaction.emoji), h("span", {}, String(reaction.users.length)));
  });
  const add = h("button", { class: "reaction add", type: "button", "aria-label": "Add a reaction", onclick: (event) => env.act.pickReaction(message, event.currentTarget) }, icon("smile", 18));
  return h("div", { class: "reactions" }, pills, add);
}

function drawNote(message, env) {
  if (!message.private) return null;
  return h("p", { class: "only-you" }, "Only you can see this • ",
    h("button", { type: "button", class: "text-button", onclick: () => env.act.remove(message) }, "Dismiss message"));
}
