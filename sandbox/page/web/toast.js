// Short notes about what went wrong, each one plain sentence, gone after a while.

import { $, h, icon } from "./dom.js";

const SHOWN_MS = 6000;

export function toast(sentence, kind = "error") {
  const box = $("toasts");
  for (const old of box.children) if (old.dataset.sentence === sentence) old.remove();
  const node = h("div", { class: `toast ${kind}`, data: { sentence } }, h("span", {}, sentence));
  const close = h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => node.remove() }, icon("close", 16));
  node.append(close);
  box.append(node);
  while (box.children.length > 4) box.firstChild.remove();
  setTimeout(() => node.remove(), SHOWN_MS);
}
