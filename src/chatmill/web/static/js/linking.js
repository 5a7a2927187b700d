// Points out both ways where words come from, and which words a note is about.

import { find, findAll } from "./dom.js";

const keysOf = (element, name) => (element.dataset[name] ?? "").split(" ").filter(Boolean);

/** Follow the pointer over the whole page. */
export function followPointer() {
  document.addEventListener("mouseover", (event) => {
    const over = event.target instanceof Element ? event.target.closest("[data-spans], [data-findings]") : null;
    light(over);
  });
  document.addEventListener("mouseleave", () => light(null));
  document.addEventListener("focusin", (event) => {
    if (event.target !== cursor) light(event.target.closest("[data-spans], [data-findings]"));
  });
}

let lit = null;
let cursor = null;

/** Go to the next (or previous) marked words of the pair: they and their source light up. */
export function moveCursor(step) {
  const all = findAll("#pair .seg, #pair .note[data-findings]");
  if (!all.length) return;
  const from = all.indexOf(cursor);
  const at = from < 0 ? (step > 0 ? 0 : all.length - 1) : (from + step + all.length) % all.length;
  cursor = all[at];
  cursor.tabIndex = -1;
  cursor.focus({ preventScroll: true });
  reveal(cursor, find("#pair"));
  light(cursor);
}

function light(over) {
  if (over === lit) return;
  lit = over;
  for (const element of findAll(".lit")) element.classList.remove("lit");
  if (!over) return;
  const spans = keysOf(over, "spans");
  const findings = keysOf(over, "findings");
  for (const element of findAll("[data-spans], [data-findings]")) {
    const isSame =
      keysOf(element, "spans").some((key) => spans.includes(key)) ||
      keysOf(element, "findings").some((key) => findings.includes(key));
    element.classList.toggle("lit", isSame);
  }
  const side = over.closest("#source") ? "#pair" : "#source";
  const other = find(`${side} .lit`);
  if (other) reveal(other, find(side));
}

/** Bring an element into view inside its own panel, never moving the page. */
export function reveal(element, panel) {
  if (panel.scrollHeight <= panel.clientHeight) return;
  const at = element.getBoundingClientRect();
  const frame = panel.getBoundingClientRect();
  if (at.top >= frame.top + 56 && at.bottom <= frame.bottom - 16) return;
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  panel.scrollBy({ top: at.top - frame.top - frame.height / 3, behavior: isCalm ? "auto" : "smooth" });
}
