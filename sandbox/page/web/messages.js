// The list of messages of the open channel: keyed by id, scrolled to the end while the reader is there.

import { $, fill, h, icon } from "./dom.js";
import { messageElement, updateMessage } from "./message_view.js";
import { pendingView } from "./pending.js";
import { dayOf } from "./times.js";

const GROUP_MS = 7 * 60 * 1000;
const NEAR_PX = 120;

export class MessageList {
  constructor(store, env) {
    this.store = store;
    this.env = env;
    this.list = $("messages");
    this.scroller = $("scroller");
    this.elements = new Map();
    this.pending = pendingView(store, $("pending"));
    this.pending.changed = () => this.keepEnd(() => {});
    store.on("snapshot channel", () => this.redraw());
    store.on("message", ({ message, fresh }) => message.channel_id === store.channelId && this.put(message, fresh));
    store.on("gone", ({ channelId }) => channelId === store.channelId && this.keepEnd(() => this.draw()));
    store.on("older", ({ channelId }) => channelId === store.channelId && this.growUp());
    store.on("guild", () => this.draw());
    $("jump").addEventListener("click", () => this.toEnd());
    $("older").addEventListener("click", () => env.act.older());
    this.scroller.addEventListener("scroll", () => this.atEnd() && ($("jump").hidden = true), { passive: true });
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.list);
    this.scroller.addEventListener("scroll", () => (this.stuck = this.atEnd()), { passive: true });
    this.stuck = true;
  }

  atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.stuck = true;
    $("jump").hidden = true;
  }

  keepEnd(change) {
    const stay = this.atEnd();
    change();
    if (stay) this.toEnd();
    return stay;
  }

  redraw() {
    this.elements.clear();
    this.list.replaceChildren();
    this.draw();
    this.pending.draw();
    this.toEnd();
  }

  put(message, fresh) {
    const stay = this.keepEnd(() => this.draw());
    if (!stay && fresh) {
      if (message.author.id === this.store.me) this.toEnd();
      else $("jump").hidden = false;
    }
  }

  growUp() {
    const before = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.draw();
    this.scroller.scrollTop = this.scroller.scrollHeight - before;
  }

  /** Bring the elements in line with the store; what is unchanged stays as it is. */
  draw() {
    const messages = [...this.store.messagesIn(this.store.channelId).values()].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    const wanted = [];
    let before = null;
    for (const message of messages) {
      const date = new Date(message.timestamp);
      if (!before || new Date(before.timestamp).toDateString() !== date.toDateString()) wanted.push(this.dayLine(date));
      const compact = follows(before, message);
      wanted.push(this.element(message, compact));
      before = message;
    }
    const kept = new Set(messages.map((message) => message.id));
    for (const id of this.elements.keys()) if (!id.startsWith("day") && !kept.has(id)) this.elements.delete(id);
    reconcile(this.list, wanted);
    this.drawWelcome();
  }

  element(message, compact) {
    const env = { ...this.env, store: this.store, compact };
    const known = this.elements.get(message.id);
    if (known) updateMessage(known, message, env);
    const element = known ?? messageElement(message, env);
    this.elements.set(message.id, element);
    element.oncontextmenu = (event) => this.env.act.messageMenu(message, event);
    if (!known) element.append(this.toolbar(message.id));
    return element;
  }

  toolbar(id) {
    const current = () => this.store.messagesIn(this.store.channelId).get(id);
    const tool = (label, name, act) => h("button", { type: "button", "aria-label": label, title: label, onclick: (event) => act(current(), event.currentTarget) }, icon(name, 18));
    const { act } = this.env;
    return h("div", { class: "toolbar" },
      tool("Add a reaction", "smile", (m, at) => act.pickReaction(m, at)),
      tool("Reply", "reply", (m) => act.reply(m)),
      tool("More", "more", (m, at) => act.messageMenu(m, at)));
  }

  dayLine(date) {
    const key = `day ${date.toDateString()}`;
    if (!this.elements.has(key)) this.elements.set(key, h("li", { class: "day-line", role: "separator" }, h("span", {}, dayOf(date))));
    return this.elements.get(key);
  }

  drawWelcome() {
    const { channel, channelId, exhausted } = this.store;
    const start = exhausted.has(channelId);
    $("older").hidden = start;
    if (!channel || !start) return fill($("welcome"));
    const name = channel.type === 1 ? "Roadie" : channel.name;
    const text = channel.type === 1 ? "This is the beginning of your private messages." : `This is the start of the ${name} channel. Type / to see what the bot can do.`;
    return fill($("welcome"), h("span", { class: "welcome-icon" }, icon(channel.voice ? "speaker" : channel.type === 1 ? "at" : "hash", 36)), h("h2", {}, `Welcome to ${channel.type === 1 ? "" : channel.voice ? "" : "#"}${name}!`), h("p", {}, text));
  }

  flash(id) {
    const element = this.elements.get(id);
    if (!element?.isConnected) return false;
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.classList.add("flash");
    setTimeout(() => element.classList.remove("flash"), 1600);
    return true;
  }
}

function follows(before, message) {
  return Boolean(before) && before.author.id === message.author.id && !message.message_reference && message.type === 0 && before.private === message.private &&
    new Date(message.timestamp) - new Date(before.timestamp) < GROUP_MS && new Date(before.timestamp).toDateString() === new Date(message.timestamp).toDateString();
}

/** Make `wanted` the children of `parent`, moving as little as possible. */
function reconcile(parent, wanted) {
  let at = parent.firstChild;
  for (const element of wanted) {
    if (element === at) at = at.nextSibling;
    else parent.insertBefore(element, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}
