// What can be done with a person, a message, an emoji: the menus behind right clicks and the "…" button.

import { openMenu } from "./menu.js";

const USER_COMMAND = 2;
const MESSAGE_COMMAND = 3;

export const EMOJI = [..."👍👎❤️😂😮😢😡🎉🔥👀✅❌🚫⏳🤔🎵🎶🎧🎤🎸🥁🔊🔇⏯️⏭️⏹️🔁🔀⭐💯🙏👏💪🤝👋🍕☕🍪🐱🐶🦊🐸🌈☀️🌙⚡🚀🎮🏆💡📌📎🔒🗑️⚙️"].reduce(
  (list, character) => {
    // The variation selector belongs to the emoji before it.
    if (character === "\ufe0f") list[list.length - 1] += character;
    else list.push(character);
    return list;
  },
  [],
);

export function openUserMenu(store, act, user, at) {
  const mine = user.id === store.me;
  const seated = store.seatOf(user.id);
  const commands = store.commands.filter((one) => one.type === USER_COMMAND);
  const items = [{ heading: `${store.nameOf(user)} · @${user.username}` }];
  if (!user.bot && !mine) items.push({ label: "Act as this person", act: () => act.actAs(user.id) });
  items.push({ label: "Mention", act: () => act.insert(`<@${user.id}> `) });
  if (user.id === store.bot.id) items.push({ label: "Message", act: act.openDirect });
  items.push({ label: "Copy user ID", act: () => act.copy(user.id) });
  if (seated) {
    items.push({ heading: "Voice" });
    for (const channel of store.channels.filter((one) => one.voice && one.id !== seated)) {
      items.push({ label: `Move to ${channel.name}`, act: () => act.move(user, channel) });
    }
    items.push({ label: "Disconnect", danger: true, act: () => act.disconnect(user) });
  }
  if (commands.length) items.push({ heading: "Apps" });
  for (const command of commands) items.push({ label: command.name, act: () => act.useOnUser(command, user) });
  openMenu(at, { label: `About ${store.nameOf(user)}`, items });
}

export function openMessageMenu(store, act, message, at) {
  const mine = message.author.id === store.me;
  const commands = store.commands.filter((one) => one.type === MESSAGE_COMMAND);
  const items = [
    { label: "Add a reaction", act: () => act.pickReaction(message, at) },
    { label: "Reply", act: () => act.reply(message) },
  ];
  if (message.content) items.push({ label: "Copy text", act: () => act.copy(message.content) });
  items.push({ label: "Copy message ID", act: () => act.copy(message.id) });
  if (commands.length) items.push({ heading: "Apps" });
  for (const command of commands) items.push({ label: command.name, act: () => act.useOnMessage(command, message) });
  if (mine) items.push({ label: "Edit message", act: () => act.edit(message) });
  items.push({ label: "Delete message", danger: true, act: () => act.remove(message) });
  openMenu(at, { label: "Message", items });
}

export function openReactionPicker(at, pick) {
  openMenu(at, { label: "Choose an emoji", items: EMOJI.map((emoji) => ({ label: emoji, act: () => pick(emoji) })) });
  document.querySelector(".menu:last-of-type")?.classList.add("emoji-grid");
}

export function openSwitcher(store, act, at) {
  const items = store.people.map((person) => ({
    label: store.nameOf(person),
    hint: `@${person.username}`,
    checked: person.id === store.me,
    act: () => act.actAs(person.id),
  }));
  openMenu(at, { label: "Act as", search: items.length > 12, items: [{ heading: "Act as" }, ...items] });
}
