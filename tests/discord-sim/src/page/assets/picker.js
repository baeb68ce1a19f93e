// A list to choose from: options of a select, people, roles, channels.

import { avatar, h, icon, roleColor } from "./dom.js";
import { arrows, float } from "./float.js";
import { KIND, channelIcon, colorOf, guild, isThread, state } from "./store.js";

/** Rows drawn at once; the search finds the others. */
const MOST_ROWS = 60;
/** A list as long as this gets a search field. */
const SEARCH_FROM = 8;

/**
 * Lets the reader choose. Items are `{ id, label, description, picture }`.
 * With `most` 1 the first choice ends it; else it ends when the list is closed.
 */
export function pick(
  anchor,
  { label, items, chosen = [], least = 1, most = 1, search = items.length >= SEARCH_FROM, done },
) {
  const picked = new Set(chosen);
  const before = [...picked].join();
  const single = most === 1;
  const list = h("div", {
    class: "picker-list",
    role: "listbox",
    "aria-label": label,
    "aria-multiselectable": String(!single),
  });
  const field =
    search &&
    h("input", {
      class: "picker-search",
      type: "search",
      placeholder: "Search",
      "aria-label": `Search ${label}`,
      oninput: draw,
    });
  const hint = h("div", { class: "picker-hint" });
  const node = h("div", { class: "picker" }, field, list, hint);

  function choose(item) {
    if (single) {
      const same = picked.has(item.id);
      picked.clear();
      // A choice that may be empty can be taken back.
      if (!(same && least === 0)) picked.add(item.id);
      close();
      return;
    }
    if (picked.has(item.id)) picked.delete(item.id);
    else if (picked.size < most) picked.add(item.id);
    draw();
    list.querySelector(`[data-id="${CSS.escape(item.id)}"]`)?.focus();
  }

  function draw() {
    const words = (field ? field.value : "").trim().toLowerCase();
    const fitting = items.filter((item) =>
      `${item.label} ${item.description ?? ""}`.toLowerCase().includes(words),
    );
    list.replaceChildren(
      ...fitting
        .slice(0, MOST_ROWS)
        .map((item) =>
          h(
            "button",
            {
              type: "button",
              role: "option",
              class: "option",
              "aria-selected": String(picked.has(item.id)),
              data: { id: item.id },
              onclick: () => choose(item),
            },
            item.picture?.() ?? null,
            h(
              "span",
              { class: "option-text" },
              h("span", { class: "option-label" }, item.label),
              item.description && h("span", { class: "option-about" }, item.description),
            ),
            picked.has(item.id) && icon("check"),
          ),
        ),
    );
    if (!fitting.length) list.append(h("div", { class: "picker-empty" }, "Nothing fits."));
    hint.textContent = single
      ? ""
      : `${picked.size} chosen${most < items.length ? ` of at most ${most}` : ""}. Close to finish.`;
    hint.hidden = single;
  }

  draw();
  arrows(node, ".option");
  const close = float(anchor, node, {
    onclose: () => {
      if ([...picked].join() !== before && picked.size >= least) done([...picked]);
    },
  });
  (field || list.querySelector("[aria-selected=true]") || list.querySelector(".option"))?.focus();
}

export function userItems() {
  const here = new Set(state.here);
  const all = [...state.members.values()];
  all.sort((a, b) => here.has(b.id) - here.has(a.id) || a.name.localeCompare(b.name));
  return all.map((one) => ({
    id: one.id,
    label: one.name,
    description: one.username,
    picture: () => avatar(one.id, one.name, one.bot),
    color: colorOf(one),
  }));
}

export function roleItems() {
  const roles = (guild()?.roles ?? []).filter((role) => role.id !== guild().id);
  roles.sort((a, b) => b.position - a.position);
  return roles.map((role) => ({
    id: role.id,
    label: role.name,
    picture: () => roleDot(role.color),
  }));
}

export function roleDot(color) {
  const dot = h("span", { class: "role-dot", "aria-hidden": "true" });
  dot.style.setProperty("--role", roleColor(color) || "var(--soft)");
  return dot;
}

/** Channels of the open place's server, `kinds` of them or all. */
export function channelItems(kinds) {
  const rows = [...state.rail.values()].filter((row) => row.guild && row.guild === guild()?.id);
  const wanted = rows.filter((row) =>
    kinds?.length ? kinds.includes(row.kind) : row.kind !== KIND.category || !isThread(row.kind),
  );
  wanted.sort((a, b) => a.position - b.position);
  return wanted.map((row) => ({
    id: row.id,
    label: row.name,
    picture: () => icon(channelIcon(row)),
  }));
}

/** What a select component offers. */
export function selectItems(select) {
  switch (select.type) {
    case 5:
      return userItems();
    case 6:
      return roleItems();
    case 7:
      return [...userItems(), ...roleItems()];
    case 8:
      return channelItems(select.channel_types);
    default:
      return (select.options ?? []).map((option) => ({
        id: option.value,
        label: option.label,
        description: option.description,
        picture:
          option.emoji?.name && !option.emoji.id
            ? () => h("span", { class: "emoji" }, option.emoji.name)
            : undefined,
      }));
  }
}
