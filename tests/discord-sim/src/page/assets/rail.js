// The channels on the left, the servers beside them, and who looks at the foot.

import { avatar, h, icon, put } from "./dom.js";
import { href } from "./nav.js";
import { choosePerson } from "./people.js";
import { KIND, byId, channelIcon, guild, isThread, member, on, state } from "./store.js";

const root = document.getElementById("rail");
const bar = document.getElementById("guilds");
const folded = new Set();

on(["rail", "place", "guilds", "me", "people"], draw);

function draw() {
  drawGuilds();
  const focus = document.activeElement?.closest?.("#rail [data-key]")?.dataset.key;
  const home = state.place ? state.place.guild === null : false;
  const here = guild();
  const rows = [...state.rail.values()];
  const me = member(state.me ?? "0");
  put(
    root,
    h("header", { class: "rail-head" }, home ? "Direct messages" : (here?.name ?? "No server")),
    h(
      "div",
      { class: "rail-list" },
      home ? direct(rows) : channels(rows.filter((row) => row.guild === here?.id)),
    ),
    state.me &&
      h(
        "footer",
        { class: "rail-foot" },
        h(
          "button",
          {
            type: "button",
            class: "self",
            "aria-haspopup": "dialog",
            onclick: (event) => choosePerson(event.currentTarget),
          },
          avatar(me.id, me.name),
          h(
            "span",
            { class: "self-text" },
            h("strong", null, me.name),
            h("small", null, me.username),
          ),
          icon("people"),
        ),
      ),
  );
  if (focus) root.querySelector(`[data-key="${focus}"]`)?.focus();
}

function drawGuilds() {
  const rows = [...state.rail.values()];
  const entry = (key, target, name, picture, mine, current) => {
    const pings = mine.reduce((sum, row) => sum + row.pings, 0);
    const unread = mine.some((row) => row.unread);
    return h(
      "a",
      {
        class: `guild${current ? " current" : ""}${unread ? " unread" : ""}`,
        href: href(target),
        title: name,
        "aria-label": pings ? `${name}, ${pings} pings` : name,
        "aria-current": current ? "true" : null,
        data: { key },
      },
      picture,
      pings > 0 && h("span", { class: "pings" }, String(pings)),
    );
  };
  const talks = rows
    .filter((row) => row.kind === KIND.direct)
    .sort((a, b) => byId(b.last ?? b.id, a.last ?? a.id));
  put(
    bar,
    talks.length > 0 &&
      entry(
        "home",
        talks[0].id,
        "Direct messages",
        icon("chat"),
        talks.map((row) => ({ ...row, pings: row.unread ? Math.max(1, row.pings) : row.pings })),
        state.place && state.place.guild === null,
      ),
    talks.length > 0 && h("span", { class: "guild-line", "aria-hidden": "true" }),
    state.guilds.map((one) => {
      const mine = rows.filter((row) => row.guild === one.id);
      const first = mine
        .filter((row) => row.kind !== KIND.category && !isThread(row.kind))
        .sort(byPosition)[0];
      const letters = [...one.name.matchAll(/[\p{L}\p{N}]+/gu)]
        .slice(0, 3)
        .map(([word]) => [...word][0])
        .join("");
      return entry(
        one.id,
        first?.id,
        one.name,
        letters || "?",
        mine,
        state.place?.guild === one.id,
      );
    }),
  );
}

function byPosition(a, b) {
  return a.position - b.position || byId(a.id, b.id);
}

function direct(rows) {
  const talks = rows.filter((row) => row.kind === KIND.direct);
  talks.sort((a, b) => byId(b.last ?? b.id, a.last ?? a.id));
  return h(
    "ul",
    null,
    talks.map((row) => h("li", null, link(row))),
  );
}

function channels(rows) {
  const threads = Map.groupBy(
    rows.filter((row) => isThread(row.kind)),
    (row) => row.parent,
  );
  const tops = rows.filter((row) => !isThread(row.kind));
  const categories = tops.filter((row) => row.kind === KIND.category).sort(byPosition);
  const inside = (parent) =>
    tops.filter((row) => row.kind !== KIND.category && row.parent === parent).sort(byPosition);
  const known = new Set(categories.map((row) => row.id));
  const loose = tops
    .filter((row) => row.kind !== KIND.category && !known.has(row.parent))
    .sort(byPosition);
  const list = (some) =>
    h(
      "ul",
      null,
      some.map((row) => channel(row, threads.get(row.id) ?? [])),
    );
  return [
    list(loose),
    categories.map((category) => {
      const closed = folded.has(category.id);
      const all = inside(category.id);
      if (!all.length) return null;
      // A folded category still shows what is open or unread.
      const shown = closed
        ? all.filter((row) => row.unread || row.pings || row.id === state.place?.id)
        : all;
      const toggle = () => {
        if (!folded.delete(category.id)) folded.add(category.id);
        draw();
      };
      return h(
        "section",
        null,
        h(
          "h2",
          null,
          h(
            "button",
            {
              type: "button",
              class: "category",
              "aria-expanded": String(!closed),
              data: { key: category.id },
              onclick: toggle,
            },
            icon(closed ? "right" : "down"),
            category.name,
          ),
        ),
        list(shown),
      );
    }),
  ];
}

function channel(row, threads) {
  threads.sort((a, b) => byId(b.last ?? b.id, a.last ?? a.id));
  return h(
    "li",
    null,
    link(row),
    threads.length > 0 &&
      h(
        "ul",
        { class: "threads" },
        threads.map((thread) => h("li", null, link(thread))),
      ),
  );
}

function link(row) {
  const current = row.id === state.place?.id;
  const parts = [row.name];
  if (row.pings) parts.push(`${row.pings} pings`);
  else if (row.unread) parts.push("unread");
  return h(
    "a",
    {
      class: `channel${current ? " current" : ""}${row.unread ? " unread" : ""}${isThread(row.kind) ? " thread" : ""}`,
      href: href(row.id),
      "aria-current": current ? "page" : null,
      "aria-label": parts.join(", "),
      data: { key: row.id, channel: row.id },
    },
    isThread(row.kind) && !row.locked ? null : icon(channelIcon(row)),
    h("span", { class: "channel-name" }, row.name),
    row.pings > 0 && h("span", { class: "pings" }, String(row.pings)),
  );
}
