// A menu that opens at a control or a point: arrow keys, Enter, Escape, typing to search where there is much.

import { fill, h, icon } from "./dom.js";

let current = null;

export function closeMenu() {
  current?.close();
}

/**
 * Open a menu. `at` is an element or {x, y}.
 * items: {label, hint, emoji, checked, danger, heading, stay, act}; `closed` is called at the end.
 */
export function openMenu(at, { label, items, search = false, wide = false, closed = null }) {
  closeMenu();
  const before = document.activeElement;
  const list = h("div", { class: "menu-items", role: "menu", "aria-label": label });
  const field = search ? h("input", { class: "menu-search", type: "text", placeholder: "Search", "aria-label": "Search" }) : null;
  const node = h("div", { class: wide ? "menu wide" : "menu" }, field, list);
  const draw = () => {
    const wanted = field?.value.trim().toLowerCase() ?? "";
    const fitting = items.filter((one) => !wanted || one.label?.toLowerCase().includes(wanted));
    fill(list, fitting.length ? fitting.map((one) => entry(one, draw)) : h("p", { class: "menu-empty" }, "Nothing found"));
  };
  const close = () => {
    if (current?.node !== node) return;
    current = null;
    node.remove();
    document.removeEventListener("pointerdown", outside, true);
    if (before?.isConnected) before.focus({ preventScroll: true });
    closed?.();
  };
  const outside = (event) => node.contains(event.target) || close();
  node.addEventListener("keydown", (event) => keys(event, node, close));
  draw();
  document.body.append(node);
  place(node, at);
  current = { node, close };
  document.addEventListener("pointerdown", outside, true);
  (field ?? list.querySelector("button"))?.focus({ preventScroll: true });
}

function entry(one, redraw) {
  if (one.heading) return h("div", { class: "menu-heading" }, one.heading);
  const press = () => {
    if (!one.stay) closeMenu();
    one.act();
    if (one.stay) {
      one.checked = !one.checked;
      redraw();
    }
  };
  const checkable = one.checked !== undefined;
  return h(
    "button",
    {
      class: one.danger ? "menu-item danger" : "menu-item",
      type: "button",
      role: checkable ? "menuitemcheckbox" : "menuitem",
      "aria-checked": checkable ? String(one.checked) : undefined,
      onclick: press,
    },
    one.emoji && h("span", { class: "emoji" }, one.emoji.name ?? one.emoji),
    h("span", { class: "menu-label" }, h("span", {}, one.label), one.hint && h("small", {}, one.hint)),
    one.icon && icon(one.icon, 18),
    one.checked && h("span", { class: "tick", "aria-hidden": "true" }, "✓"),
  );
}

function keys(event, node, close) {
  const buttons = [...node.querySelectorAll("button")];
  const index = buttons.indexOf(document.activeElement);
  const focus = (at) => buttons[(at + buttons.length) % buttons.length]?.focus();
  if (event.key === "Escape" || event.key === "Tab") close();
  else if (event.key === "ArrowDown") focus(index + 1);
  else if (event.key === "ArrowUp") focus(index < 0 ? -1 : index - 1);
  else if (event.key === "Home") focus(0);
  else if (event.key === "End") focus(-1);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function place(node, at) {
  const box = at instanceof Element ? at.getBoundingClientRect() : { left: at.x, right: at.x, top: at.y, bottom: at.y, width: 0 };
  if (node.classList.contains("wide")) node.style.minWidth = `${box.width}px`;
  const size = node.getBoundingClientRect();
  const below = box.bottom + 6 + size.height <= innerHeight;
  const top = below ? box.bottom + 6 : Math.max(8, box.top - size.height - 6);
  node.style.top = `${top}px`;
  node.style.left = `${Math.max(8, Math.min(box.left, innerWidth - size.width - 8))}px`;
}
