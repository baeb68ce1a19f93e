// The strip below the bar: the welcome, or the scene that this tab plays and looks at. It stays in
// sight while the panel of the scenes is closed, on a phone above all.

import { h, icon, iconButton, put } from "./dom.js";
import { complain } from "./notices.js";
import { showSide } from "./side.js";
import { ask } from "./socket.js";
import { on, state } from "./store.js";

const NARROW = "(max-width: 1000px)";

const root = document.getElementById("strip");
/** The scene that this tab plays. */
let scene = null;
/** The place it was shown last, so that a reader who went elsewhere is left there. */
let shown = null;
let welcomed = false;

on("host", draw);

/** Plays a scene, or its next step; this tab goes where it is seen best. */
export function playScene(index, step) {
  scene = index;
  shown = null;
  if (window.matchMedia(NARROW).matches) closeSide();
  return complain(ask("scene", { scene: index, step }));
}

function closeSide() {
  document.querySelector("#side:not([hidden]) [data-key=close]")?.click();
}

function draw() {
  const told = scene === null ? null : state.host.scenes[scene];
  root.hidden = !told && (welcomed || !state.host.welcome);
  if (root.hidden) return;
  const focus = root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  if (told) {
    follow(told.progress);
    drawScene(told);
  } else drawWelcome();
  if (focus) root.querySelector(`[data-key="${focus}"]`)?.focus();
}

function follow({ done, look }) {
  const mark = look && `${done}/${look.person}/${look.channel}`;
  if (!mark || mark === shown) return;
  shown = mark;
  location.hash = `#${look.person}/${look.channel}`;
}

function drawScene({ name, steps, progress: { done, running, failed } }) {
  const over = done >= steps.length;
  const close = () => {
    scene = null;
    welcomed = true;
    draw();
  };
  put(
    root,
    icon("play"),
    h(
      "p",
      { class: failed ? "strip-text failed" : "strip-text" },
      h("strong", null, `${name} · ${done} of ${steps.length}`),
      " ",
      failed ?? steps[done - 1] ?? "It begins…",
    ),
    h(
      "button",
      {
        type: "button",
        class: "button primary small",
        disabled: running,
        title: over ? steps[0] : steps[done],
        data: { key: "next" },
        onclick: () => playScene(scene, true),
      },
      icon("step"),
      running ? "Playing…" : over ? "Again" : "Next step",
    ),
    iconButton("close", "Leave the scene", close, { data: { key: "leave" } }),
  );
}

function drawWelcome() {
  const close = () => {
    welcomed = true;
    draw();
  };
  put(
    root,
    icon("info"),
    h("p", { class: "strip-text" }, state.host.welcome),
    state.host.scenes.length > 0 &&
      h(
        "button",
        {
          type: "button",
          class: "button primary small",
          data: { key: "scenes" },
          onclick: () => showSide("scenes"),
        },
        icon("play"),
        "Play a scene",
      ),
    iconButton("close", "Close the welcome", close, { data: { key: "welcome" } }),
  );
}
