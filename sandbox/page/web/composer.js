// The message box: text, files, replies, edits – and the way into a command by typing a slash.

import { $, avatar, fill, h, icon } from "./dom.js";
import { CommandForm } from "./command_form.js";
import { Listbox } from "./listbox.js";
import { begun, flatten, matching, usage } from "./slash.js";
import { sizeOf } from "./attachments.js";

const TYPING_EVERY_MS = 8000;

export class Composer {
  /** act: send(text, files, replyTo), edit(message, text), run(command, values, files), complete, typing, lastMine(). */
  constructor(store, act) {
    this.store = store;
    this.act = act;
    this.files = [];
    this.replyTo = null;
    this.editing = null;
    this.form = null;
    this.toldTyping = 0;
    this.build();
    store.on("snapshot channel guild", () => this.placeholder());
    store.on("channel", () => this.leaveForm());
    store.on("commands", () => this.input.value.startsWith("/") && this.suggest());
  }

  build() {
    this.listbox = new Listbox("Suggestions");
    this.picker = h("input", { type: "file", multiple: true, hidden: true, id: "file-picker", "aria-label": "Choose files" });
    this.picker.addEventListener("change", () => { this.addFiles(this.picker.files); this.picker.value = ""; });
    this.input = h("textarea", { id: "composer-input", rows: "1", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-label": "Message", maxlength: "4000" });
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.listbox.field === this.input && this.listbox.hide());
    this.input.addEventListener("paste", (event) => this.paste(event));
    this.above = h("div", { class: "composer-above" });
    this.tray = h("ul", { class: "tray", "aria-label": "Files to send" });
    this.problemBox = h("p", { class: "problem", role: "alert" });
    this.field = h("div", { class: "composer-field" }, this.input);
    fill($("composer"), this.picker, this.listbox.node, this.problemBox, this.above, this.tray,
      h("div", { class: "composer-line" },
        h("button", { class: "icon-button", type: "button", "aria-label": "Attach files", title: "Attach files", onclick: () => this.picker.click() }, icon("plus")),
        this.field,
        h("button", { class: "icon-button", type: "button", "aria-label": "Commands", title: "Commands", onclick: () => this.startSlash() }, icon("slash")),
        h("button", { class: "icon-button send", type: "submit", "aria-label": "Send", title: "Send" }, icon("send"))));
    $("composer").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
  }

  placeholder() {
    const { channel } = this.store;
    if (!channel) return;
    const where = channel.type === 1 ? `@${this.store.bot.name}` : channel.voice ? channel.name : `#${channel.name}`;
    this.input.placeholder = `Message ${where}`;
    this.input.setAttribute("aria-label", `Message ${where}`);
  }

  focus() {
    if (this.form) this.form.focus();
    else this.input.focus();
  }

  insert(text) {
    this.leaveForm();
    this.input.setRangeText(text, this.input.selectionStart, this.input.selectionEnd, "end");
    this.input.focus();
    this.typed();
  }

  startSlash() {
    this.leaveForm();
    this.input.value = "/";
    this.input.focus();
    this.typed();
  }

  typed() {
    this.problem("");
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 220)}px`;
    const text = this.input.value;
    if (text.startsWith("/") && !this.editing) {
      const started = text.endsWith(" ") || text.includes(" ") ? begun(flatten(this.store.commands), text.slice(1)) : null;
      if (started && text.slice(1).startsWith(`${started.command.name} `)) this.enterForm(started.command, started.rest);
      else this.suggest();
      return;
    }
    if (this.listbox.field === this.input) this.listbox.hide();
    if (text && Date.now() - this.toldTyping > TYPING_EVERY_MS) {
      this.toldTyping = Date.now();
      this.act.typing();
    }
  }

  suggest() {
    const all = flatten(this.store.commands);
    const found = matching(all, this.input.value.slice(1));
    if (!all.length) return this.listbox.hint(this.input, "No commands yet: the bot is not running, or still starting.");
    if (!found.length) return this.listbox.hint(this.input, "No command fits.");
    const entries = found.map((command) => ({ label: `/${command.name}`, hint: command.description, side: usage(command), command }));
    const heading = this.input.value.length > 1 ? `Commands matching ${this.input.value}` : `${this.store.bot.name} commands`;
    return this.listbox.show(this.input, heading, entries, ({ command }) => this.enterForm(command, ""));
  }

  enterForm(command, rest) {
    this.listbox.hide();
    this.form = new CommandForm(command, {
      store: this.store,
      listbox: this.listbox,
      complete: this.act.complete,
      pickFile: () => pickOne(),
      leave: () => this.leaveForm(true),
      problem: (sentence) => this.problem(sentence),
      run: (chosen, values, files) => this.run(chosen, values, files),
    }, rest);
    fill(this.field, this.form.node);
    for (const file of this.files.splice(0)) this.form.takeFile(file) || this.files.push(file);
    this.drawTray();
    this.form.focus();
  }

  leaveForm(keep = false) {
    if (!this.form) return;
    this.form = null;
    this.listbox.hide();
    this.input.value = "";
    this.problem("");
    fill(this.field, this.input);
    this.input.style.height = "auto";
    if (keep) this.input.focus();
  }

  async run(command, values, files) {
    const form = this.form;
    this.leaveForm(true);
    try {
      await this.act.run(command, values, files);
    } catch (error) {
      if (!this.form && !this.input.value) {
        this.form = form;
        fill(this.field, form.node);
        form.focus();
      }
      this.problem(error.message);
    }
  }

  key(event) {
    if (event.isComposing || this.listbox.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && (this.replyTo || this.editing)) this.clearAbove();
    else if (event.key === "ArrowUp" && !this.input.value) {
      const mine = this.act.lastMine();
      if (mine) {
        event.preventDefault();
        this.edit(mine);
      }
    }
  }

  async submit() {
    if (this.form) return this.form.run();
    const text = this.input.value;
    if (text.startsWith("/") && !this.files.length && !this.editing) {
      const found = matching(flatten(this.store.commands), text.slice(1).trim());
      if (found.length) return this.enterForm(found[0], "");
    }
    if (!text.trim() && !this.files.length) return undefined;
    const { files, replyTo, editing } = this;
    this.input.value = "";
    this.files = [];
    this.drawTray();
    this.clearAbove();
    this.typed();
    this.toldTyping = 0;
    try {
      if (editing) await this.act.edit(editing, text);
      else await this.act.send(text, files, replyTo?.id);
    } catch (error) {
      if (!this.input.value) this.input.value = text;
      if (!this.files.length) this.files = files;
      this.drawTray();
      this.problem(error.message);
    }
    return undefined;
  }

  reply(message) {
    this.editing = null;
    this.replyTo = message;
    this.drawAbove(`Replying to ${this.store.nameOf(this.store.user(message.author.id))}`, avatar(this.store.user(message.author.id), 16));
  }

  edit(message) {
    this.replyTo = null;
    this.editing = message;
    this.leaveForm();
    this.input.value = message.content;
    this.drawAbove("Editing your message", icon("edit", 16));
    this.typed();
  }

  drawAbove(sentence, sign) {
    const cancel = h("button", { type: "button", class: "icon-button", "aria-label": "Cancel", onclick: () => this.clearAbove() }, icon("close", 16));
    fill(this.above, sign, h("span", {}, sentence), cancel);
    this.focus();
  }

  clearAbove() {
    if (this.editing) this.input.value = "";
    this.replyTo = this.editing = null;
    fill(this.above);
  }

  problem(sentence) {
    this.problemBox.textContent = sentence;
  }

  paste(event) {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    this.addFiles(event.clipboardData.files);
  }

  addFiles(list) {
    for (const file of list) if (!this.form?.takeFile(file)) this.files.push(file);
    if (this.files.length > 10) this.problem("A message takes at most 10 files.");
    this.files = this.files.slice(0, 10);
    this.drawTray();
    this.focus();
  }

  drawTray() {
    fill(this.tray, this.files.map((file, index) => h("li", { class: "tray-item" }, icon("file", 28),
      h("span", { class: "file-names" }, h("span", {}, file.name), h("small", {}, sizeOf(file.size))),
      h("button", { type: "button", class: "icon-button danger", "aria-label": `Remove ${file.name}`, onclick: () => { this.files.splice(index, 1); this.drawTray(); } }, icon("trash", 18)))));
  }
}

function pickOne() {
  return new Promise((resolve) => {
    const picker = h("input", { type: "file" });
    picker.addEventListener("change", () => resolve(picker.files[0] ?? null));
    picker.addEventListener("cancel", () => resolve(null));
    picker.click();
  });
}
