// A command being filled in: its name, and a chip for each option. Required options are there from the start, others
// are added from a list. Enter runs it, Escape and Backspace at the start go back to plain text.

import { fill, h, icon } from "./dom.js";
import { NONE } from "./listbox.js";
import { ATTACHMENT, KINDS, asksBot, mustChoose, offers, toValue } from "./suggestions.js";

const ASK_AFTER_MS = 120;

export class CommandForm {
  /** env: {store, listbox, complete(name, focused, options), pickFile(), run(name, values, files), leave(), problem(sentence)}. */
  constructor(command, env, first = "") {
    this.command = command;
    this.env = env;
    this.chips = new Map();
    this.line = h("div", { class: "chips" });
    this.node = h("div", { class: "command-form", role: "group", "aria-label": `Command ${command.name}` },
      h("span", { class: "command-label" }, `/${command.name}`), this.line);
    this.more = h("button", { class: "more-options", type: "button", onclick: () => this.showMore() });
    for (const option of command.options) if (option.required) this.add(option);
    const lead = command.options.find((one) => one.required) ?? command.options[0];
    if (lead && !this.chips.has(lead.name)) this.add(lead);
    if (lead && first) this.chips.get(lead.name).input.value = first;
    this.drawMore();
  }

  focus() {
    const empty = [...this.chips.values()].find((chip) => this.isEmpty(chip)) ?? [...this.chips.values()][0];
    (empty?.control ?? this.more.parentElement ? (empty?.control ?? this.more) : this.more).focus();
    if (!this.chips.size) this.more.focus();
  }

  isEmpty(chip) {
    return chip.option.type === ATTACHMENT ? !chip.file : !chip.input.value;
  }

  add(option) {
    const chip = { option, value: undefined, file: null, asked: 0 };
    if (option.type === ATTACHMENT) this.buildFile(chip);
    else this.buildText(chip);
    const classes = option.required ? "chip required" : "chip";
    chip.node = h("span", { class: classes, title: option.description }, h("label", { for: chip.control.id }, option.name), chip.control);
    this.chips.set(option.name, chip);
    this.line.append(chip.node);
    this.drawMore();
    return chip;
  }

  remove(chip) {
    if (chip.option.required) return;
    this.chips.delete(chip.option.name);
    chip.node.remove();
    this.drawMore();
    this.env.listbox.hide();
    (([...this.chips.values()].at(-1))?.control ?? this.more).focus();
  }

  buildText(chip) {
    const { option } = chip;
    chip.input = h("input", { type: "text", id: `option-${option.name}`, class: "chip-input", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off",
      spellcheck: "false", placeholder: KINDS[option.type], "aria-required": option.required ? "true" : undefined, "aria-label": `${option.name}: ${option.description}` });
    chip.control = chip.input;
    const grow = () => chip.input.style.setProperty("--chars", String(Math.max(chip.input.value.length, chip.input.placeholder.length)));
    grow();
    chip.input.addEventListener("input", () => { chip.value = undefined; grow(); this.suggest(chip); });
    chip.input.addEventListener("focus", () => this.suggest(chip));
    chip.input.addEventListener("blur", () => this.env.listbox.field === chip.input && this.env.listbox.hide());
    chip.input.addEventListener("keydown", (event) => this.key(event, chip));
    chip.grow = grow;
  }

  buildFile(chip) {
    const label = h("span", {}, "Choose a file, or drop one here");
    chip.control = h("button", { type: "button", class: "chip-file", id: `option-${chip.option.name}`, onclick: async () => this.setFile(chip, await this.env.pickFile()) }, icon("file", 16), label);
    chip.label = label;
    chip.control.addEventListener("keydown", (event) => this.key(event, chip));
    chip.control.addEventListener("focus", () => this.env.listbox.hint(chip.control, chip.option.description));
    chip.control.addEventListener("blur", () => this.env.listbox.hide());
  }

  setFile(chip, file) {
    if (!file) return;
    chip.file = file;
    fill(chip.label, file.name);
    chip.node.classList.remove("wrong");
    chip.control.focus();
  }

  /** Take a dropped or pasted file into the first option that wants one. */
  takeFile(file) {
    const option = this.command.options.find((one) => one.type === ATTACHMENT && !this.chips.get(one.name)?.file);
    if (!option) return false;
    this.setFile(this.chips.get(option.name) ?? this.add(option), file);
    return true;
  }

  async suggest(chip) {
    const { option, input } = chip;
    const about = `${option.name} — ${option.description}`;
    chip.node?.classList.remove("wrong");
    if (!asksBot(option)) {
      const entries = offers(option, chip.value === undefined ? input.value : "", this.env.store);
      if (entries) this.env.listbox.show(input, about, entries, (entry) => this.choose(chip, entry));
      else this.env.listbox.hint(input, about);
      return;
    }
    const turn = ++chip.asked;
    if (this.env.listbox.field !== input || !this.env.listbox.open) this.env.listbox.hint(input, about);
    await new Promise((done) => setTimeout(done, ASK_AFTER_MS));
    if (turn !== chip.asked || document.activeElement !== input) return;
    try {
      const { choices } = await this.env.complete(this.command.name, option.name, this.typed(chip));
      if (turn !== chip.asked || document.activeElement !== input) return;
      const entries = choices.map((one) => ({ label: one.name, value: one.value }));
      // Enter must not replace a pasted link, or the nothing beside a file, by the first thing that is offered.
      const typed = input.value.trim();
      const first = typed && !typed.includes("://") ? 0 : NONE;
      this.env.listbox.show(input, about, entries, (entry) => this.choose(chip, entry), { first });
    } catch (error) {
      if (turn === chip.asked) this.env.listbox.hint(input, error.message);
    }
  }

  /** What stands in every option, as far as it makes sense, for the bot's autocomplete. */
  typed(focused) {
    const values = {};
    for (const chip of this.chips.values()) {
      if (chip === focused) values[chip.option.name] = chip.input.value;
      else if (chip.input?.value) {
        try { values[chip.option.name] = chip.value ?? toValue(chip.option, chip.input.value); } catch { /* half typed: left out */ }
      }
    }
    return values;
  }

  choose(chip, entry) {
    chip.input.value = entry.label;
    chip.value = entry.value;
    chip.grow();
    chip.asked += 1;
    this.env.listbox.hide();
    const next = [...this.chips.values()].find((one) => one.option.required && this.isEmpty(one));
    if (next) next.control.focus();
  }

  key(event, chip) {
    if (event.isComposing || this.env.listbox.key(event)) return;
    const chips = [...this.chips.values()];
    const index = chips.indexOf(chip);
    if (event.key === "Enter") this.run();
    else if (event.key === "Escape") this.env.leave();
    else if (event.key === "Backspace" && this.isEmpty(chip)) {
      if (!chip.option.required) this.remove(chip);
      else if (index === 0) this.env.leave();
      else chips[index - 1].control.focus();
    } else if (event.key === "Tab" && !event.shiftKey && index < chips.length - 1) chips[index + 1].control.focus();
    else return;
    event.preventDefault();
  }

  drawMore() {
    const left = this.command.options.filter((one) => !this.chips.has(one.name));
    fill(this.more, `+${left.length} optional`);
    if (left.length) this.line.append(this.more);
    else this.more.remove();
    if (!this.command.options.length) fill(this.line, h("button", { type: "button", class: "more-options", id: "run-bare", onclick: () => this.run() }, "Press Enter to run"));
    if (!this.command.options.length) this.more = this.line.firstChild;
    this.more.onkeydown = (event) => this.moreKey(event);
  }

  moreKey(event) {
    if (this.env.listbox.key(event)) return;
    if (event.key === "Escape" || event.key === "Backspace") this.env.leave();
    else if (event.key === "Enter" && !this.command.options.length) this.run();
    else return;
    event.preventDefault();
  }

  showMore() {
    const left = this.command.options.filter((one) => !this.chips.has(one.name));
    const entries = left.map((option) => ({ label: option.name, hint: option.description, option }));
    this.env.listbox.show(this.more, "Optional", entries, ({ option }) => {
      this.env.listbox.hide();
      this.add(option).control.focus();
    });
    this.more.onblur = () => this.env.listbox.field === this.more && this.env.listbox.hide();
  }

  run() {
    const values = {};
    const files = {};
    for (const chip of this.chips.values()) {
      const { option } = chip;
      const fail = (sentence) => {
        chip.node.classList.add("wrong");
        chip.control.focus();
        this.env.problem(sentence);
      };
      if (this.isEmpty(chip)) {
        if (option.required) return fail(`“${option.name}” is required.`);
        continue;
      }
      if (option.type === ATTACHMENT) {
        files[option.name] = chip.file;
        continue;
      }
      if (chip.value === undefined && mustChoose(option)) {
        const exact = offers(option, chip.input.value, this.env.store);
        if (exact?.length !== 1) return fail(`Choose what “${option.name}” shall be.`);
        chip.value = exact[0].value;
      }
      try { values[option.name] = chip.value ?? toValue(option, chip.input.value); } catch (error) { return fail(error.message); }
    }
    return this.env.run(this.command, values, files);
  }
}
