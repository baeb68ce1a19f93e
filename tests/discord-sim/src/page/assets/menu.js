// Context menus: of a message, of a person.

import { h, icon } from "./dom.js";
import { arrows, float } from "./float.js";
import { go } from "./nav.js";
import { complain, notice } from "./notices.js";
import { ask, askHere } from "./socket.js";
import { state } from "./store.js";

const ON_USER = 2;
const ON_MESSAGE = 3;

/** Shows a menu. Entries are `{ label, icon, run, danger }`, or a text as a heading, or null for a line. */
export function menu(anchor, label, entries) {
  const items = entries.map((entry) => {
    if (entry === null) return h("div", { class: "menu-line", role: "separator" });
    if (typeof entry === "string") return h("div", { class: "menu-heading" }, entry);
    const choose = () => {
      close();
      entry.run();
    };
    return h(
      "button",
      {
        type: "button",
        role: "menuitem",
        class: entry.danger ? "menu-item danger" : "menu-item",
        onclick: choose,
      },
      h("span", null, entry.label),
      icon(entry.icon ?? "apps"),
    );
  });
  const node = h("div", { class: "menu", role: "menu", "aria-label": label }, items);
  arrows(node, ".menu-item");
  const close = float(anchor, node);
  node.querySelector(".menu-item")?.focus();
}

/** Commands of applications for a menu, under a heading. */
function apps(kind, run) {
  const commands = state.commands.filter((command) => command.kind === kind);
  if (!commands.length) return [];
  return [
    null,
    "Apps",
    ...commands.map((command) => ({
      label: command.name,
      icon: "apps",
      run: () => complain(run(command)),
    })),
  ];
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice("Copied.", "good");
  } catch {
    notice(text, "plain");
  }
}

/** Entries of a message's menu. `acts` is what the list of messages can do with it. */
export function messageMenu(anchor, message, acts) {
  const { may, id: channel } = state.place;
  const mine = message.author.id === state.me;
  const { whisper } = message.view;
  const entries = [];
  if (!whisper) {
    if (may.react)
      entries.push({ label: "Add reaction", icon: "smile", run: () => acts.react(anchor) });
    if (may.write) entries.push({ label: "Reply", icon: "reply", run: acts.reply });
    if (mine && !state.place.thread?.archived)
      entries.push({ label: "Edit message", icon: "pencil", run: acts.edit });
    if (may.branch && !message.thread)
      entries.push({ label: "Create thread", icon: "thread", run: acts.branch });
    if (may.pin) {
      const on = !message.pinned;
      entries.push({
        label: on ? "Pin message" : "Unpin message",
        icon: "pin",
        run: () => complain(askHere("pin", { message: message.id, on })),
      });
    }
  }
  if (message.content)
    entries.push({ label: "Copy text", icon: "file", run: () => copy(message.content) });
  entries.push({ label: "Copy message ID", icon: "info", run: () => copy(message.id) });
  entries.push(
    ...apps(ON_MESSAGE, ({ name }) =>
      ask("on_message", { channel, message: message.id, entry: name }),
    ),
  );
  if (whisper) entries.push(null, { label: "Dismiss message", icon: "close", run: acts.dismiss });
  else if (mine || may.manage)
    entries.push(null, { label: "Delete message", icon: "trash", danger: true, run: acts.remove });
  menu(anchor, "Message", entries);
}

/** Entries of a person's menu. */
export function memberMenu(anchor, id) {
  const self = id === state.me;
  const bot = state.members.get(id)?.bot;
  const entries = [];
  if (!self) entries.push({ label: "Message", icon: "chat", run: () => complain(direct(id)) });
  if (state.place?.may.write)
    entries.push({
      label: "Mention",
      icon: "plus",
      run: () => document.dispatchEvent(new CustomEvent("mention", { detail: id })),
    });
  if (!self && !bot && state.people.some((one) => one.id === id)) {
    entries.push({
      label: "Be this person",
      icon: "eye",
      run: () => document.dispatchEvent(new CustomEvent("become", { detail: id })),
    });
  }
  entries.push({ label: "Copy user ID", icon: "info", run: () => copy(id) });
  if (state.place)
    entries.push(
      ...apps(ON_USER, ({ name }) =>
        ask("on_person", { channel: state.place.id, person: id, entry: name }),
      ),
    );
  menu(anchor, state.members.get(id)?.name ?? "Member", entries);
}

async function direct(person) {
  go(await ask("direct", { person }));
}
