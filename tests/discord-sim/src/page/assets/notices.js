// Short words at the edge of the screen, for what went wrong.

import { h } from "./dom.js";

const SHOWN_FOR = 6000;

export function notice(words, tone = "bad") {
  const node = h("div", { class: `notice ${tone}` }, words);
  document.getElementById("notices").append(node);
  setTimeout(() => node.remove(), SHOWN_FOR);
}

/** Shows why a promise failed, and settles it. */
export function complain(promise) {
  return promise.catch((error) => {
    notice(error.message);
    return undefined;
  });
}
