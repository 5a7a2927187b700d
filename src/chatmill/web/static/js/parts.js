// Parts the pages about the project's work share: tables, numbers, dates, plain Markdown.

import { h } from "./dom.js";
import { _ } from "./words.js";

const tag = document.documentElement.lang;
const numbers = new Intl.NumberFormat(tag);
const clock = new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" });

export const count = (n) => numbers.format(n);
export const score = (value) => (value === null || value === undefined ? "–" : value.toFixed(2));
export const moment = (seconds) => clock.format(new Date(seconds * 1000));

export const VERDICTS = {
  followed: _("followed"),
  partly: _("partly followed"),
  "not followed": _("did not follow the training"),
};
export const GROUPS = {
  trained: _("trained"),
  "held-out": _("held-out phrasings"),
  unseen: _("unseen conversations"),
};
export const STATUSES = { pending: _("To decide"), kept: _("Kept"), rejected: _("Rejected"), "": _("gone") };
const LANGUAGES = { en: _("English"), ko: _("Korean"), "": _("Language unknown") };

export const languageName = (code) => LANGUAGES[code] ?? code;

/** A mark before the words, so that a verdict is told without colour too. */
export const verdictBadge = (verdict) =>
  h("span", { class: `verdict ${verdict.replace(" ", "-")}` }, h("span", { class: "words" }, VERDICTS[verdict]));

/** Fill a table: headings are `[text, class]`, rows are lists of cells or row elements. */
export function fillTable(table, headings, rows) {
  const head = h("tr", {}, headings.map(([text, kind]) => h("th", { scope: "col", class: kind }, text)));
  const body = rows.map((row) =>
    row instanceof Element ? row : h("tr", {}, row.map((cell, at) => h("td", { class: headings[at][1] }, cell))),
  );
  table.replaceChildren(h("thead", {}, head), h("tbody", {}, body));
}

/** A list of names and values. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, shown.map(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]));
}

/** Lay out the little Markdown our own cards use: headings, tables, lists, paragraphs. */
export function markdown(text) {
  const parts = [];
  let rows = [];
  let items = [];
  let lines = [];

  function flush() {
    if (rows.length) {
      const cells = rows.filter((row) => !/^[|\s:-]+$/.test(row)).map((row) => row.split("|").slice(1, -1));
      parts.push(h("table", { class: "rows" }, h("tbody", {}, cells.map((row) =>
        h("tr", {}, row.map((cell) => h("td", {}, cell.trim())))))));
    }
    if (items.length) parts.push(h("ul", {}, items.map((item) => h("li", {}, item))));
    if (lines.length) parts.push(h("p", {}, lines.join(" ")));
    [rows, items, lines] = [[], [], []];
  }

  for (const line of text.split("\n")) {
    const heading = /^(#{1,4}) (.*)/.exec(line);
    if (heading || !line.trim()) flush();
    if (heading) parts.push(h("h3", {}, heading[2]));
    else if (line.startsWith("|")) rows.push(line);
    else if (line.startsWith("- ")) items.push(line.slice(2));
    else if (items.length && /^\s+\S/.test(line)) items.push(`${items.pop()} ${line.trim()}`);
    else if (line.trim()) lines.push(line.trim().replaceAll("`", ""));
  }
  flush();
  return parts;
}

/** Say what went wrong, where somebody looks. */
export function showTrouble(error) {
  const banner = document.getElementById("banner");
  banner.replaceChildren(
    h("span", {}, error.status === 401 ? _("Signed out: open the link again") : error.message || String(error)),
    h("button", { type: "button", class: "act quiet", onclick: () => { banner.hidden = true; } }, _("Close")),
  );
  banner.hidden = false;
}

/** Run something that may fail, and say so. */
export function attempt(work) {
  return (...args) => Promise.resolve(work(...args)).catch(showTrouble);
}
