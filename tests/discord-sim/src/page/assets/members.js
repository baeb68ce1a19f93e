// Who is in the open channel, under their highest role.

import { avatar, h, put, roleColor } from "./dom.js";
import { memberMenu } from "./menu.js";
import { colorOf, guild, on, rolesOf, state } from "./store.js";

/** Rows drawn of a group; a busy server has thousands of members. */
const MOST = 100;

const root = document.getElementById("members");

root.addEventListener("click", (event) => {
  const row = event.target.closest("[data-user]");
  if (row) memberMenu(row, row.dataset.user);
});
root.addEventListener("contextmenu", (event) => {
  const row = event.target.closest("[data-user]");
  if (!row) return;
  event.preventDefault();
  memberMenu({ x: event.clientX, y: event.clientY }, row.dataset.user);
});

on(["here", "members", "guilds", "place"], draw);

function draw() {
  const groups = new Map();
  for (const id of state.here) {
    const one = state.members.get(id);
    if (!one) continue;
    const role = state.place?.guild ? rolesOf(one).find((role) => role.hoist) : null;
    const key = role?.id ?? (one.bot ? "apps" : "members");
    if (!groups.has(key))
      groups.set(key, {
        name: role?.name ?? (one.bot ? "Apps" : "Members"),
        position: role?.position ?? (one.bot ? -2 : -1),
        rows: [],
      });
    groups.get(key).rows.push(one);
  }
  const sorted = [...groups.values()].sort((a, b) => b.position - a.position);
  const roleNames = sorted.map((group) => {
    group.rows.sort((a, b) => a.name.localeCompare(b.name));
    const left = group.rows.length - MOST;
    return h(
      "section",
      null,
      h("h2", null, `${group.name} — ${group.rows.length}`),
      h(
        "ul",
        null,
        group.rows.slice(0, MOST).map(row),
        left > 0 && h("li", { class: "member-rest" }, `and ${left} more`),
      ),
    );
  });
  put(root, roleNames);
  root.classList.toggle("empty", !guild() || !state.place);
}

function row(one) {
  const name = h("span", { class: "member-name" }, one.name);
  const color = colorOf(one);
  if (color) {
    name.classList.add("colored");
    name.style.setProperty("--role", roleColor(color));
  }
  return h(
    "li",
    null,
    h(
      "button",
      { type: "button", class: "member", data: { user: one.id }, "aria-haspopup": "menu" },
      avatar(one.id, one.name, one.bot),
      name,
      one.bot && h("span", { class: "badge-app" }, "APP"),
      one.id === state.me && h("span", { class: "member-note" }, "you"),
      one.silenced && h("span", { class: "member-note" }, "timed out"),
    ),
  );
}
