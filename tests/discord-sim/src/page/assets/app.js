// Starts the page and keeps it in step with its address and its connection.

import "./clock.js";
import "./members.js";
import "./modal.js";
import "./rail.js";
import "./strip.js";
import { typeAnywhere } from "./composer.js";
import { h } from "./dom.js";
import { follow, go, openChannel } from "./nav.js";
import { firstChannel } from "./place.js";
import { tellPanel } from "./side.js";
import { complain } from "./notices.js";
import { connect, whenConnected } from "./socket.js";
import { on, state } from "./store.js";

const lost = h(
  "div",
  { class: "lost", role: "alert", hidden: true },
  "The simulated Discord is not there. Trying again…",
);
document.body.append(lost);

/** Whether this connection knows who looks. */
let introduced = false;

whenConnected((connected) => {
  lost.hidden = connected;
  introduced = false;
});

on("people", () => {
  if (introduced || !state.people.length) return;
  introduced = true;
  complain(follow(true)).then(tellPanel);
});

// A form that somebody began is not for whoever looks now.
on("me", () => document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close()));

window.addEventListener("hashchange", () => {
  document.getElementById("app").classList.remove("at-rail", "members-toggled");
  if (introduced) complain(follow(false));
});

// A choice of channel closes what covers it on a narrow screen, also when it is open already.
document.getElementById("rail").addEventListener("click", (event) => {
  if (event.target.closest("a")) document.getElementById("app").classList.remove("at-rail");
});

let sent = false;

on("rail", () => {
  // A new tab starts where most happens; on a narrow screen the reader chooses.
  if (sent || openChannel() || !state.rail.size) return;
  sent = true;
  const first = firstChannel();
  if (first && window.matchMedia("(min-width: 761px)").matches) go(first);
});

document.addEventListener("keydown", (event) => {
  typeAnywhere(event);
  // Alt+Up and Alt+Down walk through the channels, as in Discord.
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const links = [...document.querySelectorAll("#rail a.channel")];
  const at = links.findIndex((link) => link.classList.contains("current"));
  const next = links[(at + (event.key === "ArrowDown" ? 1 : -1) + links.length) % links.length];
  if (next) location.hash = next.getAttribute("href");
});

connect();
