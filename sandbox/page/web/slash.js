// The bot's commands as a person sees them: subcommands flattened, found by what is typed.

const SUB_COMMAND = 1;
const SUB_GROUP = 2;
const CHAT = 1;

/** Every command that can be run: {name, description, options}. */
export function flatten(commands) {
  return commands.filter((one) => one.type === CHAT).flatMap((one) => leaves(one, one.name));
}

function leaves(command, name) {
  const inner = (command.options ?? []).filter((one) => one.type === SUB_COMMAND || one.type === SUB_GROUP);
  if (!inner.length) return [{ name, description: command.description, options: command.options ?? [] }];
  return inner.flatMap((one) => leaves(one, `${name} ${one.name}`));
}

/** Those that fit what stands after the slash, best first. */
export function matching(commands, typed) {
  const wanted = typed.toLowerCase().replace(/\s+/g, " ").trimStart();
  const rank = ({ name, description }) => {
    if (name === wanted) return 0;
    if (name.startsWith(wanted)) return 1;
    if (name.split(" ").some((word) => word.startsWith(wanted))) return 2;
    if (name.includes(wanted)) return 3;
    if (wanted.length > 2 && description.toLowerCase().includes(wanted)) return 4;
    return 9;
  };
  const ranked = commands.map((command) => ({ command, rank: rank(command) })).filter((one) => one.rank < 9);
  return ranked.sort((a, b) => a.rank - b.rank || a.command.name.localeCompare(b.command.name)).map((one) => one.command);
}

/** The command whose whole name begins the text, with what follows it: "/play a song" → play, "a song". */
export function begun(commands, typed) {
  const fitting = commands.filter((one) => typed === one.name || typed.startsWith(`${one.name} `));
  const command = fitting.sort((a, b) => b.name.length - a.name.length)[0];
  return command ? { command, rest: typed.slice(command.name.length + 1) } : null;
}

/** A command's options as shown beside it: required ones plain, others in brackets. */
export const usage = (command) => command.options.map((one) => (one.required ? one.name : `[${one.name}]`)).join(" ");
