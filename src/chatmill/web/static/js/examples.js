// The list of examples: what is chosen stands in the address, and one step decides about many.

import { get, post } from "./api.js";
import { boot } from "./boot.js";
import { openClusters, showClusters } from "./clusters.js";
import { find, findAll, h } from "./dom.js";
import { isWriting } from "./keys.js";
import { attempt, count, STATUSES, VERDICTS } from "./parts.js";
import { _, ngettext } from "./words.js";

const FILTERS = {
  status: _("Decision"), severity: _("Finding"), check: _("Check"), topic: _("Topic"), product: _("Product"),
  source: _("File"), reviewer: _("Reviewer"), score: _("Score"), cluster: _("Cluster"),
};
const SEVERITIES = { error: _("error"), warning: _("warning"), info: _("hint"), none: _("nothing found") };
const CLUSTERS = {
  exact: _("same words"), near: _("nearly the same words"), meaning: _("same meaning"),
  conflict: _("contradiction"), leak: _("in training and test"),
};
const VALUES = { status: STATUSES, severity: SEVERITIES, score: VERDICTS, cluster: CLUSTERS };
const COLUMNS = { answer: _("Answer"), flags: _("Findings"), topic: _("Topic"), reviewer: _("Reviewer") };
const COLUMNS_KEY = `columns:${boot.place}`;
const MOST_NAMED = 300; // an address has room for so many
const VIEWS = { list: _("List"), conflicts: _("Contradictions"), clusters: _("Duplicates") };

const address = () => new URL(location.href).searchParams;
const filters = () => new URLSearchParams([...address()].filter(([name, value]) => value && (name in FILTERS || name === "q")));
const chosen = new Set();
let isAllFound = false; // everything the filter finds, beyond what is shown
let nFound = 0;
let after = null;
let asking = 0; // which answer is the newest
let step = null; // what is asked about: {action, body}
let lastBatch = null;

const shownColumns = () => new Set(JSON.parse(localStorage.getItem(COLUMNS_KEY) ?? '["answer","flags","topic"]'));

function rowItem(row) {
  const flags = row.flags.map((flag) => h("li", {}, h("span", { class: `flag ${flag.severity}` }, SEVERITIES[flag.severity]), " ", flag.message));
  return h("li", { class: "one", "data-id": row.id },
    boot.may_decide ? h("input", { type: "checkbox", "aria-label": _("Choose: {question}", { question: row.question.slice(0, 80) }), onchange: () => choose(row.id) }) : null,
    h("div", { class: "texts" },
      h("a", { class: "asks", href: `/examples/${encodeURIComponent(row.id)}` }, row.question),
      h("p", { class: "answer" }, row.answer, row.n_turns > 1 ? h("span", { class: "quiet" }, ` · ${ngettext("1 turn", "{n} turns", row.n_turns)}`) : null),
      flags.length ? h("ul", { class: "flags" }, flags) : null),
    h("div", { class: "about" },
      h("span", { class: `status ${row.status}` }, STATUSES[row.status]),
      h("span", { class: "topic quiet" }, row.topic),
      h("span", { class: "reviewer-name quiet" }, row.reviewer)));
}

/** The files hold what is chosen, else all that is found. */
function linkFiles() {
  const isNamed = chosen.size > 0 && !isAllFound;
  find(".files").hidden = isNamed && chosen.size > MOST_NAMED;
  const asked = isNamed ? new URLSearchParams([...chosen].map((id) => ["ids", id])) : filters();
  for (const form of ["xlsx", "txt", "jsonl"]) find(`#file-${form}`).href = `/api/v1/export?form=${form}&${asked}`;
}

function choose(id) {
  if (chosen.has(id)) chosen.delete(id);
  else chosen.add(id);
  isAllFound = false;
  showChosen();
}

function showChosen() {
  const n = isAllFound ? nFound : chosen.size;
  for (const item of findAll("#rows .one")) {
    const isIn = isAllFound || chosen.has(item.dataset.id);
    item.classList.toggle("chosen", isIn);
    const box = find("input", item);
    if (box) box.checked = isIn;
  }
  const shown = findAll("#rows .one").length;
  find("#all-shown").checked = shown > 0 && (isAllFound || chosen.size >= shown);
  find("#chosen").textContent = n ? ngettext("1 chosen", "{shown} chosen", n, { shown: count(n) }) : "";
  find("#doing").hidden = n === 0;
  linkFiles();
  find("#doing-words").textContent = find("#chosen").textContent;
}

async function load(from = 0) {
  const mine = ++asking;
  const asked = filters();
  if (from) asked.set("after", from);
  const reply = await get(`/examples?${asked}`);
  if (mine !== asking) return;
  if (!from) find("#rows").replaceChildren();
  find("#rows").append(...reply.rows.map(rowItem));
  after = reply.after;
  const isEmpty = find("#rows").childElementCount === 0;
  find("#more").hidden = after === null;
  find("#more").textContent = reply.is_cut ? _("Search further") : _("Show more");
  find("#nothing").hidden = !isEmpty || after !== null;
  showChosen();
  document.documentElement.dataset.ready = "yes";
}

const loadAnew = attempt(async () => {
  chosen.clear();
  isAllFound = false;
  await load();
});

function change(name, value) {
  const url = new URL(location.href);
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
  history.pushState(null, "", url);
  open();
}

const showFacets = attempt(async () => {
  const facets = await get("/facets");
  find("#choices").replaceChildren(...Object.entries(FILTERS).filter(([name]) => facets[name]?.length).map(([name, title]) => {
    const options = facets[name].map((each) => h("option", { value: each.value }, `${VALUES[name]?.[each.shown] ?? each.shown} (${count(each.n_examples)})`));
    const select = h("select", { name, onchange: (event) => change(name, event.target.value) }, h("option", { value: "" }, _("all")), options);
    return h("label", {}, title, select);
  }));
  showFilters();
});

function showFilters() {
  const asked = address();
  for (const select of findAll("#choices select")) {
    const value = asked.get(select.name) ?? "";
    if (value && ![...select.options].some((each) => each.value === value)) select.append(h("option", { value }, value));
    select.value = value;
    select.classList.toggle("set", value !== "");
  }
  const words = find("#filters [name=q]");
  if (document.activeElement !== words) words.value = asked.get("q") ?? "";
}

function ask(action, body, n) {
  const words = {
    keep: () => ngettext("Keep 1 example?", "Keep {shown} examples?", n, { shown: count(n) }),
    reject: () => ngettext("Reject 1 example?", "Reject {shown} examples?", n, { shown: count(n) }),
    undo: () => ngettext("Take back the newest decision about 1 example?", "Take back the newest decision about {shown} examples?", n, { shown: count(n) }),
  };
  step = { action, body: { ...body, expected: n, id: crypto.randomUUID() } };
  find("#sure-words").textContent = words[action]();
  find("#why").hidden = action !== "reject";
  find("#yes").textContent = { keep: _("Keep"), reject: _("Reject"), undo: _("Take back") }[action];
  find("#yes").className = `act ${action === "reject" ? "bad" : "good"}`;
  find("#sure").showModal();
  find("#yes").focus();
}

const askAbout = (action) => () => {
  if (isAllFound) ask(action, { filter: Object.fromEntries(filters()) }, nFound);
  else ask(action, { example_ids: [...chosen] }, chosen.size);
};

/** Offer to take a step back. */
function offerUndo(done) {
  lastBatch = done.batch;
  const values = { shown: count(done.n_decided), left: count(done.n_left) };
  const what = {
    keep: ngettext("1 example decided", "{shown} examples decided", done.n_decided, values),
    reject: ngettext("1 example rejected", "{shown} examples rejected", done.n_decided, values),
    undo: ngettext("1 decision taken back", "{shown} decisions taken back", done.n_decided, values),
  }[done.action];
  find("#done-words").textContent = done.n_left ? _("{what}; {left} stay as they were", { what, left: values.left }) : what;
  find("#undo").hidden = done.n_decided === 0;
  find("#done").hidden = false;
}

async function refreshAll() {
  await showFacets();
  await open();
}

find("#yes").addEventListener("click", attempt(async () => {
  const { action, body } = step;
  find("#sure").close();
  offerUndo(await post("/bulk", { ...body, action, reason: action === "reject" ? find("#reason").value : "" }));
  await refreshAll();
}));
find("#no").addEventListener("click", () => find("#sure").close());
find("#keep").addEventListener("click", askAbout("keep"));
find("#reject").addEventListener("click", askAbout("reject"));
find("#restore").addEventListener("click", askAbout("undo"));
find("#undo").addEventListener("click", attempt(async () => {
  const back = await post("/bulk/undo", { id: crypto.randomUUID(), batch: lastBatch });
  find("#done").hidden = true;
  find("#chosen").textContent = "";
  if (back.n_decided) offerUndo(back);
  await refreshAll();
}));

find("#all-shown").addEventListener("change", (event) => {
  isAllFound = false;
  chosen.clear();
  if (event.target.checked) for (const item of findAll("#rows .one")) chosen.add(item.dataset.id);
  showChosen();
});
find("#all-found").addEventListener("click", attempt(async () => {
  nFound = (await get(`/examples-count?${filters()}`)).n_examples;
  isAllFound = nFound > 0;
  showChosen();
}));
find("#more").addEventListener("click", attempt(() => load(after)));

let typing = 0;
find("#filters").addEventListener("submit", (event) => event.preventDefault());
find("#filters [name=q]").addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(() => change("q", event.target.value.trim()), 250);
});

function applyColumns() {
  const shown = shownColumns();
  for (const name of Object.keys(COLUMNS)) find("#rows").classList.toggle(`no-${name}`, !shown.has(name));
}

find("#columns").append(...Object.entries(COLUMNS).map(([name, title]) => h("label", { class: "tick" },
  h("input", { type: "checkbox", checked: shownColumns().has(name), onchange: (event) => {
    const shown = shownColumns();
    if (event.target.checked) shown.add(name);
    else shown.delete(name);
    localStorage.setItem(COLUMNS_KEY, JSON.stringify([...shown]));
    applyColumns();
  } }), ` ${title}`)));

function move(by) {
  const items = findAll("#list-part:not([hidden]) .one .asks, #clusters-part:not([hidden]) .cluster .act.good");
  const at = items.findIndex((each) => each === document.activeElement);
  items[Math.min(Math.max(at + by, 0), items.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || find("#sure").open) return;
  if (event.target instanceof Element && event.target.matches("input[type=checkbox]") ? false : isWriting(event)) return;
  const acts = {
    Slash: () => find("#filters [name=q]").focus(), KeyJ: () => move(1), KeyK: () => move(-1),
    KeyX: () => { const item = document.activeElement.closest(".one"); if (item && boot.may_decide) choose(item.dataset.id); },
  };
  if (!(event.code in acts)) return;
  event.preventDefault();
  acts[event.code]();
});

async function open() {
  const view = address().get("view") ?? "list";
  for (const tab of findAll("#views .tab")) tab.setAttribute("aria-pressed", String(tab.dataset.view === view));
  find("#list-part").hidden = view !== "list";
  find("#clusters-part").hidden = view === "list";
  showFilters();
  if (view === "list") await loadAnew();
  else {
    find("#doing").hidden = true;
    await showClusters(view);
  }
}

find("#views").append(...Object.entries(VIEWS).map(([view, title]) =>
  h("button", { type: "button", class: "tab", "data-view": view, onclick: () => change("view", view === "list" ? "" : view) }, title)));
find("#reason").append(h("option", { value: "" }, "–"), ...boot.reasons.map((each) => h("option", { value: each.value }, each.shown)));
for (const selector of [".bar .tick", "#all-found"]) find(selector).hidden = !boot.may_decide;
addEventListener("popstate", open);
openClusters(offerUndo);
applyColumns();
await showFacets();
await open();
