// Things that float over the page beside what they belong to: menus, lists to choose from.

const GAP = 6;
const EDGE = 8;

/**
 * Shows `node` beside `anchor` (a node, or a point) until it is closed by Escape, a press elsewhere or
 * the function that is answered.
 */
export function float(anchor, node, { onclose, above = false } = {}) {
  node.popover = "auto";
  node.classList.add("float");
  document
    .querySelectorAll("dialog[open]")
    .forEach((dialog) => dialog.contains(anchor) && dialog.append(node));
  if (!node.isConnected) document.body.append(node);
  const before = document.activeElement;
  node.showPopover();
  settle(anchor, node, above);
  const resize = new ResizeObserver(() => settle(anchor, node, above));
  resize.observe(node);
  node.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    resize.disconnect();
    const inside =
      node.contains(document.activeElement) || document.activeElement === document.body;
    node.remove();
    if (inside) before?.focus?.();
    onclose?.();
  });
  return () => node.isConnected && node.hidePopover();
}

function settle(anchor, node, above) {
  const at =
    anchor instanceof Element
      ? anchor.getBoundingClientRect()
      : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  const { offsetWidth: width, offsetHeight: height } = node;
  const space = {
    w: document.documentElement.clientWidth,
    h: document.documentElement.clientHeight,
  };
  const left = Math.max(EDGE, Math.min(at.left, space.w - width - EDGE));
  const below = at.bottom + GAP;
  const over = at.top - GAP - height;
  const fits = below + height <= space.h - EDGE;
  const top =
    above || !fits ? (over >= EDGE ? over : Math.max(EDGE, space.h - height - EDGE)) : below;
  node.style.left = `${left}px`;
  node.style.top = `${top}px`;
}

/** Arrow keys, Home and End move the focus among the nodes that match. */
export function arrows(node, selector) {
  node.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: "first", End: "last" }[event.key];
    if (step === undefined || (event.target.matches("input") && typeof step === "string")) return;
    const all = [...node.querySelectorAll(selector)];
    if (!all.length) return;
    event.preventDefault();
    const at = all.indexOf(document.activeElement);
    const next =
      step === "first"
        ? 0
        : step === "last"
          ? all.length - 1
          : (at + step + all.length) % all.length;
    all[at < 0 && step === 1 ? 0 : next].focus();
  });
}
