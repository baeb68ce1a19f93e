// Behind the scenes: what the host of the page offers. Scenes to play, and why things are as they are.

import { h, icon, iconButton, put } from "./dom.js";
import { markdown } from "./markdown.js";
import { complain } from "./notices.js";
import { ask } from "./socket.js";
import { on, state, touch } from "./store.js";
import { playScene } from "./strip.js";
import { full, timeOfDay, weekday } from "./times.js";

const root = document.getElementById("side");
let tab = "scenes";

on(["host", "panel", "place"], draw);

export function isSideOpen() {
  return !root.hidden;
}

export function toggleSide() {
  root.hidden = !root.hidden;
  document.getElementById("app").classList.toggle("with-side", !root.hidden);
  tellPanel();
  touch("side");
  draw();
  if (!root.hidden) root.querySelector("button")?.focus();
}

/** Opens it at one of its tabs: "scenes" or "panel". */
export function showSide(which) {
  tab = which;
  if (root.hidden) toggleSide();
  else draw();
}

/** The host is asked about a channel only while somebody reads it. */
export function tellPanel() {
  if (state.host.panel) ask("panel", { on: !root.hidden }).catch(() => {});
}

function draw() {
  if (root.hidden) return;
  const focus = root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const open = new Set(
    [...root.querySelectorAll("details[open]")].map((node) => node.dataset.scene),
  );
  const tabs = [
    state.host.scenes.length > 0 && ["scenes", "Scenes", scenes],
    state.host.panel && ["panel", "This channel", panel],
  ].filter(Boolean);
  const shown = tabs.find(([name]) => name === tab) ?? tabs[0];
  const body = root.querySelector(".side-body");
  const scrolled = body?.dataset.tab === shown?.[0] ? body.scrollTop : 0;
  put(
    root,
    h(
      "header",
      { class: "side-head" },
      h("h2", null, "Behind the scenes"),
      iconButton("close", "Close", toggleSide, { data: { key: "close" } }),
    ),
    tabs.length > 1 &&
      h(
        "div",
        { class: "tabs", role: "tablist" },
        tabs.map(([name, label]) =>
          h(
            "button",
            {
              type: "button",
              role: "tab",
              class: "tab",
              "aria-selected": String(name === shown[0]),
              data: { key: `tab-${name}` },
              onclick: () => showSide(name),
            },
            label,
          ),
        ),
      ),
    h(
      "div",
      { class: "side-body", data: { tab: shown?.[0] ?? "" } },
      state.host.links.length > 0 &&
        h("p", { class: "side-links" }, links("button secondary small")),
      shown?.[2](open),
    ),
  );
  root.querySelector(".side-body").scrollTop = scrolled;
  if (focus) root.querySelector(`[data-key="${focus}"]`)?.focus();
}

function scenes(open) {
  const busy = state.host.scenes.some((scene) => scene.progress.running);
  return h(
    "section",
    null,
    state.host.scenes.map((scene, index) => sceneNode(scene, index, busy, open)),
  );
}

function sceneNode(scene, index, busy, open) {
  const { done, running, failed } = scene.progress;
  const next = scene.steps[done % scene.steps.length];
  const many = scene.steps.length > 1;
  const play = (step) => () => playScene(index, step);
  return h(
    "article",
    { class: running ? "scene running" : "scene" },
    h("h4", null, scene.name),
    h("p", null, scene.about),
    h(
      "div",
      { class: "scene-buttons" },
      h(
        "button",
        {
          type: "button",
          class: "button primary small",
          disabled: busy,
          data: { key: `play${index}` },
          onclick: play(false),
        },
        icon("play"),
        running ? "Playing…" : "Play",
      ),
      many &&
        h(
          "button",
          {
            type: "button",
            class: "button secondary small",
            disabled: busy,
            title: next,
            data: { key: `step${index}` },
            onclick: play(true),
          },
          icon("step"),
          `Step ${(done % scene.steps.length) + 1} of ${scene.steps.length}`,
        ),
    ),
    many &&
      h(
        "details",
        { data: { scene: String(index) }, open: open.has(String(index)) || running },
        h("summary", null, "Steps"),
        h(
          "ol",
          null,
          scene.steps.map((says, at) =>
            h("li", { class: at < done ? "done" : at === done ? "next" : "" }, says),
          ),
        ),
      ),
    failed && h("p", { class: "form-error" }, failed),
  );
}

function panel() {
  if (!state.panel)
    return h(
      "section",
      null,
      h("h3", null, state.place?.name ?? "Nothing open"),
      h("p", { class: "empty" }, "There is nothing to tell about this channel."),
    );
  return h(
    "section",
    null,
    h("h3", null, state.panel.title),
    state.panel.sections.map((section) =>
      h(
        "div",
        { class: "panel-section" },
        h("h4", null, section.title),
        section.rows.length
          ? h("ul", null, section.rows.map(row))
          : h("p", { class: "empty" }, "Nothing yet."),
      ),
    ),
  );
}

function row({ at, text, note, tone }) {
  const when = at && new Date(at);
  const options = { channels: state.panel.channels };
  return h(
    "li",
    { class: `panel-row ${tone}` },
    when && h("time", { datetime: at, title: full(when) }, `${weekday(when)}, ${timeOfDay(when)}`),
    h("div", { class: "markdown" }, markdown(text, options)),
    note && h("small", { class: "markdown" }, markdown(note, { ...options, inline: true })),
  );
}

/** The host's other pages, on this machine only. */
export function links(className) {
  const local = state.host.links.filter(({ url }) =>
    /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\//.test(`${url}/`),
  );
  return local.map(({ name, url }) =>
    h(
      "a",
      { class: className, href: url, target: "_blank", rel: "noopener", title: `${name}, in a new tab` },
      name,
      icon("out"),
    ),
  );
}
