// The words of a page: written in English where they are used, said in the visitor's language.

import { boot } from "./boot.js";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** Say something: `_("{done} of {total} decided", {done: 3, total: 9})`. */
export const _ = (text, values = {}) => fill(boot.words[text] ?? text, values);

/** Say something that is one word in English and several elsewhere. */
export const pgettext = (context, text, values = {}) => fill(boot.words[`${context}\u0004${text}`] ?? text, values);

/** Choose between the words for one and for more; `{n}` is the number. */
export function ngettext(one, many, n, values = {}) {
  const forms = boot.words[one] ?? [one, many];
  return fill(n === 1 ? forms[0] : forms.at(-1), { n, ...values });
}
