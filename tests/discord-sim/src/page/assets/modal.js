// Modal windows: an application's forms, and the page's own small questions.

import { h, iconButton } from "./dom.js";
import { defaults, isSelect, selectField } from "./components.js";
import { markdown } from "./markdown.js";
import { ask } from "./socket.js";
import { on, state } from "./store.js";

const ROW = 1;
const TEXT_INPUT = 4;
const TEXT = 10;
const LABEL = 18;
const FILE_UPLOAD = 19;
const RADIO = 21;
const CHECKBOXES = 22;
const CHECKBOX = 23;
/** A text input of more than one line. */
const PARAGRAPH = 2;

const shown = new Set();

// A window opens when an interaction of this tab was answered with one.
on("doing", () => {
  for (const row of state.doing) {
    if (row.state !== "modal" || shown.has(row.id)) continue;
    shown.add(row.id);
    openWindow(row);
  }
});

let fields = 0;

function openWindow({ id, window: form }) {
  const values = new Map();
  const complaint = h("p", { class: "form-error", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button primary" }, "Submit");
  const complain = (words) => {
    complaint.textContent = words;
    complaint.hidden = !words;
    submit.disabled = false;
  };
  const send = async (event) => {
    event.preventDefault();
    for (const field of values.values()) {
      const wrong = field.wrong();
      if (!wrong) continue;
      complain(`${field.label}: ${wrong}`);
      field.node.focus();
      return;
    }
    complain("");
    submit.disabled = true;
    try {
      const entries = [...values].map(([name, field]) => [name, field.value()]);
      await settled(await ask("submit", { interaction: id, fields: entries }));
      dialog.close();
    } catch (error) {
      complain(error.message);
    }
  };
  const body = (form.components ?? []).map((component) => row(component, values));
  const dialog = sheet(
    form.title,
    h(
      "form",
      { class: "form", novalidate: true, onsubmit: send },
      h("div", { class: "form-body" }, body, complaint),
      buttons(() => dialog.close(), submit),
    ),
  );
}

/** Waits until an interaction was answered; an answer that failed is an error. */
function settled(id) {
  return new Promise((resolve, reject) => {
    const look = () => {
      const row = state.doing.find((one) => one.id === id);
      if (row?.state === "waiting") return false;
      if (row?.state === "failed") reject(new Error("Something went wrong. Try again."));
      else resolve();
      return true;
    };
    if (look()) return;
    const off = on("doing", () => look() && off());
  });
}

function row(component, values) {
  if (component.type === TEXT) return h("div", { class: "markdown" }, markdown(component.content));
  if (component.type === ROW)
    return (component.components ?? []).map((inner) => labelled(inner, inner.label, null, values));
  if (component.type === LABEL)
    return labelled(component.component, component.label, component.description, values);
  return null;
}

function labelled(component, label, description, values) {
  const id = `field-${++fields}`;
  const required = component.required !== false && component.type !== CHECKBOX;
  const made = field(component, id, label);
  const wrong = () => {
    const value = made.value();
    if (value === "") return required ? "this is required." : "";
    const least = component.type === TEXT_INPUT ? (component.min_length ?? 0) : 0;
    return [...value].length < least ? `at least ${least} characters.` : "";
  };
  values.set(component.custom_id, { ...made, label, wrong });
  const group = component.type === RADIO || component.type === CHECKBOXES;
  const name = [label, required && h("span", { class: "required", "aria-hidden": "true" }, " *")];
  return h(
    group ? "fieldset" : "div",
    { class: "field" },
    group ? h("legend", null, name) : h("label", { for: id }, name),
    description && h("p", { class: "field-about" }, description),
    made.node,
  );
}

/** A field: its node, and a function that tells its value (several are separated by `|`). */
function field(component, id, label) {
  const options = component.options ?? [];
  if (component.type === TEXT_INPUT) {
    const long = component.style === PARAGRAPH;
    const node = h(long ? "textarea" : "input", {
      id,
      value: component.value ?? "",
      placeholder: component.placeholder,
      maxlength: component.max_length ?? 4000,
      minlength: component.min_length,
      rows: long ? 5 : null,
      autocomplete: "off",
      data: { custom: component.custom_id },
    });
    return { node, value: () => node.value };
  }
  if (isSelect(component.type)) {
    let chosen = defaults(component);
    const node = h("div", { class: "select-holder" });
    const draw = () => {
      const button = selectField(component, {
        chosen,
        label,
        choose: (values) => {
          chosen = values;
          draw();
        },
      });
      button.id = id;
      node.replaceChildren(button);
    };
    draw();
    return { node, value: () => chosen.join("|") };
  }
  if (component.type === RADIO || component.type === CHECKBOXES) {
    const type = component.type === RADIO ? "radio" : "checkbox";
    const boxes = options.map((option) => {
      const box = h("input", { type, name: id, value: option.value });
      box.checked = Boolean(option.default);
      return {
        box,
        node: h(
          "label",
          { class: "check" },
          box,
          h("span", null, option.label, option.description && h("small", null, option.description)),
        ),
      };
    });
    return {
      node: h(
        "div",
        { class: "checks" },
        boxes.map(({ node }) => node),
      ),
      value: () =>
        boxes
          .filter(({ box }) => box.checked)
          .map(({ box }) => box.value)
          .join("|"),
    };
  }
  if (component.type === CHECKBOX) {
    const node = h("input", { id, type: "checkbox" });
    node.checked = Boolean(component.default);
    return { node, value: () => String(node.checked) };
  }
  if (component.type === FILE_UPLOAD) {
    const node = h("input", {
      id,
      type: "text",
      placeholder: "A file's name: nothing is uploaded here",
    });
    return { node, value: () => node.value };
  }
  return { node: h("p", null, "This kind of field is not known here."), value: () => "" };
}

function buttons(cancel, submit) {
  return h(
    "div",
    { class: "form-buttons" },
    h("button", { type: "button", class: "button secondary", onclick: cancel }, "Cancel"),
    submit,
  );
}

/** A window over the page; it closes with Escape. Answers with its dialog. */
function sheet(title, content) {
  const id = `sheet-${++fields}`;
  const dialog = h(
    "dialog",
    { class: "sheet", "aria-labelledby": id, onclose: () => dialog.remove() },
    h(
      "header",
      null,
      h("h2", { id }, title),
      iconButton("close", "Close", () => dialog.close()),
    ),
    content,
  );
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input, textarea, .select, .button.primary, .button.danger")?.focus();
  return dialog;
}

/** Asks for one line of text. */
export function askForText(title, label, value, verb, done) {
  const id = `field-${++fields}`;
  const input = h("input", { id, value, maxlength: 100, autocomplete: "off" });
  const complaint = h("p", { class: "form-error", role: "alert", hidden: true });
  const send = async (event) => {
    event.preventDefault();
    try {
      await done(input.value);
      dialog.close();
    } catch (error) {
      complaint.textContent = error.message;
      complaint.hidden = false;
    }
  };
  const dialog = sheet(
    title,
    h(
      "form",
      { class: "form", onsubmit: send },
      h(
        "div",
        { class: "form-body" },
        h("div", { class: "field" }, h("label", { for: id }, label), input),
        complaint,
      ),
      buttons(() => dialog.close(), h("button", { type: "submit", class: "button primary" }, verb)),
    ),
  );
  input.select();
}

/** Asks whether to do something that cannot be undone. */
export function confirm(title, about, verb, done) {
  const send = async (event) => {
    event.preventDefault();
    await done();
    dialog.close();
  };
  const dialog = sheet(
    title,
    h(
      "form",
      { class: "form", onsubmit: send },
      h("div", { class: "form-body" }, about),
      buttons(() => dialog.close(), h("button", { type: "submit", class: "button danger" }, verb)),
    ),
  );
}
