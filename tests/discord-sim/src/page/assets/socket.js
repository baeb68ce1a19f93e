// The one connection. `ask` sends a wish and promises its answer.

import { apply, state } from "./store.js";

const LONGEST_PAUSE = 4000;

let socket = null;
let number = 0;
let pause = 250;
const waiting = new Map();
const onState = new Set();

/** Calls back with true when the connection stands, with false when it is lost. */
export function whenConnected(callback) {
  onState.add(callback);
}

export function connect() {
  socket = new WebSocket(`ws://${location.host}/socket`);
  socket.addEventListener("open", () => {
    pause = 250;
    onState.forEach((callback) => callback(true));
  });
  socket.addEventListener("message", ({ data }) => {
    // All frames of one picture come together.
    for (const frame of JSON.parse(data)) {
      if (frame.is === "answer") settle(frame);
      else apply(frame);
    }
  });
  socket.addEventListener("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("The connection is lost."));
    waiting.clear();
    onState.forEach((callback) => callback(false));
    setTimeout(connect, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  });
}

function settle(frame) {
  const asked = waiting.get(frame.to);
  waiting.delete(frame.to);
  if (!asked) return;
  if (frame.error === undefined) asked.resolve(frame.value);
  else asked.reject(new Error(frame.error));
}

/** Asks for something; the answer comes after its effect is in the store. */
export function ask(wish, fields) {
  if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error("Not connected."));
  const n = ++number;
  socket.send(JSON.stringify({ n, do: wish, ...fields }));
  return new Promise((resolve, reject) => waiting.set(n, { resolve, reject }));
}

/** As `ask`, in the open channel. */
export function askHere(wish, fields) {
  return ask(wish, { channel: state.place?.id, ...fields });
}
