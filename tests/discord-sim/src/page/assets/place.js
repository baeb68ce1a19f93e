// The middle: the head of the open channel, and its messages or posts.

import { h, icon, iconButton, put } from "./dom.js";
import { runNotes } from "./commands.js";
import { composer } from "./composer.js";
import { forum, tagChip } from "./forum.js";
import { markdown } from "./markdown.js";
import { menu } from "./menu.js";
import { drawMessages, messageList } from "./messages.js";
import { askForText } from "./modal.js";
import { href } from "./nav.js";
import { complain } from "./notices.js";
import { pick } from "./picker.js";
import { askHere } from "./socket.js";
import { showSide } from "./side.js";
import { channelIcon, isForum, on, state } from "./store.js";

const root = document.getElementById("main");
const app = document.getElementById("app");
let openId = null;
let head = null;

on(["place", "hidden", "me", "rail", "host"], draw);

function draw() {
  const { place } = state;
  const key = place ? `${state.me}/${place.id}` : `none/${state.hidden}`;
  if (openId !== key) {
    openId = key;
    head = h("header", { class: "place-head" });
    if (!place) put(root, head, nothing());
    else if (isForum(place.kind)) put(root, head, forum());
    else if (place.kind === 4)
      put(root, head, h("p", { class: "empty" }, "A category holds channels."));
    else {
      put(root, head, messageList(), runNotes, composer());
      drawMessages();
    }
    app.classList.toggle("at-rail", !place && !state.hidden);
  }
  drawHead();
  const pings = [...state.rail.values()].reduce((sum, row) => sum + row.pings, 0);
  const here = place && (state.rail.get(place.id)?.name || place.name);
  const name = [here, state.host.name].filter(Boolean).join(" • ");
  document.title = pings ? `(${pings}) ${name}` : name;
}

function nothing() {
  const words = state.hidden
    ? "You do not see this channel. Somebody else might."
    : "Choose a channel on the left.";
  return h("div", { class: "nothing" }, icon(state.hidden ? "lock" : "chat"), h("p", null, words));
}

function drawHead() {
  const { place } = state;
  const back = iconButton("back", "Channels", () => app.classList.add("at-rail"), {
    class: "icon-button only-narrow",
  });
  if (!place) {
    put(head, back);
    return;
  }
  const { thread, parent } = place;
  const name = place.guild ? place.name : (state.rail.get(place.id)?.name ?? "");
  const tags = thread && (place.tags ?? []).filter((tag) => thread.tags.includes(tag.id));
  put(
    head,
    back,
    thread &&
      parent &&
      h(
        "a",
        { class: "crumb", href: href(parent.id) },
        icon(isForum(parent.kind) ? "forum" : "text"),
        parent.name,
      ),
    thread && icon("right"),
    !thread && icon(channelIcon({ ...place, hidden: state.rail.get(place.id)?.hidden })),
    h("h1", { title: name }, name),
    tags?.map(tagChip),
    thread?.locked && h("span", { class: "state" }, icon("lock"), "Locked"),
    thread?.archived && h("span", { class: "state" }, "Archived"),
    !thread &&
      !isForum(place.kind) &&
      place.topic &&
      h("span", { class: "topic" }, markdown(place.topic, { inline: true })),
    h("span", { class: "bar-space" }),
    thread &&
      h(
        "button",
        {
          type: "button",
          class: `button secondary small ${thread.joined ? "leave" : "join"}`,
          onclick: () => complain(askHere(thread.joined ? "leave" : "join")),
        },
        thread.joined ? "Unfollow" : "Follow",
      ),
    thread &&
      place.may.rename &&
      iconButton("dots", "Post options", (event) => threadMenu(event.currentTarget), {
        "aria-haspopup": "menu",
      }),
    thread &&
      state.host.panel &&
      iconButton("info", "Why it is so: behind the scenes", () => showSide("panel"), {
        class: "icon-button why",
      }),
    iconButton("people", "Members", () => app.classList.toggle("members-toggled"), {
      class: "icon-button members-button",
      "aria-controls": "members",
    }),
  );
}

function threadMenu(anchor) {
  const { place } = state;
  const { thread, may } = place;
  const change = (fields) => () => complain(askHere("thread", fields));
  const entries = [
    {
      label: "Rename",
      icon: "pencil",
      run: () =>
        askForText("Rename", "Title", place.name, "Save", (name) => askHere("thread", { name })),
    },
  ];
  if (place.tags?.length)
    entries.push({ label: "Edit tags", icon: "tag", run: () => editTags(anchor) });
  entries.push({
    label: thread.archived ? "Open post" : "Close post",
    icon: thread.archived ? "thread" : "check",
    run: change({ archived: !thread.archived }),
  });
  if (may.moderate) {
    entries.push({
      label: thread.locked ? "Unlock post" : "Lock post",
      icon: "lock",
      run: change({ locked: !thread.locked }),
    });
    if (isForum(place.parent?.kind))
      entries.push({
        label: thread.pinned ? "Unpin post" : "Pin post",
        icon: "pin",
        run: change({ pinned: !thread.pinned }),
      });
  }
  menu(anchor, "Post options", entries);
}

function editTags(anchor) {
  const { tags, thread, may } = state.place;
  pick(anchor, {
    label: "Tags",
    items: tags
      .filter((tag) => !tag.moderated || may.moderate)
      .map((tag) => ({ id: tag.id, label: `${tag.emoji ?? ""} ${tag.name}`.trim() })),
    chosen: thread.tags,
    least: 0,
    most: 5,
    done: (chosen) => complain(askHere("thread", { tags: chosen })),
  });
}

/** Where to look first: the first forum, else the first channel. */
export function firstChannel() {
  const rows = [...state.rail.values()].filter((row) => row.guild && row.kind !== 4);
  rows.sort((a, b) => a.position - b.position);
  return (rows.find((row) => isForum(row.kind)) ?? rows[0])?.id;
}
