// What the server put into the page: words, reasons, the token that proves a request is ours.

const boot = JSON.parse(document.getElementById("boot").textContent);

export const { csrf, reasons, place } = boot;

/** Say something in the page's language: `say("progress", {done: 3, total: 9})`. */
export function say(key, values = {}) {
  return boot.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Choose between the words for one and for more. */
export const sayMany = (key, n) => say(n === 1 ? `${key}_one` : key, { n });
