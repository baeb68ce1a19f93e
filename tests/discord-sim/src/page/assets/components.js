// Components of messages, the classic ones and version 2.

import { h, icon, roleColor } from "./dom.js";
import { picture } from "./embeds.js";
import { anchor, markdown } from "./markdown.js";
import { complain } from "./notices.js";
import { pick, selectItems } from "./picker.js";
import { ask } from "./socket.js";
import { member, role, state } from "./store.js";

const ROW = 1;
const BUTTON = 2;
const SECTION = 9;
const TEXT = 10;
const THUMBNAIL = 11;
const GALLERY = 12;
const FILE = 13;
const SEPARATOR = 14;
const CONTAINER = 17;
const LINK_STYLE = 5;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "primary" };

export function isSelect(type) {
  return type === 3 || (type >= 5 && type <= 8);
}

/** The nodes of a message's components. */
export function components(message, options) {
  const draw = (component) => one(component, message, options, draw);
  return (message.components ?? []).map(draw);
}

function one(component, message, options, draw) {
  const inner = () => (component.components ?? []).map(draw);
  switch (component.type) {
    case ROW:
      return h("div", { class: "component-row" }, inner());
    case BUTTON:
      return button(component, message);
    case SECTION:
      return h(
        "div",
        { class: "section" },
        h("div", { class: "section-text" }, inner()),
        component.accessory && draw(component.accessory),
      );
    case TEXT:
      return h("div", { class: "text-display markdown" }, markdown(component.content, options));
    case THUMBNAIL:
      return picture(component.media?.url, component.description || "Picture");
    case GALLERY:
      return h(
        "div",
        { class: "gallery" },
        (component.items ?? []).map((item) =>
          picture(item.media?.url, item.description || "Picture"),
        ),
      );
    case FILE:
      return picture(component.file?.url, "File");
    case SEPARATOR:
      return h("div", {
        class: `separator${component.divider === false ? " bare" : ""}${component.spacing === 2 ? " wide" : ""}`,
        role: component.divider === false ? null : "separator",
      });
    case CONTAINER:
      return container(component, inner());
    default:
      return isSelect(component.type) ? select(component, message) : null;
  }
}

function container(component, inner) {
  const node = h("div", { class: component.spoiler ? "container spoilered" : "container" }, inner);
  if (component.accent_color !== undefined && component.accent_color !== null) {
    node.classList.add("accented");
    node.style.setProperty("--edge", roleColor(component.accent_color) || "#000");
  }
  if (component.spoiler) {
    const cover = h(
      "button",
      {
        type: "button",
        class: "cover",
        onclick: () => {
          node.classList.remove("spoilered");
          cover.remove();
        },
      },
      "Spoiler: show",
    );
    node.append(cover);
  }
  return node;
}

function emojiOf({ emoji }) {
  if (!emoji) return null;
  return h("span", { class: "emoji" }, emoji.id ? `:${emoji.name}:` : emoji.name);
}

/** Whether an answer to this component is awaited. */
function isWaiting(message, customId) {
  return state.doing.some(
    (row) => row.state === "waiting" && row.message === message.id && row.component === customId,
  );
}

function button(component, message) {
  const words = [emojiOf(component), component.label && h("span", null, component.label)];
  if (component.style === LINK_STYLE) {
    const link = anchor(component.url, words, icon("out"));
    link.className = "button secondary link";
    return link;
  }
  const waiting = isWaiting(message, component.custom_id);
  const click = () =>
    complain(
      ask("click", {
        channel: message.channel_id,
        message: message.id,
        custom_id: component.custom_id,
      }),
    );
  return h(
    "button",
    {
      type: "button",
      class: `button ${STYLES[component.style] ?? "secondary"}${waiting ? " waiting" : ""}`,
      disabled: component.disabled,
      "aria-busy": waiting ? "true" : null,
      "aria-label": component.label ? null : component.emoji?.name,
      data: { custom: component.custom_id ?? "" },
      onclick: waiting ? null : click,
    },
    words,
  );
}

/** What a select shows as chosen at first. */
export function defaults(component) {
  if (component.type === 3)
    return (component.options ?? [])
      .filter((option) => option.default)
      .map((option) => option.value);
  return (component.default_values ?? []).map((value) => value.id);
}

function nameOfChoice(component, id) {
  if (component.type === 3)
    return component.options?.find((option) => option.value === id)?.label ?? id;
  if (component.type === 8) return `#${state.rail.get(id)?.name ?? id}`;
  const found =
    component.type === 6 ? role(id) : component.type === 7 ? (role(id) ?? member(id)) : member(id);
  return found?.name ?? id;
}

/** The field of a select; `choose(values)` is called with each new choice. */
export function selectField(component, { chosen, choose, label, waiting }) {
  const words = chosen.length
    ? chosen.map((id) => nameOfChoice(component, id)).join(", ")
    : component.placeholder || "Make a selection";
  const open = (event) =>
    pick(event.currentTarget, {
      label: label ?? component.placeholder ?? "Options",
      items: selectItems(component),
      chosen,
      least: component.min_values ?? 1,
      most: component.max_values ?? 1,
      search: component.type === 3 ? undefined : true,
      done: choose,
    });
  return h(
    "button",
    {
      type: "button",
      class: `select${chosen.length ? "" : " empty"}${waiting ? " waiting" : ""}`,
      disabled: component.disabled,
      "aria-haspopup": "listbox",
      "aria-label": `${label ?? component.placeholder ?? "Select"}: ${words}`,
      data: { custom: component.custom_id ?? "" },
      onclick: open,
    },
    h("span", { class: "select-text" }, words),
    icon("down"),
  );
}

function select(component, message) {
  return selectField(component, {
    chosen: defaults(component),
    waiting: isWaiting(message, component.custom_id),
    choose: (values) =>
      complain(
        ask("choose", {
          channel: message.channel_id,
          message: message.id,
          custom_id: component.custom_id,
          values,
        }),
      ),
  });
}
