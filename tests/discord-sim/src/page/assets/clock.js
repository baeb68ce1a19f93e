// The bar above everything: what belongs to the simulation and not to Discord. Who looks, what time
// it is and how to turn it, what goes on behind the scenes.

import { avatar, h, icon, put } from "./dom.js";
import { float } from "./float.js";
import { complain } from "./notices.js";
import { choosePerson } from "./people.js";
import { isSideOpen, links, toggleSide } from "./side.js";
import { ask } from "./socket.js";
import { on, state } from "./store.js";
import { full, now, timeOfDay, weekday } from "./times.js";

const MINUTE = 60 * 1000;
/** When a morning begins, and the Friday afternoon nobody likes. */
const MORNING = 9;
const FRIDAY = 5;
const LATE = 16;
const SPEEDS = [
  [0, "as it is"],
  [60, "a minute per second"],
  [600, "ten minutes per second"],
  [3600, "an hour per second"],
];

const root = document.getElementById("bar");

on(["people", "me", "host", "side"], draw);
on("clock", tick);

/** How the clock could be turned when the bar was drawn. */
let drawn = null;

function mark() {
  return `${state.clock.turns}/${state.clock.speed}`;
}

/** The time goes on in its place: a bar drawn anew each second would swallow presses. */
function tick() {
  if (drawn !== mark()) {
    draw();
    return;
  }
  const time = root.querySelector(".time");
  time.setAttribute("aria-label", clockLabel());
  time.querySelector("small").textContent = weekday(now());
  time.querySelector(".now").textContent = timeOfDay(now());
  for (const { key, to } of jumps()) {
    const button = root.querySelector(`.bar-quick [data-jump=${key}]`);
    if (button) button.title = full(to);
  }
}

function clockLabel() {
  return `It is ${full(now())}. Turn the clock.`;
}

function draw() {
  drawn = mark();
  const me = state.people.find((one) => one.id === state.me);
  const focus = root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const others = state.people.reduce((sum, one) => sum + (one.id === state.me ? 0 : one.pings), 0);
  put(
    root,
    h(
      "span",
      { class: "brand", title: "A simulated Discord. Nothing here leaves this machine." },
      state.host.name,
    ),
    me &&
      h(
        "button",
        {
          type: "button",
          class: "bar-button who",
          "aria-haspopup": "dialog",
          "aria-label": `You are ${me.name}. Be somebody else.`,
          data: { key: "who" },
          onclick: (event) => choosePerson(event.currentTarget),
        },
        avatar(me.id, me.name),
        h("span", { class: "bar-text" }, h("small", null, "You are"), h("strong", null, me.name)),
        others > 0 && h("span", { class: "pings", title: "Pings of other people" }, String(others)),
        icon("down"),
      ),
    h("span", { class: "bar-space" }),
    h(
      "button",
      {
        type: "button",
        class: "bar-button time",
        "aria-haspopup": "dialog",
        disabled: !state.clock.turns,
        "aria-label": clockLabel(),
        data: { key: "clock" },
        onclick: (event) => turnClock(event.currentTarget),
      },
      icon("clock"),
      h(
        "span",
        { class: "bar-text" },
        h("small", null, weekday(now())),
        h("strong", { class: "now" }, timeOfDay(now())),
      ),
      state.clock.speed > 0 && h("span", { class: "speed" }, `×${state.clock.speed}`),
      state.clock.turns && icon("down"),
    ),
    state.clock.turns &&
      h(
        "span",
        { class: "bar-quick" },
        jumps()
          .slice(0, 2)
          .map((jump) => jumpButton(jump, "bar-button")),
      ),
    links("bar-button away"),
    (state.host.panel || state.host.scenes.length > 0) &&
      h(
        "button",
        {
          type: "button",
          class: `bar-button${isSideOpen() ? " on" : ""}`,
          "aria-pressed": String(isSideOpen()),
          "aria-label": "Behind the scenes",
          data: { key: "side" },
          onclick: toggleSide,
        },
        icon("play"),
        h("span", { class: "bar-text wide" }, "Behind the scenes"),
      ),
  );
  if (focus) root.querySelector(`[data-key="${focus}"]`)?.focus();
}

/** Where the clock is being turned to: who presses again meanwhile goes on from there. */
let turning = null;

/** Where the clock can be turned to, in the reader's own zone. */
function jumps() {
  const at = turning > now() ? turning : now();
  const morning = new Date(at);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(MORNING, 0, 0, 0);
  const friday = new Date(at);
  friday.setDate(friday.getDate() + ((FRIDAY - friday.getDay() + 7) % 7));
  friday.setHours(LATE, 0, 0, 0);
  if (friday <= at) friday.setDate(friday.getDate() + 7);
  const wall = new Date();
  return [
    { key: "quarter", label: "+15 min", to: new Date(at.getTime() + 15 * MINUTE) },
    { key: "hour", label: "+1 h", to: new Date(at.getTime() + 60 * MINUTE) },
    { key: "morning", label: "Next morning", to: morning },
    { key: "friday", label: "Friday 16:00", to: friday },
    {
      key: "now",
      label: "Now",
      to: wall,
      off: wall <= at && "The clock is ahead of yours, and only goes forward.",
    },
  ];
}

function jumpButton(jump, className) {
  // Counted from when it is pressed, not from when it was drawn.
  const go = async () => {
    const { to } = jumps().find((one) => one.key === jump.key);
    turning = to;
    await complain(ask("turn", { to: to.toISOString() }));
    if (turning === to) turning = null;
  };
  return h(
    "button",
    {
      type: "button",
      class: className,
      disabled: Boolean(jump.off),
      title: jump.off || full(jump.to),
      data: { key: jump.key, jump: jump.key },
      onclick: go,
    },
    jump.label,
  );
}

function turnClock(anchor) {
  const speed = h(
    "select",
    {
      "aria-label": "Running speed",
      onchange: (event) => complain(ask("speed", { times: Number(event.target.value) })),
    },
    SPEEDS.map(([times, words]) => h("option", { value: String(times) }, words)),
  );
  speed.value = String(state.clock.speed);
  const node = h(
    "div",
    { class: "picker clock", role: "dialog", "aria-label": "Turn the clock" },
    h("div", { class: "menu-heading" }, "Turn the clock to"),
    jumps().map((jump) =>
      h(
        "div",
        { class: "jump" },
        jumpButton(jump, "button secondary"),
        h("small", null, jump.off || `${weekday(jump.to)}, ${timeOfDay(jump.to)}`),
      ),
    ),
    h("label", { class: "jump" }, "It runs", speed),
    h("p", { class: "picker-note" }, "What falls due on the way happens, as it would have."),
  );
  float(anchor, node);
  node.querySelector("button:not([disabled])").focus();
}
