// What an option of a command offers while it is filled in: fixed choices, people, channels, roles, yes and no, or
// what the bot says live (autocomplete).

const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const ROLE = 8;
const MENTIONABLE = 9;
const NUMBER = 10;
export const ATTACHMENT = 11;
const SHOWN = 25;

export const KINDS = { [STRING]: "text", [INTEGER]: "whole number", [BOOLEAN]: "yes or no", [USER]: "person", [CHANNEL]: "channel", [ROLE]: "role", [MENTIONABLE]: "person or role", [NUMBER]: "number", [ATTACHMENT]: "file" };

/** Whether only an offered entry is a value. */
export const mustChoose = (option) => Boolean(option.choices?.length) || (option.type >= BOOLEAN && option.type <= MENTIONABLE);

export const asksBot = (option) => Boolean(option.autocomplete);

/** Entries without asking anybody, or null if the option offers none. */
export function offers(option, typed, store) {
  const all = everything(option, store);
  if (!all) return null;
  const wanted = typed.trim().toLowerCase().replace(/^[@#]/, "");
  return all.filter((one) => one.label.toLowerCase().replace(/^[@#]/, "").includes(wanted)).slice(0, SHOWN);
}

function everything(option, store) {
  if (option.choices?.length) return option.choices.map((one) => ({ label: one.name, value: one.value }));
  const people = () => store.guild.members.map((one) => ({ label: `@${store.nameOf(one)}`, hint: one.username, value: one.id }));
  const roles = () => store.guild.roles.map((one) => ({ label: `@${one.name.replace(/^@/, "")}`, hint: "role", value: one.id }));
  switch (option.type) {
    case BOOLEAN: return [{ label: "True", value: true }, { label: "False", value: false }];
    case USER: return people();
    case ROLE: return roles();
    case MENTIONABLE: return [...people(), ...roles()];
    case CHANNEL: return store.guild.channels.filter((one) => !option.channel_types?.length || option.channel_types.includes(one.type)).map((one) => ({ label: `#${one.name}`, value: one.id }));
    default: return null;
  }
}

/** A typed text as the value that travels. Throws a sentence if it does not fit. */
export function toValue(option, text) {
  const typed = text.trim();
  if (option.type === INTEGER || option.type === NUMBER) {
    const number = Number(typed.replace(",", "."));
    if (!typed || Number.isNaN(number) || (option.type === INTEGER && !Number.isInteger(number))) {
      throw new Error(`“${option.name}” must be a ${KINDS[option.type]}.`);
    }
    return number;
  }
  if (option.type === STRING) return text;
  throw new Error(`Choose what “${option.name}” shall be.`);
}
