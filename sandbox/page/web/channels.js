// The side bar: text channels, voice channels with who sits in them, and private messages with the bot.

import { $, avatar, fill, h, icon } from "./dom.js";

const DIRECT = 1;
const CATEGORY = 4;

/** act: openChannel, joinVoice, userMenu, openDirect. */
export function channelList(store, act) {
  const draw = () => {
    if (!store.ready) return;
    $("server-name").textContent = store.guild.name;
    const { channels, direct } = store.guild;
    const text = channels.filter((one) => !one.voice && one.type !== CATEGORY);
    const voice = channels.filter((one) => one.voice);
    fill(
      $("channels"),
      !store.guild.available && h("p", { class: "outage" }, "The server is not available right now."),
      section("Text channels", text.map((one) => textRow(one))),
      section("Voice channels", voice.map((one) => voiceRow(one))),
      section("Private", [direct ? textRow(direct) : openDirect()]),
    );
  };
  store.on("snapshot channel unread guild voice", draw);
  store.on("speaking", ({ userId, on }) => {
    for (const seat of $("channels").querySelectorAll(`[data-user="${userId}"]`)) seat.classList.toggle("speaking", on);
  });

  function section(name, rows) {
    const id = `section-${name.toLowerCase().replaceAll(" ", "-")}`;
    return h("section", { "aria-labelledby": id }, h("h2", { id, class: "section-name" }, name), h("ul", { class: "channel-rows" }, rows));
  }

  function openDirect() {
    return h("li", {}, h("button", { class: "channel-row", type: "button", onclick: act.openDirect }, icon("at", 18), h("span", { class: "row-name" }, `Message ${store.bot?.name ?? "the bot"}`)));
  }

  function textRow(channel) {
    const unread = store.unread.get(channel.id);
    const open = channel.id === store.channelId;
    const name = channel.type === DIRECT ? store.bot.name : channel.name;
    const classes = ["channel-row", open && "open", unread !== undefined && "unread"].filter(Boolean).join(" ");
    return h("li", {}, h("button", { class: classes, type: "button", "aria-current": open ? "page" : undefined, onclick: () => act.openChannel(channel) },
      icon(channel.type === DIRECT ? "at" : "hash", 18), h("span", { class: "row-name" }, name),
      unread ? h("span", { class: "badge", "aria-label": `${unread} mentions` }, String(unread)) : null));
  }

  function voiceRow(channel) {
    const seats = [...store.voice.values()].filter((state) => state.channel_id === channel.id);
    const here = store.seatOf(store.me) === channel.id;
    const limit = channel.user_limit ? `${String(seats.length).padStart(2, "0")} | ${String(channel.user_limit).padStart(2, "0")}` : null;
    const join = () => (here ? act.openChannel(channel) : act.joinVoice(channel));
    const classes = ["channel-row", here && "joined", channel.id === store.channelId && "open"].filter(Boolean).join(" ");
    return h("li", { class: "voice-channel", data: { channel: channel.id } },
      h("div", { class: "voice-head" },
        h("button", { class: classes, type: "button", onclick: join, "aria-label": here ? `${channel.name}, you are here` : `Join ${channel.name}` },
          icon("speaker", 18), h("span", { class: "row-name" }, channel.name), limit && h("span", { class: "limit" }, limit)),
        h("button", { class: "icon-button row-tool", type: "button", "aria-label": `Open the chat of ${channel.name}`, title: "Open chat", onclick: () => act.openChannel(channel) }, icon("hash", 16))),
      channel.status && h("p", { class: "voice-status" }, channel.status),
      seats.length ? h("ul", { class: "seats", "aria-label": `In ${channel.name}` }, seats.map(seat)) : null);
  }

  function seat(state) {
    const user = store.user(state.user_id);
    const name = store.nameOf(user);
    const open = (event) => {
      event.preventDefault();
      act.userMenu(user, event.type === "contextmenu" ? { x: event.clientX, y: event.clientY } : event.currentTarget);
    };
    return h("li", {}, h("button", { class: store.speaking.has(user.id) ? "seat speaking" : "seat", type: "button", data: { user: user.id }, onclick: open, oncontextmenu: open },
      avatar(user, 24), h("span", { class: "row-name" }, name, user.id === store.me && h("small", {}, " (you)")),
      user.bot && h("span", { class: "bot-tag" }, "APP"), state.muted && icon("micOff", 15), state.deafened && icon("deafOff", 15)));
  }
}
