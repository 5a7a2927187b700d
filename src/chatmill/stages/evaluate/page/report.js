// The report's only script: draws the plot, fills the table, shows one question's answers.
// All text of chats goes through textContent; nothing here makes HTML out of strings.

const { rows, words, plot, spread } = JSON.parse(document.getElementById("data").textContent);
const ROW_HEIGHT = 40;
const ROWS_AROUND = 12;
const ROWS_PRINTED = 500;
const SLICE_MS = 8;
const MAX_WORDS_COMPARED = 1500;
const VERDICT_ORDER = { "not followed": 0, partly: 1, followed: 2 };

const form = document.getElementById("filters");
const body = document.getElementById("rows");
const detail = document.getElementById("detail");
const view = document.getElementById("window");
const above = document.getElementById("above");
const below = document.getElementById("below");
const saveLabels = document.getElementById("save-labels");
let sortBy = "cosine";
let descending = false;
let shown = [];
let drawn = { first: 0, last: 0 };
let onlyExamples = null;
let chosen = null;

function element(name, { text, className, ...rest } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  Object.assign(made, rest);
  made.append(...children.filter(Boolean));
  return made;
}

const cssName = (verdict) => verdict.replace(" ", "-");
const number = (value) => (value === null || value === undefined ? "–" : value.toFixed(2));

// ---- table

function compare(a, b) {
  let left = a[sortBy], right = b[sortBy];
  if (sortBy === "verdict") [left, right] = [VERDICT_ORDER[left], VERDICT_ORDER[right]];
  if (left === right) return a.key - b.key;
  if (left === null || left === undefined) return 1;
  if (right === null || right === undefined) return -1;
  const order = typeof left === "string" ? left.localeCompare(right) : left - right;
  return descending ? -order : order;
}

/** All rows in the chosen order; made once an order, so that typing only filters. */
let ordered = null;
function inOrder() {
  ordered ??= [...rows].sort(compare);
  return ordered;
}

const wordsOf = (row) =>
  (row.words ??= `${row.question}\n${row.reference}\n${row.answer}\n${row.example}`.toLowerCase());
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
let filtering = 0;

/** Look through the rows a slice of a frame at a time; a later call ends an earlier one. */
async function filter() {
  const mine = ++filtering;
  const { text, verdict, group, language } = form.elements;
  const wanted = text.value.trim().toLowerCase();
  const found = [];
  let began = performance.now();
  const all = inOrder();
  for (let at = 0; at < all.length; at++) {
    if (at % 128 === 0 && performance.now() - began > SLICE_MS) {
      await nextFrame();
      if (mine !== filtering) return;
      began = performance.now();
    }
    const row = all[at];
    if ((!verdict.value || row.verdict === verdict.value) &&
        (!group.value || row.group === group.value) &&
        (language.value === "*" || row.language === language.value) &&
        (!onlyExamples || onlyExamples.has(`${row.example}\n${row.turn}`)) &&
        (!wanted || wordsOf(row).includes(wanted))) found.push(row);
  }
  shown = found;
  view.scrollTop = 0;
  draw(true);
  document.documentElement.dataset.shown = String(shown.length);
}

/** Draw the rows in sight and a few around them; the space of the others is kept. */
function draw(anew = false) {
  const first = Math.max(0, Math.floor(view.scrollTop / ROW_HEIGHT) - ROWS_AROUND);
  const last = Math.min(shown.length, first + Math.ceil(view.clientHeight / ROW_HEIGHT) + 2 * ROWS_AROUND);
  if (!anew && first === drawn.first && last === drawn.last) return;
  drawn = { first, last };
  body.replaceChildren(...shown.slice(first, last).map(tableRow));
  if (!shown.length) {
    body.append(element("tr", {}, element("td", { className: "nothing", colSpan: 6, text: words.nothing })));
  }
  above.style.height = `${first * ROW_HEIGHT}px`;
  below.style.height = `${(shown.length - last) * ROW_HEIGHT}px`;
  document.getElementById("shown").textContent =
    words.shown.replace("{shown}", shown.length).replace("{total}", rows.length);
}

/** Bring a row into sight. */
function reveal(at) {
  const top = at * ROW_HEIGHT;
  if (top < view.scrollTop || top + 2 * ROW_HEIGHT > view.scrollTop + view.clientHeight) {
    view.scrollTop = Math.max(0, top - view.clientHeight / 3);
  }
  draw();
}

/** Paper has no scrolling: print many rows, each with its answers, and say where the rest is. */
function drawForPrint() {
  const n = Math.min(shown.length, ROWS_PRINTED);
  body.replaceChildren(...shown.slice(0, n).flatMap((row) => {
    const found = row.answer ? differences(row.reference, row.answer) : null;
    const cell = element("td", { colSpan: 6, className: "printed" },
      ...answerBoxes(row, found).slice(0, 2));
    return [tableRow(row), element("tr", {}, cell)];
  }));
  above.style.height = below.style.height = "0";
  const note = document.getElementById("print-note");
  note.textContent = words.print_note.replace("{n}", n);
  note.hidden = n === shown.length;
}

function tableRow(row) {
  const made = element("tr", { tabIndex: 0, onclick: () => show(row.key) },
    element("td", { className: "number", text: number(row.cosine) }),
    element("td", { className: "number", text: number(row.base_cosine) }),
    element("td", {}, element("span", { className: `badge ${cssName(row.verdict)}`, text: words[row.verdict] })),
    element("td", { className: "question", text: row.question }),
    element("td", { className: "small", text: words[row.group] }),
    element("td", { className: "small", text: row.language_name }));
  made.dataset.key = row.key;
  made.onkeydown = (event) => { if (event.key === "Enter") show(row.key); };
  if (row.key === chosen) made.classList.add("is-chosen");
  return made;
}

function markSorted() {
  for (const button of document.querySelectorAll("[data-sort]")) {
    const heading = button.closest("th");
    if (button.dataset.sort === sortBy) heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  }
}

// ---- words that differ

const split = (text) => text.match(/\s+|[^\s]+/g) ?? [];

/** Mark which words of two texts have no partner in the other: longest common subsequence. */
function differences(reference, answer) {
  const left = split(reference), right = split(answer);
  if (left.length > MAX_WORDS_COMPARED || right.length > MAX_WORDS_COMPARED) return null;
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * width + j] = left[i] === right[j]
        ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const inLeft = left.map(() => true), inRight = right.map(() => true);
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) { inLeft[i++] = false; inRight[j++] = false; }
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i++;
    else j++;
  }
  return { left: runs(left, inLeft), right: runs(right, inRight) };
}

function runs(parts, differs) {
  const made = [];
  parts.forEach((part, at) => {
    const isBlank = /^\s+$/.test(part);
    const previous = made.at(-1);
    const mark = isBlank ? Boolean(previous?.mark && differs[at + 1]) : differs[at];
    if (previous && previous.mark === mark) previous.text += part;
    else made.push({ text: part, mark });
  });
  return made;
}

function paragraph(parts, tag) {
  return element("p", {}, ...parts.map(({ text, mark }) =>
    mark ? element(tag, { text }) : document.createTextNode(text)));
}

// ---- one question

function answerBox(title, text, cosine, parts, tag) {
  return element("section", {},
    element("h3", {}, element("span", { text: title }), cosine === undefined ? null : element("b", { text: number(cosine) })),
    parts ? paragraph(parts, tag) : element("p", { text: text || words.empty_answer }));
}

function factsLine(row) {
  const facts = row.facts === null ? words.facts_none : `${words.facts} ${Math.round(row.facts * 100)}%`;
  const negation = `${words.polarity} ${row.polarity ? words.agrees : words.differs}`;
  return element("p", { className: "facts-line" },
    element("span", { className: `badge ${cssName(row.verdict)}`, text: words[row.verdict] }),
    element("span", { text: facts, className: row.facts !== null && row.facts < 1 ? "differs" : "" }),
    element("span", { text: negation, className: row.polarity ? "" : "differs" }),
    element("span", { text: `${words.rouge} ${number(row.rouge)}` }),
    row.nearest === null ? null : element("span", { text: `${words.nearest} ${number(row.nearest)}` }),
    ...Object.entries(row.more).map(([name, value]) => element("span", { text: `${name} ${number(value)}` })),
    row.cut ? element("span", { className: "differs", text: words.cut }) : null,
    element("span", { text: `${row.language_name} · ${words[row.group]}` }),
    element("span", { text: `${words.example} ${row.example}${row.turn ? ` · ${words.turn} ${row.turn + 1}` : ""}` }));
}

function answerBoxes(row, found) {
  return [
    answerBox(words.reference, row.reference, undefined, found?.left, "del"),
    answerBox(words.answer, row.answer, row.cosine, found?.right, "ins"),
    row.base === null ? null : answerBox(words.base_answer, row.base, row.base_cosine),
    row.served === undefined ? null : answerBox(words.serving_answer, row.served, row.served_cosine),
  ].filter(Boolean);
}

// ---- labels

const FOLLOWS = ["followed", "partly", "not followed"];
const CORRECT = ["right", "wrong", "no answer in the data"];
const labelPlace = `chatmill labels ${document.title}`;
const labels = readLabels();

function readLabels() {
  try {
    return new Map(JSON.parse(localStorage.getItem(labelPlace) ?? "[]"));
  } catch {
    return new Map(); // a browser that stores nothing for pages of the disk
  }
}

function setLabel(row, change) {
  const before = labels.get(row.key) ?? {};
  const after = { ...before, ...change };
  for (const name of Object.keys(change)) if (before[name] === change[name]) delete after[name];
  if (Object.keys(after).length) labels.set(row.key, after);
  else labels.delete(row.key);
  try {
    localStorage.setItem(labelPlace, JSON.stringify([...labels]));
  } catch { /* they last until the page is closed */ }
  showLabels();
  show(row.key);
}

function showLabels() {
  saveLabels.hidden = !labels.size;
  saveLabels.textContent = words.save_labels.replace("{n}", labels.size);
}

function labelButtons(row) {
  const said = labels.get(row.key) ?? {};
  const made = (name) => (value, at) => element("button", {
    type: "button", text: `${name === "label" ? at + 1 : at + 4} ${words[value]}`,
    ariaPressed: String(said[name] === value), onclick: () => setLabel(row, { [name]: value }),
  });
  return element("div", { className: "labels", title: words.label_keys },
    element("span", { text: words.label_title }), ...FOLLOWS.map(made("label")), ...CORRECT.map(made("correctness")));
}

function labelsFile() {
  const cell = (text) => `"${(text ?? "").replaceAll('"', '""')}"`;
  const lines = [...labels].map(([key, said]) =>
    [rows[key].question, rows[key].answer, said.label, said.correctness].map(cell).join(","));
  return `\ufeffquestion,answer,label,correctness\r\n${lines.join("\r\n")}\r\n`;
}

// ---- one question shown

function show(key) {
  const row = rows[key];
  chosen = key;
  const found = row.answer ? differences(row.reference, row.answer) : null;
  const boxes = answerBoxes(row, found);
  const button = (text, onclick) => element("button", { type: "button", text, onclick });
  detail.replaceChildren(
    element("div", { className: "detail-head" },
      element("div", {}, element("h2", { text: row.question })),
      element("div", { className: "buttons" },
        button(words.previous, () => step(-1)), button(words.next, () => step(1)), button(words.close, hide))),
    factsLine(row),
    labelButtons(row),
    element("div", { className: "answers" }, ...boxes),
    element("p", { className: "legend" },
      found ? element("del", { text: words.missing_words }) : null,
      found ? element("ins", { text: words.added_words }) : null),
    element("p", { className: "system", text: `${words.system}: ${row.system}` }));
  detail.hidden = false;
  detail.scrollTop = 0;
  document.body.classList.add("has-detail");
  markChosen();
}

function hide() {
  chosen = null;
  detail.hidden = true;
  document.body.classList.remove("has-detail");
  markChosen();
}

function step(by) {
  const at = shown.findIndex((row) => row.key === chosen);
  const next = shown[at + by];
  if (!next) return;
  reveal(at + by);
  show(next.key);
}

function markChosen() {
  for (const each of document.querySelectorAll("tr.is-chosen, #plot .is-chosen")) each.classList.remove("is-chosen");
  if (chosen === null) return;
  body.querySelector(`[data-key="${chosen}"]`)?.classList.add("is-chosen");
  for (const mark of document.querySelectorAll("#plot .mark-symbol path")) {
    const datum = mark.__data__?.datum;
    if (datum?.key === chosen) mark.classList.add("is-chosen");
  }
}

// ---- start

form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
view.addEventListener("scroll", () => requestAnimationFrame(() => draw()), { passive: true });
addEventListener("resize", () => draw());
addEventListener("beforeprint", drawForPrint);
addEventListener("afterprint", () => draw(true));
saveLabels.addEventListener("click", () => {
  const address = URL.createObjectURL(new Blob([labelsFile()], { type: "text/csv" }));
  element("a", { href: address, download: "labels.csv" }).click();
  URL.revokeObjectURL(address);
});
for (const button of document.querySelectorAll("[data-examples]")) {
  button.addEventListener("click", () => {
    const isChosen = button.getAttribute("aria-pressed") === "true";
    for (const other of document.querySelectorAll("[data-examples]")) other.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", String(!isChosen));
    onlyExamples = isChosen ? null
      : new Set(JSON.parse(button.dataset.examples).map(([example, turn]) => `${example}\n${turn}`));
    filter();
  });
}
for (const button of document.querySelectorAll("[data-sort]")) {
  button.addEventListener("click", () => {
    descending = sortBy === button.dataset.sort ? !descending : false;
    sortBy = button.dataset.sort;
    ordered = null;
    markSorted();
    filter();
  });
}
document.addEventListener("keydown", (event) => {
  if (detail.hidden || event.target.closest?.("input, select")) return;
  if (event.key === "Escape") hide();
  else if (event.key === "ArrowRight" || event.key === "j") step(1);
  else if (event.key === "ArrowLeft" || event.key === "k") step(-1);
  else if ("123".includes(event.key)) setLabel(rows[chosen], { label: FOLLOWS[event.key - 1] });
  else if ("456".includes(event.key)) setLabel(rows[chosen], { correctness: CORRECT[event.key - 4] });
});

markSorted();
showLabels();
filter();
const picture = await window.vegaEmbed("#plot", plot, { renderer: "svg", actions: false });
await window.vegaEmbed("#spread", spread, { renderer: "svg", actions: false });
picture.view.addEventListener("click", (_event, item) => {
  const key = item?.datum?.key;
  if (key !== undefined) show(key);
});
document.documentElement.dataset.ready = "yes";
