// Draws the page anew when something has happened. What somebody is writing stays, and so does the focus.

const FIELDS = "input:not([type=hidden]):not([type=checkbox]), textarea";
const PAUSE = 1000;

/** Instants in the reader's own time. */
function localTimes() {
  for (const time of document.querySelectorAll("time")) {
    const style = { dateStyle: "medium", timeStyle: "short" };
    time.textContent = new Date(time.dateTime).toLocaleString(undefined, style);
  }
}

async function redraw() {
  const answer = await fetch(location.href);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  const written = [...document.querySelectorAll(FIELDS)].filter((one) => one.value !== one.defaultValue);
  const open = [...document.querySelectorAll("details[open]")].map((one) => one.id);
  const focus = document.activeElement?.id;
  document.querySelector("main").replaceWith(next.querySelector("main"));
  for (const { id, value } of written) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focus) document.getElementById(focus)?.focus();
  localTimes();
}

async function follow() {
  let seen = document.body.dataset.seen;
  for (;;) {
    try {
      const answer = await fetch(`/live?since=${seen}`);
      const now = await answer.text();
      if (answer.ok && now !== seen) {
        await redraw();
        seen = now;
      }
    } catch {
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }
}

localTimes();
follow();
