// What the server last showed, and who wants to know when a part of it changes.

/** Parts are values; lists of rows are Maps from id to row. */
export const state = {
  host: { name: "", welcome: null, scenes: [], links: [], panel: false },
  clock: { now: Math.floor(Date.now() / 1000), turns: false, speed: 0 },
  people: [],
  me: null,
  guilds: [],
  place: null,
  hidden: false,
  older: false,
  here: [],
  commands: [],
  doing: [],
  panel: null,
  members: new Map(),
  rail: new Map(),
  messages: new Map(),
  posts: new Map(),
};

const listeners = new Map();
let changed = new Set();

/**
 * Calls `listener` after any of the named parts changed, once for all changes that came together.
 * Answers with a function that ends it.
 */
export function on(names, listener) {
  const all = [names].flat();
  for (const name of all) {
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(listener);
  }
  return () => all.forEach((name) => listeners.get(name).delete(listener));
}

export function apply(frame) {
  if (frame.is === "part") {
    state[frame.name] = frame.value;
  } else if (frame.is === "rows") {
    const rows = frame.fresh ? new Map() : state[frame.name];
    for (const id of frame.gone) rows.delete(id);
    for (const row of frame.put) rows.set(row.id, row);
    state[frame.name] = rows;
  }
  touch(frame.name);
}

/** Says that a part changed. */
export function touch(name) {
  // All frames of a picture are applied before anything is drawn.
  if (changed.size === 0) setTimeout(tell, 0);
  changed.add(name);
}

function tell() {
  const names = changed;
  changed = new Set();
  const due = new Set();
  for (const name of names) for (const listener of listeners.get(name) ?? []) due.add(listener);
  for (const listener of due) listener(names);
}

/** Order of snowflakes, which are too long for numbers. */
export function byId(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Somebody as the reader knows them. `user` is what a message says of its author. */
export function member(id, user) {
  const known = state.members.get(id);
  if (known) return known;
  const name = user ? user.global_name || user.username : "Unknown user";
  return {
    id,
    name,
    username: user?.username ?? "",
    bot: Boolean(user?.bot),
    roles: null,
    gone: true,
  };
}

export function guild() {
  return state.guilds.find((one) => one.id === state.place?.guild) ?? state.guilds[0] ?? null;
}

export function role(id) {
  for (const one of state.guilds) for (const role of one.roles) if (role.id === id) return role;
  return null;
}

/** Roles of a member, the highest first. */
export function rolesOf(one) {
  return (one.roles ?? [])
    .map(role)
    .filter(Boolean)
    .sort((a, b) => b.position - a.position);
}

/** The colour number of a member's name. */
export function colorOf(one) {
  return rolesOf(one).find((role) => role.color)?.color ?? 0;
}

export const KIND = {
  text: 0,
  direct: 1,
  voice: 2,
  category: 4,
  news: 5,
  newsThread: 10,
  thread: 11,
  privateThread: 12,
  forum: 15,
  media: 16,
};

export function isThread(kind) {
  return kind >= KIND.newsThread && kind <= KIND.privateThread;
}

export function isForum(kind) {
  return kind === KIND.forum || kind === KIND.media;
}

export function channelIcon(row) {
  if (isThread(row.kind)) return row.locked ? "lock" : "thread";
  if (row.kind === KIND.direct) return "chat";
  if (row.kind === KIND.news) return "news";
  if (row.kind === KIND.voice) return "voice";
  if (isForum(row.kind)) return "forum";
  return row.hidden ? "lock" : "text";
}
