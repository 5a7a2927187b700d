// One key a decision. Nothing is taken from text fields, and Hangul input does not get in the way.

const LETTERS = { KeyK: "k", KeyE: "e", KeyR: "r", KeyU: "u", KeyN: "n", KeyP: "p", KeyS: "s", KeyM: "m", KeyC: "c", KeyA: "a", KeyF: "f", Slash: "/" };

const ACTIONS = {
  k: "keep",
  e: "edit",
  r: "reject",
  u: "undo",
  U: "redo",
  n: "next",
  p: "previous",
  s: "split",
  m: "merge",
  c: "comment",
  a: "ask",
  f: "flagged",
  "]": "wordsNext",
  "[": "wordsPrevious",
  ArrowRight: "next",
  ArrowLeft: "previous",
  "?": "help",
  Escape: "escape",
};

/** Return what a key press means outside text fields, or null. */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const key = keyOf(event);
  return ACTIONS[key] ?? (/^[1-9]$/.test(key) ? key : null);
}

/** With a Korean input method on, `event.key` is a Hangul letter: the key's place says which. */
function keyOf(event) {
  if (/^[\x21-\x7e]$/.test(event.key)) {
    return event.shiftKey || event.key === "?" ? event.key : event.key.toLowerCase();
  }
  if (event.key.length > 1 && event.key !== "Process") return event.key;
  const digit = event.code.match(/^(?:Digit|Numpad)([1-9])$/);
  if (digit) return digit[1];
  const letter = LETTERS[event.code] ?? event.key;
  if (letter === "/") return event.shiftKey ? "?" : "/";
  return event.shiftKey ? letter.toUpperCase() : letter;
}

/** Tell whether somebody is writing. */
export const isWriting = (event) =>
  event.target instanceof Element && event.target.closest("textarea, input, select, [contenteditable]") !== null;
