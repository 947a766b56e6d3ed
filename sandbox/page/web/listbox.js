// The list that opens above the message box: commands, or what an option offers. The text field keeps the focus; the
// chosen entry is told through aria-activedescendant.

import { fill, h } from "./dom.js";

let serial = 0;

/** No entry is chosen until an arrow key or the pointer asks for one. */
export const NONE = -1;

export class Listbox {
  constructor(label) {
    this.id = `listbox-${++serial}`;
    this.heading = h("div", { class: "listbox-heading" });
    this.list = h("ul", { class: "listbox-items", role: "listbox", id: this.id, "aria-label": label });
    this.node = h("div", { class: "listbox", hidden: true }, this.heading, this.list);
    this.entries = [];
    this.at = 0;
    this.field = null;
  }

  get open() {
    return !this.node.hidden;
  }

  /** Show entries ({label, hint, side}) for a field; `pick(entry)` when one is chosen. */
  show(field, heading, entries, pick, { first = 0 } = {}) {
    if (this.field !== field) this.field?.removeAttribute("aria-activedescendant");
    this.field = field;
    this.entries = entries;
    this.pick = pick;
    this.heading.textContent = heading;
    this.node.hidden = false;
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", this.id);
    fill(this.list, entries.map((entry, index) => this.row(entry, index)));
    this.move(first, true);
  }

  hint(field, sentence) {
    this.show(field, sentence, [], () => {});
  }

  row(entry, index) {
    const choose = (event) => {
      event.preventDefault();
      this.pick(entry);
    };
    return h("li", { role: "option", id: `${this.id}-${index}`, class: "listbox-item", onmousedown: choose, onmousemove: () => this.move(index, true) },
      h("span", { class: "item-main" }, h("span", { class: "item-label" }, entry.label), entry.hint && h("small", {}, entry.hint)),
      entry.side && h("span", { class: "item-side" }, entry.side));
  }

  move(index, absolute = false) {
    const count = this.entries.length;
    if (absolute && index === NONE) this.at = NONE;
    else this.at = count ? (((absolute ? index : Math.max(this.at, index > 0 ? NONE : 0) + index) % count) + count) % count : NONE;
    [...this.list.children].forEach((row, i) => {
      row.classList.toggle("current", i === this.at);
      row.setAttribute("aria-selected", String(i === this.at));
    });
    const current = this.list.children[this.at];
    if (!current) return this.field?.removeAttribute("aria-activedescendant");
    current.scrollIntoView({ block: "nearest" });
    return this.field.setAttribute("aria-activedescendant", current.id);
  }

  hide() {
    this.node.hidden = true;
    this.field?.setAttribute("aria-expanded", "false");
    this.field?.removeAttribute("aria-activedescendant");
  }

  /** Take a key if it is for the list; tells whether it was. */
  key(event) {
    if (!this.open) return false;
    if (event.key === "ArrowDown") this.move(1);
    else if (event.key === "ArrowUp") this.move(-1);
    else if (event.key === "Escape") this.hide();
    else if ((event.key === "Enter" || event.key === "Tab") && this.at >= 0 && !event.shiftKey) this.pick(this.entries[this.at]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
