// Slash commands: which there are, and filling one in.

import { h, icon, iconButton, put } from "./dom.js";
import { channelItems, pick, roleItems, userItems } from "./picker.js";
import { askHere } from "./socket.js";
import { on, state } from "./store.js";

const SLASH = 1;
const SUB_COMMAND = 1;
const GROUP = 2;
const TYPE = {
  text: 3,
  whole: 4,
  bool: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  file: 11,
};
/** After the last key, so long passes before the application is asked for suggestions. */
const SUGGEST_AFTER = 150;

/** Commands whose words begin (or else somewhere agree) with what was typed. */
export function commandChoices(typed) {
  const words = typed.toLowerCase().trimStart();
  const all = state.commands.filter((command) => command.kind === SLASH).flatMap(leaves);
  const begins = all.filter((choice) => choice.words.startsWith(words));
  const contains = all.filter(
    (choice) =>
      !choice.words.startsWith(words) && choice.words.includes(words) && !words.includes(" "),
  );
  return [...begins, ...contains];
}

/** A command with subcommands is as many choices as it has subcommands. */
function leaves(command) {
  const walk = (options, path, about) => {
    const nested = (options ?? []).filter(
      (option) => option.type === SUB_COMMAND || option.type === GROUP,
    );
    if (!nested.length)
      return [
        {
          command,
          path,
          about,
          words: [command.name, ...path].join(" "),
          options: options ?? [],
          application: command.application,
        },
      ];
    return nested.flatMap((option) =>
      walk(option.options, [...path, option.name], option.description),
    );
  };
  return walk(command.options, [], command.description);
}

/** The form a command is filled in with, in the composer's place. */
export class CommandForm {
  constructor(choice, leave) {
    this.command = choice.command;
    this.choice = choice;
    this.leave = leave;
    this.fields = new Map();
    this.run = null;
    this.about = h("p", { class: "command-about" }, choice.about);
    this.problem = h("p", { class: "form-error", role: "alert", hidden: true });
    this.row = h("div", { class: "command-fields" });
    this.more = h("div", { class: "command-more" });
    this.go = iconButton("send", "Run the command", () => this.send(), {
      class: "icon-button send",
    });
    this.node = h(
      "div",
      {
        class: "command-form",
        role: "group",
        "aria-label": `Command /${choice.words}`,
        onkeydown: (event) => this.keys(event),
      },
      h(
        "div",
        { class: "command-top" },
        this.about,
        iconButton("close", "Leave the command", () => leave()),
      ),
      h(
        "div",
        { class: "command-line" },
        h("span", { class: "command-chip", tabindex: "-1" }, `/${choice.words}`),
        this.row,
        this.more,
        this.go,
      ),
      this.problem,
    );
    for (const option of choice.options) if (option.required) this.add(option);
    this.drawMore();
  }

  add(option) {
    const field = new OptionField(option, this);
    this.fields.set(option.name, field);
    this.row.append(field.node);
    this.drawMore();
    return field;
  }

  drop(field) {
    this.fields.delete(field.option.name);
    field.node.remove();
    this.drawMore();
    this.focus();
  }

  drawMore() {
    const left = this.choice.options.filter((option) => !this.fields.has(option.name));
    put(
      this.more,
      left.map((option) =>
        h(
          "button",
          {
            type: "button",
            class: "option-add",
            title: option.description,
            onclick: () => this.add(option).focus(),
          },
          icon("plus"),
          option.name,
        ),
      ),
    );
  }

  focus() {
    const fields = [...this.fields.values()];
    const next = fields.find((field) => !field.value()) ?? fields.at(-1);
    if (next) next.focus();
    else this.go.focus();
  }

  keys(event) {
    if (event.key === "Escape" && !document.querySelector(".float")) {
      event.preventDefault();
      this.leave();
    } else if (
      event.key === "Enter" &&
      event.target.tagName === "INPUT" &&
      !event.defaultPrevented
    ) {
      event.preventDefault();
      this.send();
    }
  }

  filled() {
    return {
      command: this.command.id,
      path: this.choice.path,
      options: [...this.fields.values()]
        .map((field) => [field.option.name, field.value()])
        .filter(([, value]) => value !== ""),
    };
  }

  complain(words) {
    this.problem.textContent = words;
    this.problem.hidden = !words;
  }

  async send() {
    for (const field of this.fields.values()) field.mark("");
    const wrong = [...this.fields.values()].filter((field) => field.mark(field.wrong()));
    if (wrong.length) {
      wrong[0].focus();
      return;
    }
    this.complain("");
    try {
      await askHere("run", this.filled()).then((id) => followRun(id, `/${this.choice.words}`));
      this.leave();
    } catch (error) {
      this.complain(error.message);
    }
  }

  /** The application answered something; the field that waits for suggestions looks. */
  update() {
    for (const field of this.fields.values()) field.update();
  }
}

class OptionField {
  constructor(option, form) {
    this.option = option;
    this.form = form;
    this.chosen = "";
    this.label = "";
    this.asked = null;
    this.timer = null;
    const fixed =
      [TYPE.bool, TYPE.user, TYPE.channel, TYPE.role, TYPE.mentionable].includes(option.type) ||
      option.choices?.length;
    this.error = h("span", { class: "option-error", role: "alert" });
    this.input = fixed ? this.button() : this.field();
    this.list = h("div", {
      class: "suggestions option-list",
      role: "listbox",
      "aria-label": `Suggestions for ${option.name}`,
      hidden: true,
    });
    const dropped =
      !option.required && iconButton("close", `Leave out ${option.name}`, () => form.drop(this));
    this.node = h(
      "div",
      { class: "command-field" },
      h("label", { class: "command-label", title: option.description }, option.name, this.input),
      dropped,
      this.error,
      this.list,
    );
  }

  button() {
    return h(
      "button",
      {
        type: "button",
        class: "command-pick",
        "aria-haspopup": "listbox",
        "aria-label": `${this.option.name}: choose`,
        data: { option: this.option.name },
        onclick: () => this.open(),
      },
      "choose…",
    );
  }

  field() {
    const { option } = this;
    const numeric = option.type === TYPE.whole || option.type === TYPE.number;
    return h("input", {
      type: "text",
      inputmode: numeric ? "decimal" : "text",
      placeholder: option.description,
      "aria-label": option.name,
      autocomplete: "off",
      data: { option: option.name },
      oninput: () => this.typed(),
      onfocus: () => option.autocomplete && this.typed(),
      onblur: () =>
        setTimeout(() => {
          this.list.hidden = true;
        }, 150),
      onkeydown: (event) => this.keys(event),
    });
  }

  open() {
    const { option } = this;
    const items = this.items();
    pick(this.input, {
      label: option.name,
      items,
      chosen: this.chosen ? [this.chosen] : [],
      done: ([value]) => {
        this.choose(value ?? "", items.find((item) => item.id === value)?.label ?? "");
        this.form.focus();
      },
    });
  }

  items() {
    const { option } = this;
    if (option.choices?.length)
      return option.choices.map((choice) => ({ id: String(choice.value), label: choice.name }));
    if (option.type === TYPE.bool)
      return [
        { id: "true", label: "True" },
        { id: "false", label: "False" },
      ];
    if (option.type === TYPE.user) return userItems();
    if (option.type === TYPE.role) return roleItems();
    if (option.type === TYPE.mentionable) return [...userItems(), ...roleItems()];
    return channelItems(option.channel_types);
  }

  choose(value, label) {
    this.chosen = value;
    this.label = label;
    if (this.input.tagName === "INPUT") this.input.value = label;
    else put(this.input, label || "choose…");
    this.mark("");
  }

  /** What is sent: a suggestion's value, or what was typed. */
  value() {
    if (this.input.tagName !== "INPUT") return this.chosen;
    return this.chosen && this.input.value === this.label ? this.chosen : this.input.value.trim();
  }

  /** What a client would not send, in words; empty when it is right. */
  wrong() {
    const { option } = this;
    const value = this.value();
    if (value === "") return option.required ? "This option is required. Specify a value." : "";
    if (option.type === TYPE.whole && !/^-?\d+$/.test(value)) return "Input a valid whole number.";
    if (option.type === TYPE.number && !/^-?\d+(\.\d+)?$/.test(value))
      return "Input a valid number.";
    if ([TYPE.whole, TYPE.number].includes(option.type)) {
      if (option.min_value !== undefined && Number(value) < option.min_value)
        return `At least ${option.min_value}.`;
      if (option.max_value !== undefined && Number(value) > option.max_value)
        return `At most ${option.max_value}.`;
    }
    if (option.type === TYPE.text) {
      const length = [...value].length;
      if (option.min_length && length < option.min_length)
        return `At least ${option.min_length} characters.`;
      if (option.max_length && length > option.max_length)
        return `At most ${option.max_length} characters.`;
    }
    return "";
  }

  mark(words) {
    this.error.textContent = words;
    this.node.classList.toggle("wrong", Boolean(words));
    this.input.setAttribute("aria-invalid", String(Boolean(words)));
    return words;
  }

  focus() {
    this.input.focus();
  }

  typed() {
    this.mark("");
    if (!this.option.autocomplete) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.suggest(), SUGGEST_AFTER);
  }

  async suggest() {
    const form = this.form.filled();
    try {
      this.asked = await askHere("complete", { ...form, focused: this.option.name });
      this.show("Loading options…");
      this.update();
    } catch (error) {
      this.mark(error.message);
    }
  }

  update() {
    const row = this.asked && state.doing.find((one) => one.id === this.asked);
    if (!row || row.state === "waiting") return;
    this.asked = null;
    if (row.state !== "choices") return this.show("Loading options failed.");
    if (!row.choices.length) return this.show("No options match your search.");
    if (document.activeElement !== this.input) return undefined;
    this.active = -1;
    this.list.hidden = false;
    return put(
      this.list,
      row.choices.map((choice) =>
        h(
          "button",
          {
            type: "button",
            role: "option",
            class: "option",
            tabindex: "-1",
            "aria-selected": "false",
            onmousedown: (event) => event.preventDefault(),
            onclick: () => this.take(choice),
          },
          h("span", { class: "option-label" }, choice.name),
        ),
      ),
    );
  }

  show(words) {
    put(this.list, h("div", { class: "picker-empty", role: "status" }, words));
    this.list.hidden = document.activeElement !== this.input;
  }

  take(choice) {
    this.list.hidden = true;
    this.choose(String(choice.value), choice.name);
    const next = [...this.form.fields.values()].find((field) => field.value() === "");
    (next ?? this).focus();
    clearTimeout(this.timer);
  }

  keys(event) {
    const rows = this.list.hidden ? [] : [...this.list.querySelectorAll(".option")];
    if (!rows.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.active = ((this.active ?? -1) + step + rows.length) % rows.length;
      rows.forEach((row, index) =>
        row.setAttribute("aria-selected", String(index === this.active)),
      );
      rows[this.active].scrollIntoView({ block: "nearest" });
      event.preventDefault();
    } else if (event.key === "Escape") {
      this.list.hidden = true;
      event.stopPropagation();
    } else if ((event.key === "Enter" || event.key === "Tab") && this.active >= 0) {
      event.preventDefault();
      rows[this.active].click();
    }
  }
}

/** Commands that were run here and have no answer yet, by interaction. */
const runs = new Map();

function followRun(id, words) {
  runs.set(id, { words, channel: state.place?.id });
  drawRuns();
}

/** Where the composer's commands are shown while the application has not answered. */
export const runNotes = h("div", { class: "runs", role: "status" });

on(["doing", "place"], drawRuns);

function drawRuns() {
  const notes = [];
  for (const [id, run] of runs) {
    const row = state.doing.find((one) => one.id === id);
    if (!row || row.state === "done" || row.state === "modal") {
      runs.delete(id);
      continue;
    }
    if (run.channel !== state.place?.id) continue;
    const failed = row.state === "failed";
    notes.push(
      h(
        "div",
        { class: failed ? "run failed" : "run" },
        failed
          ? icon("info")
          : h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
        h(
          "span",
          null,
          h("span", { class: "command-name" }, run.words),
          " ",
          failed ? row.words : "Sending command…",
        ),
        failed &&
          h(
            "button",
            {
              type: "button",
              class: "link-button",
              onclick: () => {
                runs.delete(id);
                drawRuns();
              },
            },
            "Dismiss",
          ),
      ),
    );
  }
  put(runNotes, notes);
}
