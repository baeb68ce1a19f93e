// Be anybody: the switch between people.

import { avatar, h, icon } from "./dom.js";
import { arrows, float } from "./float.js";
import { become } from "./nav.js";
import { state } from "./store.js";

export function choosePerson(anchor) {
  const rows = state.people.map((one) =>
    h(
      "button",
      {
        type: "button",
        class: "person",
        role: "option",
        "aria-selected": String(one.id === state.me),
        data: { person: one.id },
        onclick: () => {
          close();
          become(one.id);
        },
      },
      avatar(one.id, one.name),
      h(
        "span",
        { class: "option-text" },
        h("span", { class: "option-label" }, one.name),
        h("span", { class: "option-about" }, one.roles.join(", ") || "no role"),
      ),
      one.pings > 0 &&
        h("span", { class: "pings", "aria-label": `${one.pings} pings` }, String(one.pings)),
      one.id === state.me && icon("check"),
    ),
  );
  const node = h(
    "div",
    { class: "picker people", role: "listbox", "aria-label": "Look through the eyes of" },
    h("div", { class: "menu-heading" }, "Look through the eyes of"),
    rows,
    h(
      "p",
      { class: "picker-note" },
      "Each sees only what Discord would show them. Open a second tab to be two people at once.",
    ),
  );
  arrows(node, ".person");
  const close = float(anchor, node);
  (node.querySelector("[aria-selected=true]") ?? node.querySelector(".person"))?.focus();
}

document.addEventListener("become", (event) => become(event.detail));
