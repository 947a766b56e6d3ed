// Discord's markdown into nodes. Two steps: blocks (code, quotes, headings, lists), then what stands within a line.

import { h } from "./dom.js";
import { styled, fullOf } from "./times.js";

const FENCE = /```(?:([\w+-]*)\n)?([\s\S]+?)\n?```/;

/** Nodes for a text. `context` names users, channels and roles; `inline` leaves blocks out (as in titles). */
export function markdown(text, context, { inline = false } = {}) {
  if (inline) return spans(text, context);
  const nodes = [];
  let rest = text;
  for (let match = FENCE.exec(rest); match; match = FENCE.exec(rest)) {
    if (match.index > 0) nodes.push(...blocks(rest.slice(0, match.index).replace(/\n$/, ""), context));
    nodes.push(h("pre", {}, h("code", {}, match[2])));
    rest = rest.slice(match.index + match[0].length).replace(/^\n/, "");
  }
  if (rest) nodes.push(...blocks(rest, context));
  return nodes;
}

function blocks(text, context) {
  const lines = text.split("\n");
  const nodes = [];
  let plain = [];
  const flush = () => {
    if (plain.length) nodes.push(h("span", { class: "md-text" }, spans(plain.join("\n"), context)));
    plain = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const heading = /^(#{1,3}) (.+)/.exec(line);
    if (/^>>> /.test(line)) {
      flush();
      const quoted = [line.slice(4), ...lines.slice(i + 1)].join("\n");
      nodes.push(h("blockquote", {}, blocks(quoted, context)));
      return nodes;
    }
    if (/^> /.test(line)) {
      flush();
      const quoted = [line.slice(2)];
      while (/^> /.test(lines[i + 1] ?? "")) quoted.push(lines[++i].slice(2));
      nodes.push(h("blockquote", {}, spans(quoted.join("\n"), context)));
    } else if (heading) {
      flush();
      nodes.push(h("p", { class: `md-h${heading[1].length}` }, spans(heading[2], context)));
    } else if (/^-# /.test(line)) {
      flush();
      nodes.push(h("p", { class: "md-sub" }, spans(line.slice(3), context)));
    } else if (/^\s*([-*]|\d+\.) /.test(line)) {
      flush();
      const items = [];
      const ordered = /^\s*\d+\. /.test(line);
      const start = ordered ? parseInt(line, 10) : undefined;
      for (i--; /^\s*([-*]|\d+\.) /.test(lines[i + 1] ?? ""); ) {
        const item = lines[++i];
        const deep = /^\s{2,}/.test(item);
        items.push(h("li", { class: deep ? "deep" : undefined }, spans(item.replace(/^\s*([-*]|\d+\.) /, ""), context)));
      }
      nodes.push(h(ordered ? "ol" : "ul", { class: "md-list", start }, items));
    } else plain.push(line);
  }
  flush();
  return nodes;
}

// The first that matches at the earliest place wins; each gets its match and gives a node.
const RULES = [
  [/\\([\\*_~|`>#<[\]()@:-])/, (m) => m[1]],
  [/(`{1,2})([^`]+|[^`][\s\S]*?[^`])\1(?!`)/, (m) => h("code", {}, m[2].trim() || m[2])],
  [/<@!?(\d+)>/, (m, context) => context.mention("user", m[1])],
  [/<@&(\d+)>/, (m, context) => context.mention("role", m[1])],
  [/<#(\d+)>/, (m, context) => context.mention("channel", m[1])],
  [/<\/([\w -]+):\d+>/, (m) => h("span", { class: "mention" }, `/${m[1]}`)],
  [/<a?:(\w+):\d+>/, (m) => h("span", { class: "custom-emoji", title: `:${m[1]}:` }, `:${m[1]}:`)],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, (m) => time(m)],
  [/@(everyone|here)\b/, (m) => h("span", { class: "mention" }, m[0])],
  [/\[([^\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?(?: "[^"]*")?\)/, (m, context) => link(m[2], spans(m[1], context))],
  [/<(https?:\/\/[^\s>]+)>/, (m) => link(m[1], m[1])],
  [/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/, (m) => link(m[0], m[0])],
  [/\*\*\*([\s\S]+?)\*\*\*/, (m, context) => h("strong", {}, h("em", {}, spans(m[1], context)))],
  [/\*\*([\s\S]+?)\*\*(?!\*)/, (m, context) => h("strong", {}, spans(m[1], context))],
  [/__([\s\S]+?)__(?!_)/, (m, context) => h("u", {}, spans(m[1], context))],
  [/~~([\s\S]+?)~~/, (m, context) => h("s", {}, spans(m[1], context))],
  [/\|\|([\s\S]+?)\|\|/, (m, context) => spoiler(spans(m[1], context))],
  [/\*(?![\s*])([^*\n]*[^*\s])\*(?!\*)/, (m, context) => h("em", {}, spans(m[1], context))],
  [/(?<![\w_])_(?![\s_])([^_\n]*[^_\s])_(?![\w_])/, (m, context) => h("em", {}, spans(m[1], context))],
];

function spans(text, context) {
  let best = null;
  for (const [pattern, make] of RULES) {
    const match = pattern.exec(text);
    if (match && (!best || match.index < best.match.index)) best = { match, make };
    if (best?.match.index === 0) break;
  }
  if (!best) return text ? [text] : [];
  const before = text.slice(0, best.match.index);
  const after = text.slice(best.match.index + best.match[0].length);
  const middle = best.make(best.match, context);
  return [...(before ? [before] : []), middle, ...spans(after, context)];
}

function link(address, content) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, content);
}

function spoiler(content) {
  const node = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, press to show" }, content);
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    node.classList.add("shown");
    node.removeAttribute("aria-label");
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", show);
  return node;
}

function time(match) {
  const date = new Date(Number(match[1]) * 1000);
  if (Number.isNaN(date.getTime())) return match[0];
  return h("time", { class: "md-time", datetime: date.toISOString(), title: fullOf(date) }, styled(date, match[2] ?? "f"));
}

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|\ufe0f|[\u{1f3fb}-\u{1f3ff}])*|\s){1,40}$/u;

/** Whether a text is nothing but a few emoji, which are shown large. */
export const isOnlyEmoji = (text) => ONLY_EMOJI.test(text) && [...text].length < 40 && /\S/.test(text);
