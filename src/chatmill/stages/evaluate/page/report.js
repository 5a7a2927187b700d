// The report's only script: draws the plot, fills the table, shows one question's answers.
// All text of chats goes through textContent; nothing here makes HTML out of strings.

const { rows, words, plot } = JSON.parse(document.getElementById("data").textContent);
const ROWS_AT_ONCE = 50;
const MAX_WORDS_COMPARED = 1500;
const VERDICT_ORDER = { "not followed": 0, partly: 1, followed: 2 };

const form = document.getElementById("filters");
const body = document.getElementById("rows");
const detail = document.getElementById("detail");
const more = document.getElementById("more");
let sortBy = "cosine";
let descending = false;
let shown = [];
let nDrawn = 0;
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

function filter() {
  const { text, verdict, group, language } = form.elements;
  const wanted = text.value.trim().toLowerCase();
  shown = rows.filter((row) =>
    (!verdict.value || row.verdict === verdict.value) &&
    (!group.value || row.group === group.value) &&
    (language.value === "*" || row.language === language.value) &&
    (!wanted || `${row.question}\n${row.reference}\n${row.answer}\n${row.example}`.toLowerCase().includes(wanted)));
  shown.sort(compare);
  body.replaceChildren();
  nDrawn = 0;
  drawMore();
}

function drawMore() {
  for (const row of shown.slice(nDrawn, nDrawn + ROWS_AT_ONCE)) body.append(tableRow(row));
  nDrawn = Math.min(shown.length, nDrawn + ROWS_AT_ONCE);
  if (!shown.length) {
    body.append(element("tr", {}, element("td", { className: "nothing", colSpan: 6, text: words.nothing })));
  }
  more.hidden = nDrawn >= shown.length;
  document.getElementById("shown").textContent =
    words.shown.replace("{shown}", shown.length).replace("{total}", rows.length);
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
    row.cut ? element("span", { className: "differs", text: words.cut }) : null,
    element("span", { text: `${row.language_name} · ${words[row.group]}` }),
    element("span", { text: `${words.example} ${row.example}${row.turn ? ` · ${words.turn} ${row.turn + 1}` : ""}` }));
}

function show(key) {
  const row = rows[key];
  chosen = key;
  const found = row.answer ? differences(row.reference, row.answer) : null;
  const boxes = [
    answerBox(words.reference, row.reference, undefined, found?.left, "del"),
    answerBox(words.answer, row.answer, row.cosine, found?.right, "ins"),
    row.base === null ? null : answerBox(words.base_answer, row.base, row.base_cosine),
    row.served === undefined ? null : answerBox(words.serving_answer, row.served, row.served_cosine),
  ];
  const button = (text, onclick) => element("button", { type: "button", text, onclick });
  detail.replaceChildren(
    element("div", { className: "detail-head" },
      element("div", {}, element("h2", { text: row.question })),
      element("div", { className: "buttons" },
        button(words.previous, () => step(-1)), button(words.next, () => step(1)), button(words.close, hide))),
    factsLine(row),
    element("div", { className: "answers" }, ...boxes.filter(Boolean)),
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
  while (nDrawn < shown.length && !body.querySelector(`[data-key="${next.key}"]`)) drawMore();
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
more.addEventListener("click", drawMore);
for (const button of document.querySelectorAll("[data-sort]")) {
  button.addEventListener("click", () => {
    descending = sortBy === button.dataset.sort ? !descending : false;
    sortBy = button.dataset.sort;
    markSorted();
    filter();
  });
}
document.addEventListener("keydown", (event) => {
  if (detail.hidden || event.target.closest?.("input, select")) return;
  if (event.key === "Escape") hide();
  else if (event.key === "ArrowRight" || event.key === "j") step(1);
  else if (event.key === "ArrowLeft" || event.key === "k") step(-1);
});

markSorted();
filter();
const drawn = await window.vegaEmbed("#plot", plot, { renderer: "svg", actions: false });
drawn.view.addEventListener("click", (_event, item) => {
  const key = item?.datum?.key;
  if (key !== undefined) show(key);
});
document.documentElement.dataset.ready = "yes";
