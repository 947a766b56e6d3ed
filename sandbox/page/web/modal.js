// A form that the bot opens: a dialog with its fields, kept within it by the browser.

import { h, icon } from "./dom.js";

const ROW = 1;
const TEXT_INPUT = 4;
const LABEL = 18;
const PARAGRAPH = 2;

/** Show a form; `submit(values)` sends it and may throw a sentence. */
export function openModal(interaction, { submit }) {
  const { modal } = interaction;
  const fields = modal.components.map(field).filter(Boolean);
  const problem = h("p", { class: "problem", role: "alert" });
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" });
  const send = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(fields.map(({ customId, input }) => [customId, input.value]));
    try {
      await submit(values);
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  const form = h("form", { class: "modal-form", onsubmit: send },
    h("header", {}, h("h2", { id: "modal-title" }, modal.title), h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"))),
    h("div", { class: "modal-fields" }, fields.map((one) => one.node), problem),
    h("footer", {}, h("button", { type: "button", class: "component-button secondary", onclick: () => dialog.close() }, "Cancel"), h("button", { type: "submit", class: "component-button primary" }, "Submit")));
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.input.focus();
}

let serial = 0;

function field(component) {
  if (component.type === ROW) return build(component.components[0], component.components[0]?.label, null);
  if (component.type === LABEL) return build(component.component, component.label, component.description);
  return null;
}

function build(input, label, description) {
  if (input?.type !== TEXT_INPUT) return null;
  const id = `modal-field-${++serial}`;
  const required = input.required ?? true;
  const props = { id, placeholder: input.placeholder, required, minlength: input.min_length, maxlength: input.max_length ?? 4000 };
  const control = input.style === PARAGRAPH ? h("textarea", { ...props, rows: "4" }) : h("input", { ...props, type: "text" });
  control.value = input.value ?? "";
  const node = h("div", { class: "modal-field" }, h("label", { for: id }, label, required && h("span", { class: "star", "aria-hidden": "true" }, " *")),
    description && h("small", {}, description), control);
  return { node, input: control, customId: input.custom_id };
}
