// The messages of the open channel.

import { h } from "./dom.js";
import { edit, mention, replyTo } from "./composer.js";
import { float } from "./float.js";
import { memberMenu, messageMenu } from "./menu.js";
import { TYPE, line } from "./message.js";
import { askForText, confirm } from "./modal.js";
import { go } from "./nav.js";
import { complain } from "./notices.js";
import { ask, askHere } from "./socket.js";
import { byId, on, state } from "./store.js";
import { instantOf, longDate, sameDay } from "./times.js";

/** Messages of one author closer than this stand under one name. */
const TOGETHER = 7 * 60 * 1000;
/** So near to the end the list follows new messages. */
const NEAR = 80;
/** What comes within so many milliseconds after one's own message is read as it comes. */
const AT_ONCE = 3000;
/** Reactions to choose from. */
const QUICK = ["👍", "❤️", "😄", "🎉", "👀", "✅", "🙏", "🤔", "🚀", "😕"];

const dismissed = new Set();
/** By id: the node on screen and what it was made from. */
let drawn = new Map();
let list = null;
let scroller = null;
let openId = null;
let follows = true;

/** The list's place on the page. */
export function messageList() {
  list = h("ol", { class: "messages" });
  scroller = h(
    "div",
    {
      class: "scroller",
      tabindex: "-1",
      role: "log",
      "aria-label": "Messages",
      "aria-live": "polite",
      onscroll: scrolled,
    },
    list,
  );
  drawn = new Map();
  openId = null;
  list.addEventListener("keydown", keys);
  list.addEventListener("focusin", (event) => stop(event.target.closest("[data-message]")));
  list.addEventListener("contextmenu", (event) => {
    const message = ofNode(event.target);
    if (!message || event.target.closest("a, input, textarea")) return;
    event.preventDefault();
    openMenu({ x: event.clientX, y: event.clientY }, message);
  });
  list.addEventListener("click", (event) => {
    const who = event.target.closest("[data-user]");
    if (who) memberMenu(who, who.dataset.user);
  });
  // What opens late, here or below, must not push the end out of sight.
  const resized = new ResizeObserver(() => follows && toEnd());
  resized.observe(list);
  resized.observe(scroller);
  return scroller;
}

on(["messages", "members", "doing", "older", "place", "me"], (names) => {
  if (list?.isConnected) draw(names);
});
document.addEventListener("visibilitychange", markRead);

/** Draws a list that was just put on the page. */
export function drawMessages() {
  draw();
}

function ofNode(node) {
  const row = node.closest?.("[data-message]");
  return row && state.messages.get(row.dataset.message);
}

function draw(names) {
  const anew = openId !== state.place?.id || names?.has("members") || names?.has("me");
  if (openId !== state.place?.id || names?.has("me")) {
    follows = true;
    readBefore = state.place?.readTo;
  } else if (drawn.size && !list.querySelector(".new-line")) {
    // What comes while somebody reads along is no news.
    const along = follows && !document.hidden;
    readBefore = along ? null : (readBefore ?? [...drawn.keys()].at(-1));
  }
  openId = state.place?.id ?? null;
  const rows = [...state.messages.values()]
    .filter((row) => row.channel_id === openId && !dismissed.has(row.id))
    .sort((a, b) => byId(a.id, b.id));
  const height = scroller.scrollHeight - scroller.scrollTop;
  const older = !follows && rows.length && drawn.size && !drawn.has(rows[0].id);
  const nodes = [];
  const next = new Map();
  if (state.older) nodes.push(olderButton());
  else nodes.push(beginning());
  let before = null;
  let newShown = false;
  for (const message of rows) {
    const at = instantOf(message.id);
    if (!before || !sameDay(instantOf(before.id), at))
      nodes.push(h("li", { class: "day" }, h("span", null, longDate(at))));
    if (
      !newShown &&
      readBefore &&
      byId(message.id, readBefore) > 0 &&
      message.author.id !== state.me
    ) {
      newShown = true;
      if (before && byId(before.id, readBefore) <= 0 && !isAtOnce(before, at))
        nodes.push(h("li", { class: "new-line" }, h("span", null, "New")));
    }
    const grouped = isGrouped(before, message, at);
    const tried = state.doing.filter((row) => row.message === message.id && row.state !== "done");
    const mark = `${grouped} ${tried.map((row) => row.component + row.state).join()}`;
    const known = drawn.get(message.id);
    const same = !anew && known?.message === message && known.mark === mark;
    const node = same ? known.node : line(message, { grouped, at, tried, tools });
    if (!same && known?.node === document.activeElement) queueMicrotask(() => node.focus());
    next.set(message.id, { node, message, mark });
    nodes.push(node);
    before = message;
  }
  drawn = next;
  replace(nodes);
  if (!stopAt?.isConnected) stop(list.querySelector("[data-message]:last-child"));
  if (older) scroller.scrollTop = scroller.scrollHeight - height;
  else if (follows) toEnd();
  markRead();
}

/** Whether something came so soon after one's own message that one was still there. */
function isAtOnce(before, at) {
  return before.author.id === state.me && at - instantOf(before.id) < AT_ONCE;
}

/** What was read before this look at the channel; "New" stands after it. */
let readBefore = null;

/** The one message that Tab stops at; arrows lead to the others. */
let stopAt = null;

function stop(row) {
  if (!row || row === stopAt) return;
  stopAt?.setAttribute("tabindex", "-1");
  row.setAttribute("tabindex", "0");
  stopAt = row;
}

/** Puts the nodes into the list and leaves those that are there already where they are. */
function replace(nodes) {
  let at = list.firstChild;
  for (const node of nodes) {
    if (at === node) at = at.nextSibling;
    else list.insertBefore(node, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
}

function scrolled() {
  follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
  if (follows) markRead();
}

let readUpTo = null;

/** Tells the server what was read: what is on a visible screen, down to its end. */
function markRead() {
  if (document.hidden || !follows || !state.place || !list?.isConnected) return;
  let last = null;
  for (const row of state.messages.values())
    if (!row.view.whisper && (!last || byId(row.id, last) > 0)) last = row.id;
  const mark = `${state.me}/${state.place.id}/${last}`;
  if (!last || mark === readUpTo || state.messages.get(last).channel_id !== state.place.id) return;
  readUpTo = mark;
  ask("read", { channel: state.place.id, message: last }).catch(() => {
    readUpTo = null;
  });
}

function isGrouped(before, message, at) {
  return (
    before !== null &&
    before.author.id === message.author.id &&
    message.type === TYPE.plain &&
    !message.interaction_metadata &&
    [TYPE.plain, TYPE.reply, TYPE.command].includes(before.type) &&
    before.view.whisper === message.view.whisper &&
    at - instantOf(before.id) < TOGETHER
  );
}

function olderButton() {
  return h(
    "li",
    { class: "older" },
    h(
      "button",
      { type: "button", class: "button secondary", onclick: () => complain(ask("older")) },
      "Show older messages",
    ),
  );
}

function beginning() {
  const { place } = state;
  if (!place) return h("li");
  const words = place.thread
    ? "This is where it began."
    : place.guild
      ? `This is the beginning of #${place.name}.`
      : "This is the beginning of your conversation.";
  return h(
    "li",
    { class: "beginning" },
    h("h2", null, place.guild ? place.name : (state.rail.get(place.id)?.name ?? "Direct message")),
    h("p", null, words),
  );
}

function jump(id) {
  const node = drawn.get(id)?.node;
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.focus();
  node.classList.add("jumped");
  setTimeout(() => node.classList.remove("jumped"), 1500);
}

function dismiss(message) {
  dismissed.add(message.id);
  draw();
}

/** What a message's line can ask of the list. */
const tools = { jump, dismiss, acts: actsOn, menu: openMenu };

function actsOn(message) {
  return {
    reply: () => replyTo(message),
    edit: () => edit(message),
    react: (anchor) => reactWith(anchor, message),
    branch: () =>
      askForText(
        "Create thread",
        "Thread name",
        message.content.slice(0, 60),
        "Create thread",
        async (name) => go(await askHere("branch", { message: message.id, name })),
      ),
    dismiss: () => dismiss(message),
    remove: () =>
      confirm("Delete message", "Nobody can bring it back.", "Delete", () =>
        complain(askHere("delete", { message: message.id })),
      ),
  };
}

function openMenu(anchor, message) {
  messageMenu(anchor, message, actsOn(message));
}

function reactWith(anchor, message) {
  const choose = (emoji) => {
    close();
    complain(askHere("react", { message: message.id, emoji, on: true }));
  };
  const node = h(
    "div",
    { class: "emoji-grid", role: "group", "aria-label": "Reactions" },
    QUICK.map((emoji) =>
      h("button", { type: "button", "aria-label": emoji, onclick: () => choose(emoji) }, emoji),
    ),
  );
  const close = float(anchor, node);
  node.querySelector("button").focus();
}

/** Arrows walk from message to message; letters do what the toolbar does. */
function keys(event) {
  const row = event.target.closest("[data-message]");
  if (event.key === "Enter" && event.target.dataset?.user && event.target.tagName === "SPAN") {
    memberMenu(event.target, event.target.dataset.user);
    return;
  }
  if (!row || event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
  const message = state.messages.get(row.dataset.message);
  const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
  if (step) {
    let next = row[step];
    while (next && !next.matches("[data-message]")) next = next[step];
    next?.focus();
    event.preventDefault();
    return;
  }
  const acts = message && actsOn(message);
  const run = {
    r: () => state.place.may.write && acts.reply(),
    e: () => message.author.id === state.me && acts.edit(),
    m: () => openMenu(row, message),
    ContextMenu: () => openMenu(row, message),
  }[event.key];
  if (run && message) {
    event.preventDefault();
    run();
  }
}

/** The newest own message, for the composer's arrow up. */
export function lastOwn() {
  return [...state.messages.values()]
    .filter((row) => row.author.id === state.me && !row.view.whisper && row.type <= TYPE.reply)
    .sort((a, b) => byId(b.id, a.id))[0];
}

document.addEventListener("mention", (event) => mention(event.detail));
