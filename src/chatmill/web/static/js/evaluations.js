// Every question of an evaluation: the plot, the table beside it, and one question with its answers.

import { get, post } from "./api.js";
import { boot } from "./boot.js";
import { Chart } from "./chart.js";
import { find, findAll, h } from "./dom.js";
import { attempt, count, facts, fillTable, GROUPS, languageName, score, STATUSES, verdictBadge } from "./parts.js";
import { _, ngettext } from "./words.js";

const PAGE = 50;
const MAX_WORDS_COMPARED = 400;
const SEARCH_MS = 250;
const address = new URL(location.href);
const chart = new Chart(find("#score-chart"), (key) => show(key), 340);
const detail = find("#detail");

let id = null;
let shown = [];
let n_matching = 0;
let chosen = null;
let opener = null;
let timer = 0;

const path = (rest = "") => `/evaluations/${encodeURIComponent(id)}${rest}`;

// ---- the evaluation

function showSummary(evaluation) {
  const interval = (estimate) => estimate.low === null ? _("too few conversations") : `${score(estimate.low)}–${score(estimate.high)}`;
  const mean = (estimate) => score(estimate?.mean);
  const headings = [
    [_("Questions")], [_("n"), "number"], [_("Tuned"), "number"], [_("Interval")], [_("Base"), "number"],
    [_("With the serving line"), "number"], [_("Shuffled floor"), "number"], [_("Nearest trained answer"), "number"],
    [_("followed"), "number"], [_("partly"), "number"], [_("not"), "number"],
  ];
  fillTable(find("#summary"), headings, evaluation.lines.map((line) => [
    `${languageName(line.language)} · ${GROUPS[line.group]}`, count(line.n), mean(line.tuned), interval(line.tuned), mean(line.base),
    mean(line.serving), mean(line.shuffled), mean(line.nearest), count(line.n_followed), count(line.n_partly), count(line.n_not_followed),
  ]));
}

const open = attempt(async (name) => {
  id = name;
  hide();
  address.searchParams.set("id", id);
  history.replaceState(null, "", address);
  const [evaluation, plot] = await Promise.all([get(path()), get(path(`/plot?width=${chart.width}`))]);
  showSummary(evaluation);
  find("#language").replaceChildren(h("option", { value: "*" }, _("All languages")),
    ...evaluation.languages.map((tag) => h("option", { value: tag }, languageName(tag))));
  chart.draw(plot);
  await filter();
});

// ---- the table

async function filter() {
  shown = [];
  await more();
}

async function more() {
  const own = new URLSearchParams({ order: find("#order").value, text: find("#search").value.trim(), offset: shown.length, limit: PAGE });
  if (find("#verdict").value) own.append("verdict", find("#verdict").value);
  for (const split of find("#group").value.split(",").filter(Boolean)) own.append("split", split);
  if (find("#language").value !== "*") own.append("language", find("#language").value);
  const asked = own.toString();
  const page = await get(path(`/questions?${asked}`));
  if (Number(own.get("offset")) !== shown.length) return; // another filter was chosen meanwhile
  shown = [...shown, ...page.questions];
  n_matching = page.n_matching;
  showTable();
}

function showTable() {
  const headings = [
    [_("Cosine"), "number"], [_("Base"), "number wide-only"], [_("Verdict")], [_("Question"), "question"],
    [_("Group"), "wide-only"], [_("Language"), "wide-only"],
  ];
  fillTable(find("#questions"), headings, shown.map(tableRow));
  if (!shown.length) find("#questions tbody").append(h("tr", {}, h("td", { colspan: 6, class: "quiet" }, _("No question matches."))));
  find("#more").hidden = shown.length >= n_matching;
  find("#shown").textContent = ngettext("1 question", "{n} questions", n_matching, { n: count(n_matching) });
}

function tableRow(row) {
  return h("tr", { "data-key": row.key, class: row.key === chosen ? "chosen" : null, onclick: () => show(row.key) },
    h("td", { class: "number" }, score(row.cosine)),
    h("td", { class: "number wide-only" }, score(row.base_cosine)),
    h("td", {}, verdictBadge(row.verdict)),
    h("td", { class: "question" }, h("button", { type: "button", class: "link" }, row.question)),
    h("td", { class: "quiet wide-only" }, GROUPS[row.group]),
    h("td", { class: "quiet wide-only" }, languageName(row.language)));
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
  const marked = (parts, differs, tag) => parts.map((part, at) => differs[at] && part.trim() ? h(tag, {}, part) : part);
  return { reference: marked(left, inLeft, "del"), answer: marked(right, inRight, "ins") };
}

// ---- one question

const show = attempt(async (key) => {
  if (chosen === null) opener = document.activeElement;
  chosen = key;
  markChosen();
  const about = await get(path(`/questions/${key}`));
  if (key !== chosen) return;
  showDetail(about);
  chart.choose(key);
  const near = await get(path(`/questions/${key}/nearest`)).catch((error) => ({ trouble: error.message }));
  if (key === chosen) showNearest(about, near);
});

function box(title, text, value, parts = null) {
  return h("section", {}, h("h3", {}, h("span", {}, title), value === undefined ? null : h("b", {}, score(value))),
    h("p", {}, parts ?? (text || _("(no answer)"))));
}

function showDetail(about) {
  const { question } = about;
  const found = about.answer ? differences(about.reference, about.answer) : null;
  const button = (text, run, kind = "") => h("button", { type: "button", class: `act ${kind}`, onclick: run }, text);
  const words = [
    about.facts === null ? _("no facts") : _("facts {n}%", { n: Math.round(about.facts * 100) }),
    about.polarity ? _("negation agrees") : _("negation differs"),
    `ROUGE-L ${score(about.rouge_l)}`,
    about.is_cut ? _("cut at the token limit") : "",
    `${languageName(question.language)} · ${GROUPS[question.group]}`,
  ];
  detail.replaceChildren(
    h("div", { class: "detail-head" }, h("h2", { id: "detail-title" }, question.question),
      h("div", { class: "buttons" },
        button(_("Previous"), () => step(-1)), button(_("Next"), () => step(1)), button(_("Close"), hide))),
    h("p", { class: "detail-facts" }, verdictBadge(question.verdict), words.filter(Boolean).map((each) => h("span", {}, each))),
    h("div", { class: "answers" },
      box(_("Reviewed answer"), about.reference, undefined, found?.reference),
      box(_("Tuned model"), about.answer, question.cosine, found?.answer),
      about.base_answer === null ? null : box(_("Base model"), about.base_answer, question.base_cosine),
      about.served_answer === null ? null : box(_("Tuned model with the serving line"), about.served_answer, about.served_cosine)),
    h("p", { class: "legend quiet" },
      found ? [h("del", {}, _("words only the reviewed answer has")), " ", h("ins", {}, _("words only this answer has"))] : null),
    h("p", { class: "quiet" }, `${_("System line")}: ${about.system}`),
    h("p", { class: "own" },
      h("a", { class: "id", href: `/examples/${encodeURIComponent(question.example_id)}` }, question.example_id), " ",
      h("span", { class: `status ${about.status}` }, STATUSES[about.status] ?? about.status), " ",
      returnButton(question.key, question.example_id, about.status, about.may_return),
      about.may_return ? null : h("span", { class: "quiet" }, _("Kept out of training, so nothing here was learnt."))),
    h("h3", {}, _("Nearest trained questions")),
    h("div", { id: "nearest", class: "answers", "aria-live": "polite" }, h("p", { class: "quiet" }, _("Looking…"))));
  detail.hidden = false;
  detail.scrollTop = 0;
  document.body.classList.add("has-detail");
  detail.focus({ preventScroll: true });
}

function showNearest(about, near) {
  const place = find("#nearest");
  if (near.trouble) place.replaceChildren(h("p", { class: "quiet" }, near.trouble));
  else if (!near.length) place.replaceChildren(h("p", { class: "quiet" }, _("There is no other trained question.")));
  else {
    place.replaceChildren(...near.map((each) => h("section", {},
      h("h3", {}, h("a", { class: "id", href: `/examples/${encodeURIComponent(each.example_id)}` }, each.example_id), h("b", {}, score(each.cosine))),
      h("p", { class: "asked" }, each.question), h("p", {}, each.answer),
      h("p", {}, h("span", { class: `status ${each.status}` }, STATUSES[each.status] ?? each.status), " ",
        returnButton(about.question.key, each.example_id, each.status, true)))));
  }
}

function returnButton(key, exampleId, status, isTrained) {
  if (!boot.may_return || !isTrained) return null;
  return h("button", { type: "button", class: "act", disabled: status !== "kept", "data-return": exampleId,
    onclick: attempt(() => sendBack(key, exampleId)) }, _("Send to review"));
}

async function sendBack(key, exampleId) {
  const done = await post(path(`/questions/${key}/return`), { example_ids: [exampleId] });
  let text = _("Nothing changed: it is not kept at the moment");
  if (done.queued.length) text = _("Back in the review queue");
  else if (done.known.length) text = _("It was sent back from this evaluation before");
  for (const button of findAll(`[data-return="${CSS.escape(exampleId)}"]`)) {
    button.disabled = true;
    button.textContent = text;
  }
}

function hide() {
  chosen = null;
  detail.hidden = true;
  document.body.classList.remove("has-detail");
  markChosen();
  chart.choose(-1);
  opener?.focus?.({ preventScroll: true });
  opener = null;
}

function step(by) {
  const at = shown.findIndex((row) => row.key === chosen);
  const next = shown[at + by];
  if (next) show(next.key);
}

function markChosen() {
  for (const row of findAll("#questions tr[data-key]")) row.classList.toggle("chosen", Number(row.dataset.key) === chosen);
}

// ---- start

async function start() {
  const evaluations = await get("/evaluations");
  find("#empty").hidden = evaluations.length > 0;
  find("#content").hidden = !evaluations.length;
  find("#evaluation").replaceChildren(...evaluations.map((each) =>
    h("option", { value: each.id }, `${each.dataset} · ${each.model} · ${each.id.split("-").at(-1)}`)));
  const asked = evaluations.find((each) => each.id === address.searchParams.get("id")) ?? evaluations[0];
  if (asked) {
    find("#evaluation").value = asked.id;
    await open(asked.id);
  }
  document.documentElement.dataset.ready = "yes";
}

find("#evaluation").addEventListener("change", (event) => open(event.target.value));
find("#filters").addEventListener("submit", (event) => event.preventDefault());
find("#more").addEventListener("click", attempt(more));
find("#search").addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(attempt(filter), SEARCH_MS);
});
for (const name of ["#verdict", "#group", "#language", "#order"]) find(name).addEventListener("change", attempt(filter));
document.addEventListener("keydown", (event) => {
  if (detail.hidden || event.target.closest?.("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") hide();
  else if (event.key === "ArrowRight") step(1);
  else if (event.key === "ArrowLeft") step(-1);
});
attempt(start)();
