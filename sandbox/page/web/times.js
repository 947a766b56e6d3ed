// Points in time, as Discord shows them.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const short = new Intl.DateTimeFormat(undefined, { day: "2-digit", month: "2-digit", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const medium = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const STEPS = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [2592000, "day", 86400],
  [31536000, "month", 2592000], [Infinity, "year", 31536000]];

export const dayOf = (date) => day.format(date);
export const clockOf = (date) => clock.format(date);
export const fullOf = (date) => full.format(date);

export function whenOf(date, now = new Date()) {
  if (date.toDateString() === now.toDateString()) return `Today at ${clock.format(date)}`;
  const yesterday = new Date(now.getTime() - 86400000);
  if (date.toDateString() === yesterday.toDateString()) return `Yesterday at ${clock.format(date)}`;
  return `${short.format(date)} ${clock.format(date)}`;
}

export function relativeOf(date, now = Date.now()) {
  const away = Math.round((date.getTime() - now) / 1000);
  const [, unit, size] = STEPS.find(([limit]) => Math.abs(away) < limit);
  return relative.format(Math.round(away / size), unit);
}

/** The styles of Discord's timestamp markup, `<t:seconds:style>`. */
export function styled(date, style) {
  switch (style) {
    case "t": return clock.format(date);
    case "T": return seconds.format(date);
    case "d": return short.format(date);
    case "D": return day.format(date);
    case "F": return full.format(date);
    case "R": return relativeOf(date);
    default: return medium.format(date);
  }
}
