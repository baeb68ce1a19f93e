// Where people write: messages, replies, edits, and commands after a slash.

import { avatar, h, iconButton, put } from "./dom.js";
import { CommandForm, commandChoices } from "./commands.js";
import { lastOwn } from "./messages.js";
import { notice } from "./notices.js";
import { channelItems, roleDot } from "./picker.js";
import { askHere } from "./socket.js";
import { guild, member, on, role, state } from "./store.js";

/** Characters of a message, as the simulated Discord has it. */
const LONGEST = 4000;
/** The length left is said from here on. */
const WARN_FROM = 3800;
const MOST_SUGGESTIONS = 8;

let box = null;
let field = null;
let above = null;
let suggestions = null;
/** `{ kind: "reply" | "edit", message }`, or null. */
let mode = null;
let form = null;
let openId = null;
/** What was typed and not sent, by person and channel. */
const drafts = new Map();
let chosen = 0;
let offered = [];

export function composer() {
  above = h("div", { class: "composer-above" });
  suggestions = h("div", {
    class: "suggestions",
    role: "listbox",
    id: "suggestions",
    "aria-label": "Suggestions",
    hidden: true,
  });
  field = h("textarea", {
    rows: 1,
    autocomplete: "off",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "suggestions",
    "aria-autocomplete": "list",
    oninput: typed,
    onkeydown: keys,
    onblur: () => setTimeout(() => document.activeElement !== field && hide(), 100),
  });
  box = h("div", { class: "composer" }, suggestions, above, h("div", { class: "composer-row" }));
  openId = null;
  draw();
  // Only what is on the page has a height.
  queueMicrotask(grow);
  return box;
}

on(["place", "me"], () => box?.isConnected && draw());
on("doing", () => form?.update());
on("commands", () => {
  if (form && !state.commands.some((command) => command.id === form.command.id)) leaveForm();
});

function key() {
  return `${state.me}/${state.place?.id}`;
}

function draw() {
  const { place } = state;
  if (!place) return;
  if (openId !== key()) {
    if (form) leaveForm();
    mode = null;
    openId = key();
    field.value = drafts.get(openId) ?? "";
  }
  const where = place.thread
    ? `"${place.name}"`
    : place.guild
      ? `#${place.name}`
      : `@${state.rail.get(place.id)?.name ?? ""}`;
  field.placeholder = `Message ${where}`;
  field.setAttribute("aria-label", `Message ${where}`);
  const row = box.querySelector(".composer-row");
  box.classList.toggle("closed", !place.may.write);
  if (form) put(row, form.node);
  else if (!place.may.write)
    put(
      row,
      h("p", { class: "composer-closed" }, place.may.closed ?? "Nothing can be written here."),
    );
  else if (field.parentNode !== row)
    put(
      row,
      field,
      h("span", { class: "left-over", "aria-live": "polite" }),
      iconButton("send", "Send", send, { class: "icon-button send" }),
    );
  drawMode();
  grow();
}

function drawMode() {
  put(above);
  above.hidden = !mode;
  if (!mode) return;
  const name = member(mode.message.author.id, mode.message.author).name;
  const stop = iconButton("close", mode.kind === "reply" ? "Do not reply" : "Do not edit", () =>
    leaveMode(),
  );
  if (mode.kind === "edit") return put(above, h("span", null, "Editing your message"), stop);
  const ping = h(
    "button",
    {
      type: "button",
      class: mode.ping ? "ping on" : "ping",
      "aria-pressed": String(mode.ping),
      title: "Whether the reply pings the author",
      onclick: () => {
        mode.ping = !mode.ping;
        drawMode();
      },
    },
    mode.ping ? "@ ON" : "@ OFF",
  );
  return put(above, h("span", null, "Replying to ", h("strong", null, name)), ping, stop);
}

function leaveMode() {
  if (mode?.kind === "edit") field.value = "";
  mode = null;
  drawMode();
  grow();
  field.focus();
}

export function replyTo(message) {
  if (form) leaveForm();
  mode = { kind: "reply", message, ping: message.author.id !== state.me };
  drawMode();
  field.focus();
}

export function edit(message) {
  if (form) leaveForm();
  mode = { kind: "edit", message };
  field.value = readable(message.content);
  drawMode();
  grow();
  field.focus();
}

/** Writes somebody's name into the message. */
export function mention(id) {
  if (!field?.isConnected) return;
  field.value += `${field.value && !field.value.endsWith(" ") ? " " : ""}@${member(id).name} `;
  grow();
  field.focus();
}

function grow() {
  field.style.height = "auto";
  if (field.scrollHeight)
    field.style.height = `${Math.min(field.scrollHeight, window.innerHeight / 3)}px`;
  const left = LONGEST - [...field.value].length;
  const counter = box.querySelector(".left-over");
  if (counter) {
    counter.textContent = left < LONGEST - WARN_FROM ? String(left) : "";
    counter.classList.toggle("bad", left < 0);
  }
}

function typed() {
  if (!mode) drafts.set(openId, field.value);
  grow();
  suggest();
}

async function send() {
  const content = writable(field.value).trim();
  if (!content) return;
  if (content.startsWith("/") && !mode) {
    const exact = commandChoices(content.slice(1).split(" ")[0]).find(
      (choice) => choice.words === content.slice(1).trim(),
    );
    if (exact) return enter(exact);
  }
  const now = mode;
  const text = field.value;
  // Cleared at once, as people type on; given back when it is refused.
  field.value = "";
  drafts.delete(openId);
  mode = null;
  drawMode();
  grow();
  hide();
  try {
    if (now?.kind === "edit") await askHere("edit", { message: now.message.id, content });
    else
      await askHere("post", {
        content,
        reply_to: now?.message.id ?? null,
        ping: now?.ping ?? true,
      });
  } catch (error) {
    notice(error.message);
    if (!field.value) {
      field.value = text;
      mode = now;
      drawMode();
      grow();
    }
  }
}

function keys(event) {
  if (event.isComposing) return;
  if (!suggestions.hidden) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      chosen = (chosen + step + offered.length) % offered.length;
      drawSuggestions();
      event.preventDefault();
      return;
    }
    if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) {
      event.preventDefault();
      take(offered[chosen]);
      return;
    }
    if (event.key === "Escape") {
      hide();
      event.stopPropagation();
      return;
    }
  }
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send();
  } else if (event.key === "Escape" && mode) {
    leaveMode();
  } else if (event.key === "ArrowUp" && !field.value && !mode) {
    const own = lastOwn();
    if (own) {
      event.preventDefault();
      edit(own);
    }
  }
}

/** What the word before the cursor could become. */
function suggest() {
  const before = field.value.slice(0, field.selectionStart);
  const slash = /^\/([^\n]*)$/.exec(before);
  const at = /(^|\s)([@#])([^\s@#]{0,30})$/.exec(before);
  chosen = 0;
  if (slash && !mode) {
    // All of them, as Discord does: the list scrolls, and no application hides another's commands.
    offered = commandChoices(slash[1]).map((choice) => ({
      label: `/${choice.words}`,
      about: choice.about,
      side: choice.application,
      run: () => enter(choice),
    }));
  } else if (at) {
    const start = before.length - at[3].length - 1;
    const words = at[3].toLowerCase();
    const fits = (name) => name.toLowerCase().includes(words);
    const insert = (text) => () => {
      field.setRangeText(`${text} `, start, field.selectionStart, "end");
      typed();
    };
    offered =
      at[2] === "@"
        ? [
            ...[...state.members.values()]
              .filter((one) => fits(one.name) || fits(one.username))
              .map((one) => ({
                label: one.name,
                about: one.username,
                picture: avatar(one.id, one.name, one.bot),
                run: insert(`@${one.name}`),
              })),
            ...(guild()?.roles ?? [])
              .filter((one) => one.id !== guild().id && fits(one.name))
              .map((one) => ({
                label: `@${one.name}`,
                about: "Role",
                picture: roleDot(one.color),
                run: insert(`@${one.name}`),
              })),
          ]
        : channelItems()
            .filter((item) => fits(item.label))
            .map((item) => ({
              label: item.label,
              picture: item.picture(),
              run: insert(`#${item.label}`),
            }));
    // Names that begin so come first.
    const begins = (one) => one.label.toLowerCase().replace(/^[@#]/, "").startsWith(words);
    offered = offered.sort((a, b) => begins(b) - begins(a)).slice(0, MOST_SUGGESTIONS);
  } else {
    offered = [];
  }
  drawSuggestions();
}

function drawSuggestions() {
  suggestions.hidden = !offered.length;
  field.setAttribute("aria-expanded", String(offered.length > 0));
  put(
    suggestions,
    offered.map((item, index) =>
      h(
        "button",
        {
          type: "button",
          role: "option",
          id: `suggestion-${index}`,
          class: "option",
          tabindex: "-1",
          "aria-selected": String(index === chosen),
          onmousedown: (event) => event.preventDefault(),
          onclick: () => take(item),
        },
        item.picture,
        h(
          "span",
          { class: "option-text" },
          h("span", { class: "option-label" }, item.label),
          item.about && h("span", { class: "option-about" }, item.about),
        ),
        item.side && h("span", { class: "option-side" }, item.side),
      ),
    ),
  );
  if (offered.length) {
    field.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
    suggestions.children[chosen]?.scrollIntoView({ block: "nearest" });
  } else {
    field.removeAttribute("aria-activedescendant");
  }
}

function take(item) {
  hide();
  item?.run();
  field.focus();
  if (form) form.focus();
}

function hide() {
  offered = [];
  drawSuggestions();
}

/** Fills in a command instead of a message. */
function enter(choice) {
  hide();
  field.value = "";
  drafts.delete(openId);
  form = new CommandForm(choice, leaveForm);
  draw();
  form.focus();
}

function leaveForm() {
  form = null;
  if (box.isConnected) {
    put(box.querySelector(".composer-row"));
    draw();
    field.focus();
  }
}

/** Names as they are typed (`@Ann`, `#help`) become mentions. */
function writable(text) {
  const names = new Map();
  for (const item of channelItems()) names.set(`#${item.label}`, `<#${item.id}>`);
  for (const one of guild()?.roles ?? [])
    if (one.id !== guild().id) names.set(`@${one.name}`, `<@&${one.id}>`);
  for (const one of state.members.values()) {
    names.set(`@${one.username}`, `<@${one.id}>`);
    names.set(`@${one.name}`, `<@${one.id}>`);
  }
  // Longest first: `@Ann Lee` is not `@Ann` and " Lee".
  const known = [...names.keys()]
    .filter((name) => name.length > 1)
    .sort((a, b) => b.length - a.length);
  if (!known.length) return text;
  const pattern = new RegExp(
    `(?<![\\w<])(${known.map((name) => RegExp.escape?.(name) ?? name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})(?![\\w-])`,
    "gi",
  );
  const byLower = new Map([...names].map(([name, id]) => [name.toLowerCase(), id]));
  // What is inside code stays as it is.
  return text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, index) =>
      index % 2 ? part : part.replace(pattern, (name) => byLower.get(name.toLowerCase())),
    )
    .join("");
}

/** Mentions as people type them. */
function readable(text) {
  return text
    .replace(/<@!?(\d+)>/g, (all, id) => (state.members.has(id) ? `@${member(id).name}` : all))
    .replace(/<@&(\d+)>/g, (all, id) => (role(id) ? `@${role(id).name}` : all))
    .replace(/<#(\d+)>/g, (all, id) => (state.rail.has(id) ? `#${state.rail.get(id).name}` : all));
}

/** A key that types something, pressed anywhere, goes into the message. */
export function typeAnywhere(event) {
  const free =
    !document.querySelector("dialog[open], .float") &&
    !event.target.closest("input, textarea, select, [contenteditable], [data-message]");
  if (
    free &&
    event.key.length === 1 &&
    event.key !== " " &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey &&
    field?.isConnected &&
    state.place?.may.write &&
    !form
  )
    field.focus();
}
