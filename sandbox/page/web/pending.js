// What the person did and the bot has not answered yet: "Sending command…", and why it failed if it did.

import { $, fill, h } from "./dom.js";

const FAILED_SHOWN_MS = 20000;

/** Tracks interactions; `pressed` ones show on their button, commands as a line at the end of the list. */
export function pendingView(store, list) {
  const open = new Map();
  const early = new Map();
  const view = { changed: () => {}, draw, begin };

  store.on("interaction", (event) => {
    const entry = open.get(event.id);
    if (!entry) {
      early.set(event.id, event);
      if (early.size > 50) early.delete(early.keys().next().value);
      return;
    }
    settle(entry, event);
  });
  store.on("snapshot", () => open.clear());

  function settle(entry, event) {
    if (event.state === "pending") return;
    stop(entry);
    if (event.state !== "failed") {
      open.delete(event.id);
      draw();
      return;
    }
    entry.failure = event.failure;
    setTimeout(() => open.delete(entry.id) && draw(), FAILED_SHOWN_MS);
    if (entry.message) {
      open.delete(event.id);
      failUnder(entry.message, event.failure);
    }
    draw();
  }

  /** Note an interaction that just began. entry: {id, channelId, name} or {id, message, control}. */
  function begin(entry) {
    open.set(entry.id, entry);
    if (entry.control) {
      entry.control.classList.add("busy");
      entry.control.setAttribute("aria-busy", "true");
    }
    const before = early.get(entry.id);
    if (before) {
      early.delete(entry.id);
      settle(entry, before);
    }
    draw();
  }

  function stop(entry) {
    const selector = entry.control ? `[data-id="${entry.message.id}"] [data-custom-id="${CSS.escape(entry.control.dataset.customId)}"]` : null;
    for (const control of [entry.control, selector && document.querySelector(selector)]) {
      control?.classList.remove("busy");
      control?.removeAttribute("aria-busy");
    }
  }

  function draw() {
    const mine = [...open.values()].filter((entry) => !entry.message && entry.channelId === store.channelId);
    fill(list, mine.map(line));
    view.changed();
  }

  function line(entry) {
    const dismiss = () => {
      open.delete(entry.id);
      draw();
    };
    if (entry.failure) {
      return h("li", { class: "pending failed" }, h("span", { class: "command-name" }, entry.name), h("span", {}, entry.failure),
        h("button", { type: "button", class: "text-button", onclick: dismiss }, "Dismiss"));
    }
    return h("li", { class: "pending" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      h("span", {}, "Sending command…"), h("span", { class: "command-name" }, entry.name));
  }

  return view;
}

function failUnder(message, sentence) {
  const element = $("messages").querySelector(`[data-id="${message.id}"] .message-body`);
  if (!element) return;
  element.querySelector(".failed-note")?.remove();
  const note = h("p", { class: "failed-note", role: "alert" }, sentence);
  element.append(note);
  setTimeout(() => note.remove(), 8000);
}
