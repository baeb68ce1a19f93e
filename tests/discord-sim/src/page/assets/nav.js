// Who looks and at what, kept in the address: `#person/channel`. So a tab can be reloaded, gone back
// in, and opened twice with different people.

import { ask } from "./socket.js";
import { state } from "./store.js";

const asked = { person: null, channel: null };

/** The address of a channel for whoever looks now. */
export function href(channel) {
  return `#${state.me ?? asked.person ?? ""}/${channel ?? ""}`;
}

export function go(channel) {
  location.hash = href(channel);
}

/** Looks through somebody else's eyes, at the same place. */
export function become(person) {
  location.hash = `#${person}/${asked.channel ?? ""}`;
}

/** Tells the server what the address says. `anew`: it knows nothing of this tab yet. */
export async function follow(anew) {
  const [person, channel] = location.hash.slice(1).split("/");
  const someone = state.people.some((one) => one.id === person) ? person : state.people[0]?.id;
  if (!someone) return;
  const place = /^\d{1,20}$/.test(channel ?? "") ? channel : null;
  if (anew || someone !== asked.person) {
    Object.assign(asked, { person: someone, channel: place });
    await ask("be", { person: someone, channel: place });
  } else if (place !== asked.channel) {
    asked.channel = place;
    await ask("open", { channel: place });
  }
}

export function openChannel() {
  return asked.channel;
}
