// Instants as people read them, by the clock of the simulation and in the reader's own zone.

import { h } from "./dom.js";
import { on, state } from "./store.js";

const EPOCH = 1420070400000n;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/** The instant a snowflake tells, as a Date. */
export function instantOf(id) {
  return new Date(Number((BigInt(id) >> 22n) + EPOCH));
}

export function now() {
  return new Date(state.clock.now * 1000);
}

const formats = new Map();

function format(date, options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(undefined, options));
  return formats.get(key).format(date);
}

const TIME = { hour: "numeric", minute: "2-digit" };

export function timeOfDay(date) {
  return format(date, TIME);
}

/** As at the head of a message: a time today, the day before that, a date before that. */
export function stamp(date) {
  const days = Math.round((midnight(now()) - midnight(date)) / (DAY * 1000));
  if (days === 0) return `Today at ${timeOfDay(date)}`;
  if (days === 1) return `Yesterday at ${timeOfDay(date)}`;
  return `${format(date, { dateStyle: "short" })} ${timeOfDay(date)}`;
}

export function longDate(date) {
  return format(date, { dateStyle: "long" });
}

export function full(date) {
  return format(date, { dateStyle: "full", timeStyle: "short" });
}

export function weekday(date) {
  return format(date, { weekday: "short", day: "numeric", month: "short" });
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

export function sameDay(a, b) {
  return midnight(a) === midnight(b);
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** "in 2 hours", "3 days ago". */
function fromNow(date) {
  const seconds = Math.round((date - now()) / 1000);
  const size = Math.abs(seconds);
  const [unit, length] =
    size < MINUTE
      ? ["second", 1]
      : size < HOUR
        ? ["minute", MINUTE]
        : size < DAY
          ? ["hour", HOUR]
          : size < 30 * DAY
            ? ["day", DAY]
            : size < 365 * DAY
              ? ["month", 30 * DAY]
              : ["year", 365 * DAY];
  return relative.format(Math.round(seconds / length), unit);
}

/** As short as a list of posts has it: "5m", "3h", "2d". */
export function shortAgo(date) {
  const seconds = Math.max(0, Math.round((now() - date) / 1000));
  if (seconds < MINUTE) return "just now";
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h ago`;
  if (seconds < 30 * DAY) return `${Math.floor(seconds / DAY)}d ago`;
  return format(date, { dateStyle: "medium" });
}

const STYLES = {
  t: TIME,
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};

/** Discord's `<t:seconds:style>`. */
export function timestamp(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return null;
  if (style === "R") return following(date, fromNow, "timestamp");
  return h(
    "time",
    { class: "timestamp", datetime: date.toISOString(), title: full(date) },
    format(date, STYLES[style] ?? STYLES.f),
  );
}

// Nodes whose words change with the clock; those no longer on screen are forgotten.
let followers = [];

/** A node that says `words(date)` again whenever the clock moves. */
export function following(date, words, className) {
  const node = h(
    "time",
    { class: className, datetime: date.toISOString(), title: full(date) },
    words(date),
  );
  followers.push({ node: new WeakRef(node), date, words });
  return node;
}

let shown = 0;

on("clock", () => {
  if (state.clock.now === shown) return;
  shown = state.clock.now;
  followers = followers.filter(({ node, date, words }) => {
    const live = node.deref();
    if (!live) return false;
    const text = words(date);
    if (live.textContent !== text) live.textContent = text;
    return true;
  });
});
