// One message: who wrote it, what it answers, its text, cards, components and marks.

import { avatar, h, icon, iconButton, roleColor } from "./dom.js";
import { components } from "./components.js";
import { embed, picture } from "./embeds.js";
import { markdown } from "./markdown.js";
import { href } from "./nav.js";
import { complain } from "./notices.js";
import { askHere } from "./socket.js";
import { colorOf, member, state } from "./store.js";
import { following, full, stamp, timeOfDay } from "./times.js";

/** Message types. */
export const TYPE = {
  plain: 0,
  renamed: 4,
  pinned: 6,
  joined: 7,
  threadMade: 18,
  reply: 19,
  command: 20,
  starter: 21,
  menu: 23,
};
const FLAG = { suppressEmbeds: 1 << 2, loading: 1 << 7, silent: 1 << 12 };

/**
 * A message's line in the list.
 * @param grouped whether it stands under the name of the one before
 * @param tried interactions with it that were not answered yet, or failed
 * @param tools what the list can do: `jump(id)`, `dismiss(message)`, `acts(message)`,
 *   `menu(anchor, message)`
 */
export function line(message, { grouped, at, tried, tools }) {
  const system = systemLine(message, at);
  if (system) return system;
  const source =
    message.type === TYPE.starter && message.referenced_message
      ? { ...message.referenced_message, view: message.view }
      : message;
  const author = member(source.author.id, source.author);
  const node = h(
    "li",
    {
      class: [
        "message",
        grouped && "grouped",
        message.view.pings && "pinged",
        message.view.whisper && "whisper",
      ]
        .filter(Boolean)
        .join(" "),
      tabindex: "-1",
      data: { message: message.id },
      "aria-keyshortcuts": "r e m",
      "aria-label": `${author.name}, ${stamp(at)}`,
    },
    quoted(message, tools),
    h(
      "div",
      { class: "message-line" },
      grouped ? h("time", { class: "gutter", title: full(at) }, timeOfDay(at)) : face(author),
      h(
        "div",
        { class: "message-body" },
        !grouped && heading(source, author, at),
        body(source),
        reactions(message),
        threadLink(message),
        failures(tried),
        message.view.whisper && whisperNote(message, tools),
      ),
    ),
    toolbar(message, tools),
  );
  return node;
}

function face(author) {
  return h(
    "button",
    {
      type: "button",
      class: "face",
      data: { user: author.id },
      tabindex: "-1",
      "aria-label": `${author.name}: menu`,
    },
    avatar(author.id, author.name, author.bot),
  );
}

function nameNode(one) {
  const node = h(
    "button",
    { type: "button", class: "name", tabindex: "-1", data: { user: one.id } },
    one.name,
  );
  const color = colorOf(one);
  if (color) {
    node.classList.add("colored");
    node.style.setProperty("--role", roleColor(color));
  }
  return node;
}

function heading(message, author, at) {
  return h(
    "div",
    { class: "message-head" },
    nameNode(author),
    author.bot && h("span", { class: "badge-app" }, "APP"),
    following(at, stamp, "message-time"),
    message.flags & FLAG.silent
      ? h("span", { class: "silent", title: "Sent silently" }, "silent")
      : null,
  );
}

/** The message it answers, or the command it is the answer to. */
function quoted(message, tools) {
  const used = message.interaction_metadata;
  if (message.type === TYPE.command || message.type === TYPE.menu) {
    const who = member(used?.user?.id ?? "0", used?.user);
    return h(
      "div",
      { class: "quoted" },
      avatar(who.id, who.name, who.bot),
      nameNode(who),
      h(
        "span",
        null,
        "used ",
        h(
          "span",
          { class: "command-name" },
          message.type === TYPE.command ? `/${used?.name ?? "command"}` : (used?.name ?? "a menu"),
        ),
      ),
    );
  }
  if (message.type !== TYPE.reply) return null;
  const answered = message.referenced_message;
  if (!answered) return h("div", { class: "quoted gone" }, "Original message was deleted");
  const who = member(answered.author.id, answered.author);
  const words =
    answered.content ||
    (answered.embeds?.length || answered.components?.length
      ? "Click to see the card"
      : "Click to see attachment");
  return h(
    "button",
    {
      type: "button",
      class: "quoted",
      onclick: () => tools.jump(answered.id),
      "aria-label": `In reply to ${who.name}`,
    },
    avatar(who.id, who.name, who.bot),
    h("span", { class: "quoted-name" }, who.name),
    h(
      "span",
      { class: "quoted-text" },
      markdown(words.split("\n")[0].slice(0, 400), {
        ...optionsFor(answered, message),
        inline: true,
      }),
    ),
  );
}

function optionsFor(message, outer = message) {
  const users = new Map();
  for (const user of [message.author, ...(message.mentions ?? [])]) users.set(user.id, user);
  return { channels: outer.view?.channels, users };
}

function body(message) {
  const options = optionsFor(message);
  if (message.flags & FLAG.loading) {
    return h(
      "div",
      { class: "thinking", role: "status" },
      h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      `${member(message.author.id, message.author).name} is thinking…`,
    );
  }
  const edited =
    message.edited_timestamp &&
    h("span", { class: "edited", title: full(new Date(message.edited_timestamp)) }, " (edited)");
  const showsEmbeds = !(message.flags & FLAG.suppressEmbeds);
  return [
    message.content &&
      h("div", { class: "content markdown" }, markdown(message.content, options), edited),
    (message.attachments ?? []).map((file) =>
      picture(null, `${file.filename} (${size(file.size)})`),
    ),
    showsEmbeds && (message.embeds ?? []).map((data) => embed(data, options)),
    message.components?.length > 0 &&
      h("div", { class: "components" }, components(message, options)),
    !message.content && edited,
  ];
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h(
    "div",
    { class: "reactions" },
    message.reactions.map((reaction) => {
      const { name } = reaction.emoji;
      const toggle = () =>
        complain(askHere("react", { message: message.id, emoji: name, on: !reaction.me }));
      return h(
        "button",
        {
          type: "button",
          class: reaction.me ? "reaction mine" : "reaction",
          "aria-pressed": String(reaction.me),
          "aria-label": `${name}, ${reaction.count}`,
          onclick: toggle,
        },
        h("span", { class: "emoji" }, reaction.emoji.id ? `:${name}:` : name),
        String(reaction.count),
      );
    }),
  );
}

function threadLink(message) {
  const { thread } = message;
  if (!thread) return null;
  return h(
    "a",
    { class: "thread-link", href: href(thread.id) },
    icon("thread"),
    h("strong", null, thread.name),
    h("span", null, thread.message_count === 1 ? "1 message" : `${thread.message_count} messages`),
  );
}

function failures(tried) {
  return tried
    .filter((row) => row.state === "failed")
    .map((row) =>
      h(
        "div",
        { class: "failure", role: "alert" },
        icon("info"),
        row.component ? "This interaction failed" : row.words,
      ),
    );
}

function whisperNote(message, tools) {
  return h(
    "div",
    { class: "whisper-note" },
    icon("eye"),
    "Only you can see this • ",
    h(
      "button",
      { type: "button", class: "link-button", onclick: () => tools.dismiss(message) },
      "Dismiss message",
    ),
  );
}

function systemLine(message, at) {
  const who = member(message.author.id, message.author);
  const words = {
    [TYPE.renamed]: () => [
      nameNode(who),
      " changed the title: ",
      h("strong", null, message.content),
    ],
    [TYPE.pinned]: () => [nameNode(who), " pinned a message. "],
    [TYPE.joined]: () => [nameNode(who), " joined. Welcome!"],
    [TYPE.threadMade]: () => [
      nameNode(who),
      " started a thread: ",
      h("a", { href: href(message.message_reference?.channel_id) }, message.content),
    ],
  }[message.type];
  if (!words) return null;
  const icons = {
    [TYPE.renamed]: "pencil",
    [TYPE.pinned]: "pin",
    [TYPE.joined]: "right",
    [TYPE.threadMade]: "thread",
  };
  return h(
    "li",
    { class: "message system", tabindex: "-1", data: { message: message.id } },
    icon(icons[message.type]),
    h("div", null, words(), following(at, stamp, "message-time")),
  );
}

function toolbar(message, tools) {
  const acts = tools.acts(message);
  const may = state.place?.may ?? {};
  const { whisper } = message.view;
  const mine = message.author.id === state.me;
  return h(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Message actions" },
    // By keyboard the same is done with letters; these would be four stops per message.
    !whisper &&
      may.react &&
      iconButton("smile", "Add reaction", (event) => acts.react(event.currentTarget), {
        tabindex: "-1",
      }),
    !whisper && may.write && iconButton("reply", "Reply", acts.reply, { tabindex: "-1" }),
    mine && iconButton("pencil", "Edit", acts.edit, { tabindex: "-1" }),
    iconButton("dots", "More", (event) => tools.menu(event.currentTarget, message), {
      "aria-haspopup": "menu",
      tabindex: "-1",
    }),
  );
}
