// A forum: its posts, how to find one, and how to write a new one.

import { h, icon, put } from "./dom.js";
import { markdown } from "./markdown.js";
import { go, href } from "./nav.js";
import { ask } from "./socket.js";
import { byId, member, on, state } from "./store.js";
import { following, instantOf, shortAgo } from "./times.js";

/** Posts drawn at once; a button shows more. */
const SCREENFUL = 60;

let root = null;
let list = null;
let bar = null;
let words = "";
let chosen = new Set();
let sort = "active";
let most = SCREENFUL;
let openId = null;
let drawn = new Map();

export function forum() {
  words = "";
  chosen = new Set();
  most = SCREENFUL;
  drawn = new Map();
  openId = state.place.id;
  const search = h("input", {
    type: "search",
    class: "forum-search",
    placeholder: "Search posts",
    "aria-label": "Search posts",
    oninput: (event) => {
      words = event.target.value.toLowerCase().trim();
      most = SCREENFUL;
      drawPosts();
    },
  });
  const create = h(
    "button",
    { type: "button", class: "button primary", onclick: () => writePost() },
    icon("plus"),
    "New Post",
  );
  create.hidden = !state.place.may.ask;
  bar = h("div", { class: "forum-bar" });
  list = h("div", { class: "posts", role: "list", "aria-label": "Posts" });
  root = h(
    "div",
    { class: "forum" },
    h(
      "div",
      { class: "forum-head" },
      h("div", { class: "forum-find" }, icon("search"), search, create),
      state.place.topic &&
        h(
          "details",
          { class: "guidelines" },
          h("summary", null, "Guidelines"),
          h("div", { class: "markdown" }, markdown(state.place.topic)),
        ),
    ),
    h("div", { class: "new-post" }),
    bar,
    list,
  );
  drawBar();
  drawPosts();
  return root;
}

on(["posts", "members", "place"], (names) => {
  if (!root?.isConnected || state.place?.id !== openId) return;
  if (names.has("members") || names.has("place")) drawn = new Map();
  drawBar();
  drawPosts();
});

on("posts", () => {
  if (!root?.isConnected || document.hidden || state.place?.id !== openId) return;
  // Whoever looks at the list has seen its newest post.
  let newest = null;
  for (const id of state.posts.keys()) if (!newest || byId(id, newest) > 0) newest = id;
  if (newest && newest !== markedUpTo)
    ask("read", { channel: openId, message: newest }).catch(() => {});
  markedUpTo = newest;
});
let markedUpTo = null;

function drawBar() {
  const toggle = (id) => {
    if (!chosen.delete(id)) chosen.add(id);
    most = SCREENFUL;
    drawBar();
    drawPosts();
    bar.querySelector(`[data-tag="${id}"]`)?.focus();
  };
  const order = h(
    "select",
    {
      "aria-label": "Sort posts",
      onchange: (event) => {
        sort = event.target.value;
        drawPosts();
      },
    },
    h("option", { value: "active" }, "Recently active"),
    h("option", { value: "new" }, "Date posted"),
  );
  order.value = sort;
  put(
    bar,
    order,
    (state.place.tags ?? []).map((tag) =>
      h(
        "button",
        {
          type: "button",
          class: chosen.has(tag.id) ? "tag on" : "tag",
          "aria-pressed": String(chosen.has(tag.id)),
          data: { tag: tag.id },
          onclick: () => toggle(tag.id),
        },
        tag.emoji && h("span", { class: "emoji" }, tag.emoji),
        tag.name,
      ),
    ),
    chosen.size > 0 &&
      h(
        "button",
        {
          type: "button",
          class: "link-button",
          onclick: () => {
            chosen.clear();
            drawBar();
            drawPosts();
          },
        },
        "Clear",
      ),
  );
}

function fits(post) {
  if (chosen.size && !post.tags.some((tag) => chosen.has(tag))) return false;
  return (
    !words ||
    `${post.name}\n${post.first}\n${member(post.owner).name}`.toLowerCase().includes(words)
  );
}

function drawPosts() {
  const posts = [...state.posts.values()].filter(fits);
  const key = (post) => (sort === "active" ? (post.last ?? post.id) : post.id);
  posts.sort((a, b) => b.pinned - a.pinned || byId(key(b), key(a)));
  const open = posts.filter((post) => !post.archived);
  const old = posts.filter((post) => post.archived);
  const shown = [...open, ...old].slice(0, most);
  const next = new Map();
  const nodes = [];
  for (const post of shown) {
    if (post === old[0]) nodes.push(h("h2", { class: "posts-older" }, "Older posts"));
    const known = drawn.get(post.id);
    const entry = known?.post === post ? known : { post, node: row(post) };
    next.set(post.id, entry);
    nodes.push(entry.node);
  }
  drawn = next;
  const focused = document.activeElement;
  put(list, nodes);
  if (focused?.isConnected) focused.focus();
  if (posts.length > most)
    list.append(
      h(
        "button",
        {
          type: "button",
          class: "button secondary more",
          onclick: () => {
            most += SCREENFUL;
            drawPosts();
          },
        },
        `Show more (${posts.length - most})`,
      ),
    );
  if (!posts.length)
    list.append(
      h("p", { class: "empty" }, state.posts.size ? "No post fits." : "There is no post yet."),
    );
}

function row(post) {
  const owner = member(post.owner);
  const tags = (state.place.tags ?? []).filter((tag) => post.tags.includes(tag.id));
  const active = instantOf(post.last ?? post.id);
  return h(
    "article",
    {
      class: `post${post.unread ? " unread" : ""}${post.archived ? " archived" : ""}`,
      role: "listitem",
      data: { post: post.id },
    },
    tags.length > 0 && h("div", { class: "post-tags" }, tags.map(tagChip)),
    h(
      "h3",
      null,
      post.pinned && icon("pin"),
      post.locked && icon("lock"),
      h("a", { href: href(post.id) }, post.name),
      post.pings > 0 && h("span", { class: "pings" }, String(post.pings)),
    ),
    h(
      "p",
      { class: "post-glimpse" },
      h("span", { class: "post-owner" }, owner.name, ": "),
      post.deleted
        ? "Original message was deleted"
        : markdown(post.first.replace(/\s*\n\s*/g, " ").replace(/```\w*/g, " "), { inline: true }),
    ),
    h(
      "div",
      { class: "post-foot" },
      post.reactions?.map((reaction) =>
        h(
          "span",
          { class: "reaction" },
          h("span", { class: "emoji" }, reaction.name),
          String(reaction.count),
        ),
      ),
      h(
        "span",
        { class: "post-count" },
        icon("chat"),
        post.answers === 1 ? "1 message" : `${post.answers} messages`,
      ),
      h("span", { "aria-hidden": "true" }, "•"),
      following(active, shortAgo),
    ),
  );
}

export function tagChip(tag) {
  return h(
    "span",
    { class: "tag small" },
    tag.emoji && h("span", { class: "emoji" }, tag.emoji),
    tag.name,
  );
}

function writePost() {
  const place = root.querySelector(".new-post");
  if (place.firstChild) return place.querySelector("input").focus();
  const picked = new Set();
  const title = h("input", {
    class: "new-title",
    placeholder: "Title",
    "aria-label": "Title",
    maxlength: 100,
    autocomplete: "off",
  });
  const text = h("textarea", {
    class: "new-text",
    rows: 4,
    placeholder: "Write a message…",
    "aria-label": "Message",
    maxlength: 4000,
  });
  const problem = h("p", { class: "form-error", role: "alert", hidden: true });
  const send = async (event) => {
    event.preventDefault();
    try {
      const post = await ask("ask", {
        forum: openId,
        name: title.value,
        content: text.value,
        tags: [...picked],
      });
      put(place);
      go(post);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  };
  const tags = (state.place.tags ?? [])
    .filter((tag) => !tag.moderated || state.place.may.moderate)
    .map((tag) => {
      const node = h(
        "button",
        {
          type: "button",
          class: "tag",
          "aria-pressed": "false",
          onclick: () => {
            if (!picked.delete(tag.id)) picked.add(tag.id);
            node.classList.toggle("on", picked.has(tag.id));
            node.setAttribute("aria-pressed", String(picked.has(tag.id)));
          },
        },
        tag.emoji && h("span", { class: "emoji" }, tag.emoji),
        tag.name,
      );
      return node;
    });
  put(
    place,
    h(
      "form",
      {
        class: "form new-form",
        onsubmit: send,
        onkeydown: (event) => event.key === "Escape" && put(place),
      },
      title,
      text,
      tags.length > 0 &&
        h(
          "div",
          {
            class: "new-tags",
            role: "group",
            "aria-label": state.place.needsTag ? "Tags (at least one)" : "Tags",
          },
          h("span", null, state.place.needsTag ? "Tags *" : "Tags"),
          tags,
        ),
      problem,
      h(
        "div",
        { class: "form-buttons" },
        h(
          "button",
          { type: "button", class: "button secondary", onclick: () => put(place) },
          "Cancel",
        ),
        h("button", { type: "submit", class: "button primary" }, "Post"),
      ),
    ),
  );
  return title.focus();
}
