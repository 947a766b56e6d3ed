// Files under a message: pictures, players for sound and film, a card for everything else.

import { h, icon } from "./dom.js";

const UNITS = ["bytes", "KB", "MB", "GB"];

export function sizeOf(bytes) {
  let step = 0;
  let size = bytes;
  while (size >= 1024 && step < UNITS.length - 1) {
    size /= 1024;
    step += 1;
  }
  return `${step ? size.toFixed(size < 10 ? 2 : 1) : size} ${UNITS[step]}`;
}

function ownPath(url) {
  // Attachments are served by the sandbox itself; a path works whatever name the page was opened under.
  const address = new URL(url, location.href);
  return address.pathname + address.search;
}

export function attachmentView(file) {
  const path = ownPath(file.url);
  const type = file.content_type ?? "";
  if (type.startsWith("image/") && !type.includes("svg")) {
    return h("a", { class: "attachment-image", href: path, target: "_blank", rel: "noopener" },
      h("img", { src: path, alt: file.description || file.filename, width: file.width, height: file.height, loading: "lazy" }));
  }
  const card = h("div", { class: "file-card" }, icon("file", 30),
    h("div", { class: "file-names" }, h("a", { href: path, download: file.filename }, file.filename), h("small", {}, sizeOf(file.size))));
  if (type.startsWith("audio/")) card.append(h("audio", { controls: true, preload: "none", src: path }));
  if (type.startsWith("video/")) card.append(h("video", { controls: true, preload: "metadata", src: path }));
  return card;
}
