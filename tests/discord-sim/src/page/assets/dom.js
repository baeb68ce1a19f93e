// Building nodes. Text is only ever put in as text.

const SVG = "http://www.w3.org/2000/svg";

/** A node: `h("button", { class: "x", onclick: f, "aria-label": "…" }, "text", child, …)`. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  fill(node, children);
  return node;
}

/** Puts children (nodes, texts, lists of them; nothing for null) at the end of a node. */
function fill(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(child);
  }
  return node;
}

/** Replaces everything in a node. */
export function put(node, ...children) {
  node.replaceChildren();
  return fill(node, children);
}

// Strokes in a square of 24, drawn for this page.
const PATHS = {
  text: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  forum: "M4 5h13v9H9l-4 3.5V14H4zM9 17v1h7l4 3v-3h.5V9",
  thread: "M5 5v8a3 3 0 0 0 3 3h10M14 12l4 4-4 4",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z",
  news: "M4 10v4h4l7 5V5l-7 5zM18.5 9a4 4 0 0 1 0 6",
  voice: "M4 10v4h4l5 4V6l-5 4zM16.5 9a4 4 0 0 1 0 6",
  reply: "M10 6 4 11.5 10 17v-3.5c5 0 8 1.5 10 4.5-.5-6-4-9-10-9z",
  pencil: "m5 19 1-4L16.500 4.500l3 3L9 18zM14.500 6.500l3 3",
  dots: "M6 12h.01M12 12h.01M18 12h.01",
  smile:
    "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17M8.500 14a4 4 0 0 0 7 0M9 9.500h.01M15 9.500h.01",
  trash: "M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500",
  pin: "M9 4h6l-.5 6 3 3.500h-11l3-3.500zM12 13.500V20",
  send: "M4 12 20 4.500 15.500 20 12 13z",
  people:
    "M9 5a3.200 3.200 0 1 0 0 6.400A3.200 3.200 0 0 0 9 5M3 19c.5-4 3-5.500 6-5.500s5.500 1.500 6 5.500M15.500 5.500a3 3 0 0 1 0 5.600M17.500 14c2 .7 3.200 2.300 3.500 5",
  clock: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17M12 7.500V12l3 2.500",
  play: "M7 4.500v15l12-7.500z",
  step: "M5 5v14l9-7zM17.500 5v14",
  info: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17M12 11v5.500M12 7.500h.01",
  down: "m6 9.500 6 6 6-6",
  right: "m9.500 6 6 6-6 6",
  back: "m14.500 6-6 6 6 6",
  close: "M6 6l12 12M18 6 6 18",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13M15.500 15.500 20.500 20.500",
  plus: "M12 5v14M5 12h14",
  check: "m5 12.500 4.500 4.500L19 7.500",
  eye: "M2.500 12C5 7.500 8 5.500 12 5.500s7 2 9.500 6.500c-2.500 4.500-5.500 6.500-9.500 6.500S5 16.500 2.500 12M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  tag: "M4 4.500h7.500L20 13l-7 7-8.500-8.500zM8 8.500h.01",
  chat: "M4 5h16v11h-8l-5 4v-4H4z",
  home: "M4 11 12 4l8 7M6.500 9.500V20h11V9.500",
  file: "M6 3.500h8l4 4V20.500H6zM13.500 4v4h4",
  out: "M10 5H5v14h14v-5M14 4.500h5.500V10M19 5l-8 8",
  apps: "M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.dots);
  svg.append(path);
  return svg;
}

/** A button that is only a picture; `label` is its name for everybody who does not see it. */
export function iconButton(name, label, onclick, props) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...props },
    icon(name),
  );
}

// Calm hues that carry white letters.
const HUES = [232, 262, 292, 330, 12, 32, 152, 178, 200, 215];

/** A round picture with the first letters of a name; the same person has the same colour. */
export function avatar(id, name, bot) {
  const letters = [...name.matchAll(/[\p{L}\p{N}]+/gu)]
    .slice(0, 2)
    .map(([word]) => [...word][0].toUpperCase());
  const node = h(
    "span",
    { class: bot ? "avatar bot" : "avatar", "aria-hidden": "true" },
    letters.join("") || "?",
  );
  const hue = HUES[Number(BigInt(id || 0) % 9973n) % HUES.length];
  node.style.setProperty("--hue", hue);
  return node;
}

/** A role's colour as CSS, or nothing for the default one. */
export function roleColor(number) {
  return number ? `#${number.toString(16).padStart(6, "0")}` : "";
}
