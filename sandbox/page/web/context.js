// How mentions look: names come from the store, pressing one opens what it names.

import { h } from "./dom.js";

export function mentionContext(store, { openUser, openChannel }) {
  const user = (id) => {
    const found = store.user(id);
    const press = (event) => openUser(found, event.currentTarget);
    return h("button", { class: "mention", type: "button", onclick: press }, `@${store.nameOf(found)}`);
  };
  const channel = (id) => {
    const found = store.channelById(id);
    if (!found) return h("span", { class: "mention" }, "#unknown");
    const label = `${found.voice ? "🔊 " : "#"}${found.name}`;
    return h("button", { class: "mention", type: "button", onclick: () => openChannel(found) }, label);
  };
  const role = (id) => {
    const found = store.guild.roles.find((one) => one.id === id);
    return h("span", { class: "mention" }, `@${found?.name ?? "deleted-role"}`);
  };
  const makers = { user, channel, role };
  return { mention: (kind, id) => makers[kind](id) };
}
