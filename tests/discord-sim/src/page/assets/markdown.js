// Discord's Markdown, as nodes. Nothing in a text can become anything but text, marks and links.

import { h, roleColor } from "./dom.js";
import { href } from "./nav.js";
import { member, role, state } from "./store.js";
import { timestamp } from "./times.js";

/** Deeper than this, marks are shown as they were typed. */
const DEEPEST = 10;

/**
 * Nodes for a text.
 * @param text what somebody wrote
 * @param options `channels`: names of mentioned channels by id; `open(id)`: what a channel's link does;
 *   `inline`: no headings, lists and quotes; `users`: authors and mentioned users of the message
 */
export function markdown(text, options = {}) {
  return options.inline ? inline(text, options, 0) : blocks(text, options);
}

function blocks(text, options) {
  const nodes = [];
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  let plain = [];
  const flush = () => {
    if (plain.length) nodes.push(...inline(plain.join("\n"), options, 0), "\n");
    plain = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    // A fence may open in the middle of a line; whatever it holds is no other block.
    if (line.includes("```")) {
      const rest = lines.slice(at).join("\n");
      const fence = /```(?:([\w+#.-]{1,20})\n)?\n?([\s\S]*?)\n?```/.exec(rest);
      if (fence && rest.slice(0, fence.index).split("\n").length === 1) {
        if (fence.index > 0) plain.push(rest.slice(0, fence.index));
        flush();
        nodes.push(codeBlock(fence[2], fence[1]));
        const after = rest.slice(fence.index + fence[0].length).replace(/^\n/, "");
        lines.splice(at, lines.length, ...(after ? after.split("\n") : []));
        at--;
        continue;
      }
    }
    const heading = /^(#{1,3}) +(.+)$/.exec(line);
    const subtext = /^-# +(.+)$/.exec(line);
    if (heading) {
      flush();
      nodes.push(
        h(
          `h${heading[1].length + 2}`,
          { class: `md-h${heading[1].length}` },
          inline(heading[2], options, 0),
        ),
      );
    } else if (subtext) {
      flush();
      nodes.push(h("small", { class: "md-sub" }, inline(subtext[1], options, 0)));
    } else if (!options.quoted && line.startsWith(">>> ")) {
      flush();
      const rest = [line.slice(4), ...lines.slice(at + 1)].join("\n");
      nodes.push(h("blockquote", null, blocks(rest, { ...options, quoted: true })));
      break;
    } else if (!options.quoted && line.startsWith("> ")) {
      flush();
      const quoted = [];
      while (at < lines.length && /^> ?/.test(lines[at]))
        quoted.push(lines[at++].replace(/^> ?/, ""));
      at--;
      nodes.push(h("blockquote", null, blocks(quoted.join("\n"), { ...options, quoted: true })));
    } else if (ITEM.test(line)) {
      flush();
      const items = [];
      while (at < lines.length && ITEM.test(lines[at])) items.push(ITEM.exec(lines[at++]));
      at--;
      nodes.push(list(items, options));
    } else {
      plain.push(line);
    }
  }
  flush();
  if (nodes.at(-1) === "\n") nodes.pop();
  return nodes;
}

const ITEM = /^( {0,6})([-*]|\d{1,4}\.) +(.+)$/;

function list(items, options) {
  const ordered = /\d/.test(items[0][2]);
  const node = h(ordered ? "ol" : "ul", ordered ? { start: parseInt(items[0][2], 10) } : null);
  const depth = items[0][1].length;
  for (let at = 0; at < items.length; at++) {
    const entry = h("li", null, inline(items[at][3], options, 0));
    const nested = [];
    while (at + 1 < items.length && items[at + 1][1].length > depth) nested.push(items[++at]);
    if (nested.length) entry.append(list(nested, options));
    node.append(entry);
  }
  return node;
}

function codeBlock(code, language) {
  return h(
    "pre",
    { tabindex: "0", "aria-label": language ? `Code, ${language}` : "Code" },
    h("code", null, code),
  );
}

// Each mark begins with a character that plain text rarely has; the rest is looked at in this order.
const STARTS = /[\\`*_~|<[@h]/;
const PAIRS = [
  ["***", (inner) => h("strong", null, h("em", null, inner))],
  ["**", (inner) => h("strong", null, inner)],
  ["__", (inner) => h("u", null, inner)],
  ["~~", (inner) => h("s", null, inner)],
  ["||", spoiler],
  ["*", (inner) => h("em", null, inner)],
  ["_", (inner) => h("em", null, inner)],
];

function inline(text, options, depth) {
  const closing = text.replace(/\\[\s\S]/g, "  ");
  const nodes = [];
  let plain = "";
  let at = 0;
  const push = (node) => {
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(node);
  };
  while (at < text.length) {
    const next = text.slice(at).search(STARTS);
    if (next < 0) break;
    plain += text.slice(at, at + next);
    at += next;
    const found = mark(text, closing, at, options, depth);
    if (found) {
      if (typeof found.node === "string") plain += found.node;
      else push(found.node);
      at = found.end;
    } else {
      plain += text[at++];
    }
  }
  plain += text.slice(at);
  if (plain) nodes.push(plain);
  return nodes;
}

/** The mark that begins at a place, and where it ends. In `closing` no sign stands after a backslash. */
function mark(text, closing, at, options, depth) {
  const rest = text.slice(at);
  switch (text[at]) {
    case "\\":
      return escaped(rest, at);
    case "`":
      return codeSpan(rest, at);
    case "<":
      return angle(rest, at, options);
    case "[": {
      const link =
        /^\[([^[\]\n]{1,200})\]\(<?(https?:\/\/[^\s<>)]{1,1000})>?(?: "[^"\n]*")?\)/.exec(rest);
      return link && !options.linked && depth < DEEPEST
        ? {
            node: anchor(link[2], inline(link[1], { ...options, linked: true }, depth + 1)),
            end: at + link[0].length,
          }
        : null;
    }
    case "h": {
      if (options.linked || /\w/.test(text[at - 1] ?? "")) return null;
      const url = /^https?:\/\/[^\s<>]{1,1000}/.exec(rest);
      if (!url) return null;
      const clean = url[0].replace(/[.,;:!?'")\]]+$/, "");
      return { node: anchor(clean, clean), end: at + clean.length };
    }
    case "@": {
      const all = /^@(everyone|here)\b/.exec(rest);
      return all && { node: h("span", { class: "mention" }, all[0]), end: at + all[0].length };
    }
    default:
      return depth < DEEPEST ? pair(text, closing, at, options, depth) : null;
  }
}

/** Whatever is neither letter, digit nor space stands for itself after a backslash. */
function escaped(rest, at) {
  const [all, sign] = /^\\([^0-9A-Za-z\s])/u.exec(rest) ?? [];
  return sign && { node: sign, end: at + all.length };
}

/** Code between two equally long runs of backticks; a run that is not closed is plain. */
function codeSpan(rest, at) {
  const [run] = /^`+/.exec(rest);
  for (const other of rest.slice(run.length).matchAll(/`+/g)) {
    if (other[0].length !== run.length) continue;
    const code = rest.slice(run.length, run.length + other.index);
    return {
      node: h("code", null, code.replace(/^ (.*) $/, "$1")),
      end: at + code.length + 2 * run.length,
    };
  }
  return { node: run, end: at + run.length };
}

function pair(text, closing, at, options, depth) {
  for (const [sign, build] of PAIRS) {
    if (!text.startsWith(sign, at)) continue;
    // Inside a word, an underscore is a letter.
    if (sign === "_" && /\w/.test(text[at - 1] ?? "")) continue;
    const start = at + sign.length;
    let end = closing.indexOf(sign, start);
    // `**a*` is not closed by half of another mark.
    while (end > 0 && sign.length === 1 && closing[end + 1] === sign)
      end = closing.indexOf(sign, end + 2);
    if (end <= start) continue;
    const inner = text.slice(start, end);
    if (sign.length === 1 && (/^\s/.test(inner) || /\s$/.test(inner))) continue;
    if (sign === "_" && /\w/.test(text[end + 1] ?? "")) continue;
    return { node: build(inline(inner, options, depth + 1)), end: end + sign.length };
  }
  return null;
}

/** Everything between < and >: mentions, times, emoji, links. */
function angle(rest, at, options) {
  const found =
    /^<(?:@!?(\d{1,20})|@&(\d{1,20})|#(\d{1,20})|t:(-?\d{1,13})(?::([tTdDfFRsS]))?|a?:(\w{2,32}):\d{1,20}|\/([^:>\n]{1,100}):\d{1,20}|(https?:\/\/[^\s<>]{1,1000}))>/.exec(
      rest,
    );
  if (!found) return null;
  const [all, user, roleId, channel, seconds, style, emoji, command, url] = found;
  const end = at + all.length;
  if (user) return { node: userMention(user, options), end };
  if (roleId) return { node: roleMention(roleId), end };
  if (channel) return { node: channelMention(channel, options), end };
  if (seconds) {
    const time = timestamp(Number(seconds), style);
    return time && { node: time, end };
  }
  if (emoji) return { node: h("span", { class: "emoji-name" }, `:${emoji}:`), end };
  if (command) return { node: h("span", { class: "mention" }, `/${command}`), end };
  return { node: options.linked ? url : anchor(url, url), end };
}

function userMention(id, options) {
  const one = member(id, options.users?.get(id));
  const mine = id === state.me;
  return h(
    "span",
    { class: mine ? "mention me" : "mention", data: { user: id }, tabindex: "0", role: "button" },
    `@${one.name}`,
  );
}

function roleMention(id) {
  const found = role(id);
  const node = h("span", { class: "mention" }, `@${found?.name ?? "deleted role"}`);
  if (found?.color) {
    node.classList.add("colored");
    node.style.setProperty("--role", roleColor(found.color));
  }
  return node;
}

function channelMention(id, options) {
  const name = options.channels?.[id] ?? state.rail.get(id)?.name;
  if (!name) return h("span", { class: "mention gone" }, "# No access");
  return h("a", { class: "mention", href: href(id) }, `#${name}`);
}

// Discord's own link to a channel or a message in it.
const HERE = /^https:\/\/(?:www\.)?discord\.com\/channels\/\d{1,20}\/(\d{1,20})(?:\/\d{1,20})?$/;

/** A link away from here. It opens in a tab of its own, and only when clicked. */
export function anchor(url, ...children) {
  const inside = HERE.exec(url);
  if (inside) return h("a", { href: href(inside[1]) }, children);
  if (!/^https?:\/\//i.test(url)) return h("span", null, children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, children);
}

function spoiler(inner) {
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.currentTarget.classList.add("shown");
    event.currentTarget.removeAttribute("role");
    event.currentTarget.removeAttribute("aria-label");
  };
  return h(
    "span",
    {
      class: "spoiler",
      role: "button",
      tabindex: "0",
      "aria-label": "Spoiler, press to show",
      onclick: show,
      onkeydown: show,
    },
    h("span", null, inner),
  );
}
