// Buttons and select menus under a message, and the texts and containers of newer messages.

import { fill, h, icon } from "./dom.js";
import { markdown } from "./markdown.js";
import { openMenu } from "./menu.js";

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "secondary" };
const PICKERS = { 3: "option", 5: "user", 6: "role", 7: "mentionable", 8: "channel" };

/** act: press(message, customId, element), choose(message, customId, values, element). */
export function componentsView(message, store, context, act) {
  const env = { message, store, context, act };
  return message.components.map((component) => view(component, env));
}

function view(component, env) {
  switch (component.type) {
    case 1: return h("div", { class: "component-row" }, component.components.map((one) => view(one, env)));
    case 2: return button(component, env);
    case 3: case 5: case 6: case 7: case 8: return select(component, env);
    case 9: return h("div", { class: "component-section" },
      h("div", {}, component.components.map((one) => view(one, env))), component.accessory && view(component.accessory, env));
    case 10: return h("div", { class: "component-text" }, markdown(component.content ?? "", env.context));
    case 11: return picture(component.media?.url, "embed-thumbnail");
    case 12: return h("div", { class: "component-gallery" }, (component.items ?? []).map((one) => picture(one.media?.url, "")));
    case 14: return h("hr", { class: component.divider === false ? "gap" : "" });
    case 17: {
      const color = component.accent_color ? `#${component.accent_color.toString(16).padStart(6, "0")}` : undefined;
      return h("div", { class: "embed component-container", vars: color ? { "--bar": color } : undefined },
        h("div", { class: "embed-main" }, component.components.map((one) => view(one, env))));
    }
    default: return null;
  }
}

function picture(url, className) {
  return /^https?:/.test(url ?? "") ? h("img", { class: className, src: url, alt: "", loading: "lazy" }) : null;
}

export function emojiView(emoji) {
  if (!emoji) return null;
  const custom = Boolean(emoji.id);
  return h("span", { class: custom ? "custom-emoji" : "emoji" }, custom ? `:${emoji.name}:` : emoji.name);
}

function button(component, { message, act }) {
  const style = BUTTON_STYLES[component.style] ?? "secondary";
  const label = [emojiView(component.emoji), component.label && h("span", {}, component.label)];
  if (component.style === 5) {
    return h("a", { class: "component-button link", href: component.url, target: "_blank", rel: "noopener noreferrer" }, label,
      h("span", { class: "out", "aria-label": "(opens another page)" }, "↗"));
  }
  const name = component.label ? null : (component.emoji?.name ?? "button");
  return h(
    "button",
    {
      class: `component-button ${style}`,
      type: "button",
      disabled: component.disabled,
      "aria-label": name,
      data: { customId: component.custom_id },
      onclick: (event) => act.press(message, component.custom_id, event.currentTarget),
    },
    label,
  );
}

function select(component, env) {
  const placeholder = component.placeholder || `Choose ${component.type === 3 ? "an option" : `a ${PICKERS[component.type]}`}`;
  const options = offers(component, env.store);
  const chosen = new Set(options.filter((one) => one.default).map((one) => one.value));
  const shown = h("span", { class: "select-shown" });
  const redraw = () => {
    const labels = options.filter((one) => chosen.has(one.value)).map((one) => one.label);
    fill(shown, labels.length ? labels.join(", ") : h("span", { class: "placeholder" }, placeholder));
  };
  redraw();
  const send = (control) => env.act.choose(env.message, component.custom_id, [...chosen], control);
  const open = (event) => {
    const control = event.currentTarget;
    const many = (component.max_values ?? 1) > 1;
    openMenu(control, {
      label: placeholder,
      wide: true,
      search: options.length > 12,
      items: options.map((one) => ({
        label: one.label,
        hint: one.description,
        emoji: one.emoji,
        checked: chosen.has(one.value),
        stay: many,
        act: () => {
          if (!many) chosen.clear();
          if (many && chosen.has(one.value)) chosen.delete(one.value);
          else if (chosen.size < (component.max_values ?? 1)) chosen.add(one.value);
          redraw();
          if (!many) send(control);
        },
      })),
      closed: () => many && chosen.size >= (component.min_values ?? 1) && send(control),
    });
  };
  return h("button", {
    class: "component-select", type: "button", disabled: component.disabled, "aria-haspopup": "menu",
    "aria-label": placeholder, data: { customId: component.custom_id }, onclick: open,
  }, shown, icon("chevron"));
}

function offers(component, store) {
  const members = store.guild.members.map((m) => ({ label: store.nameOf(m), value: m.id, description: m.username }));
  const roles = store.guild.roles.map((role) => ({ label: `@${role.name}`, value: role.id }));
  switch (component.type) {
    case 3: return component.options ?? [];
    case 5: return members;
    case 6: return roles;
    case 7: return [...members, ...roles];
    default: return store.channels.map((one) => ({ label: `#${one.name}`, value: one.id }));
  }
}
