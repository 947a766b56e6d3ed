// Embeds: colour bar, author, title, text, fields, pictures, footer.

import { h } from "./dom.js";
import { markdown } from "./markdown.js";
import { whenOf } from "./times.js";

const WEB = /^https?:\/\//;

export function embedView(embed, context) {
  const color = embed.color ? `#${embed.color.toString(16).padStart(6, "0")}` : null;
  return h(
    "article",
    { class: "embed", vars: color ? { "--bar": color } : undefined, "aria-label": embed.title || "Embed" },
    h(
      "div",
      { class: "embed-main" },
      embed.provider?.name && h("div", { class: "embed-provider" }, embed.provider.name),
      embed.author?.name && author(embed.author),
      embed.title && h("div", { class: "embed-title" }, linked(embed.url, markdown(embed.title, context, { inline: true }))),
      embed.description && h("div", { class: "embed-text" }, markdown(embed.description, context)),
      embed.fields?.length && fields(embed.fields, context),
      picture(embed.image, "embed-image", embed.url),
      (embed.footer?.text || embed.timestamp) && footer(embed),
    ),
    picture(embed.thumbnail, "embed-thumbnail", embed.url),
  );
}

function author({ name, url, icon_url: iconUrl }) {
  return h("div", { class: "embed-author" }, small(iconUrl), linked(url, name));
}

function footer({ footer: given, timestamp }) {
  const when = timestamp ? whenOf(new Date(timestamp)) : null;
  const words = [given?.text, when].filter(Boolean).join(" • ");
  return h("div", { class: "embed-footer" }, small(given?.icon_url), words);
}

function fields(list, context) {
  // Up to three inline fields share a row, as on Discord; widths are twelfths.
  const rows = [];
  for (const field of list) {
    const row = rows.at(-1);
    if (field.inline && row?.inline && row.fields.length < 3) row.fields.push(field);
    else rows.push({ inline: Boolean(field.inline), fields: [field] });
  }
  return h(
    "dl",
    { class: "embed-fields" },
    rows.flatMap((row) =>
      row.fields.map((field) =>
        h(
          "div",
          { class: "embed-field", vars: { "--span": String(row.inline ? 12 / Math.max(row.fields.length, 2) : 12) } },
          h("dt", {}, markdown(field.name, context, { inline: true })),
          h("dd", {}, markdown(field.value, context)),
        ),
      ),
    ),
  );
}

function linked(url, content) {
  if (!url || !WEB.test(url)) return content;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, content);
}

function small(url) {
  return url && WEB.test(url) ? hideBroken(h("img", { class: "embed-icon", src: url, alt: "" })) : null;
}

function picture(image, className, url) {
  if (!image?.url || !WEB.test(image.url)) return null;
  const shown = h("img", { src: image.url, alt: "", loading: "lazy", referrerpolicy: "no-referrer" });
  const frame = h("div", { class: className }, linked(url ?? image.url, shown));
  shown.addEventListener("error", () => frame.remove());
  return frame;
}

function hideBroken(image) {
  image.addEventListener("error", () => image.remove());
  return image;
}
