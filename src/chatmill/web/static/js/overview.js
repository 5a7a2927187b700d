// The overview: where the project stands, what runs, and stages started from here.

import { get, post } from "./api.js";
import { boot } from "./boot.js";
import { Chart } from "./chart.js";
import { find, findAll, h } from "./dom.js";
import { followWork } from "./live.js";
import { attempt, count, fillTable, moment, score } from "./parts.js";
import { _, ngettext } from "./words.js";

const STEPS = {
  files: _("files imported"),
  conversations: _("conversations"),
  messages: _("messages"),
  examples: _("examples lifted out"),
  clean: _("without an error"),
  decided: _("decided"),
  kept: _("kept"),
  built: _("in the newest dataset"),
};
const BARS = new Set(["examples", "clean", "decided", "kept", "built"]);
const STAGES = {
  import: _("Import"),
  extract: _("Extract"),
  check: _("Check"),
  triage: _("Triage"),
  build: _("Build"),
  train: _("Train"),
  evaluate: _("Evaluate"),
  improve: _("Improve"),
  run: _("Whole loop"),
  forget: _("Forget"),
};
const ABOUT = {
  extract: _("Lifts questions and answers out of the chats."),
  check: _("Looks for unsupported and odd examples."),
  triage: _("Learns from the decisions made so far and puts the queue in order; decides nothing."),
  build: _("Writes a dataset version from what was kept."),
  train: _("Fine-tunes a model; the job goes on when this is cancelled."),
  evaluate: _("Asks the tuned model every question and scores its answers."),
  improve: _("Sends what was not followed back to review."),
  run: _("Does every stage that has something to do, and stops at review."),
};
const NEXT = {
  import: _("nothing was imported yet"),
  extract: _("no question was lifted out yet"),
  review: _("examples wait for a decision"),
  build: _("what was kept is not a dataset yet"),
  train: _("nothing was trained on the newest dataset yet"),
  evaluate: _("the newest model was not asked yet"),
  improve: _("send what was not followed back to review"),
};
const RUN_STATES = {
  running: _("running"),
  done: _("done"),
  failed: _("refused or failed"),
  cancelled: _("cancelled"),
  lost: _("ended while nobody looked"),
};
const stageName = (stage) => STAGES[stage] ?? stage;

// ---- where the project stands

function showFunnel(steps) {
  const whole = steps.find((step) => step.name === "examples").n || 1;
  find("#funnel").replaceChildren(...steps.map((step) => {
    const bar = h("i", { class: "bar", "aria-hidden": "true" });
    if (BARS.has(step.name)) bar.style.width = `${Math.min(100, (100 * step.n) / whole)}%`;
    else bar.hidden = true;
    const isKept = step.name === "kept";
    const left = step.n_left_out
      ? h("span", { class: "quiet" }, isKept
        ? _("{n} rejected", { n: count(step.n_left_out) })
        : _("{n} left out, with reasons", { n: count(step.n_left_out) }))
      : null;
    return h("li", {}, h("b", {}, count(step.n)), h("span", {}, STEPS[step.name]), left, h("span", { class: "track" }, bar));
  }));
}

function showWaiting(overview) {
  const { waiting, places } = overview;
  const rows = [
    [_("with an error"), waiting.n_error, "/examples?status=pending&finding=error"],
    [_("with a warning"), waiting.n_warning, "/examples?status=pending&finding=warning"],
    [_("sent back by an evaluation"), waiting.n_returned, null],
    [_("the rest"), waiting.n_plain, "/examples?status=pending"],
  ].filter(([, n]) => n);
  const others = [
    [_("model calls without an answer"), waiting.n_failed_calls],
    [_("fine-tuning jobs under way"), waiting.n_open_jobs],
  ].filter(([, n]) => n);
  const list = (pairs) => h("dl", { class: "counts" }, pairs.map(([name, n]) => [h("dt", {}, name), h("dd", {}, count(n))]));
  find("#waiting").replaceChildren(
    h("p", {}, waiting.n_pending
      ? ngettext("1 example waits for a decision", "{n} examples wait for a decision", waiting.n_pending, { n: count(waiting.n_pending) })
      : _("No example waits for a decision.")),
    ...(rows.length ? [list(rows)] : []),
    ...(waiting.n_pending ? [h("p", {}, h("a", { class: "act", href: "/" }, _("Review")))] : []),
    ...(others.length ? [h("h3", {}, _("Besides")), list(others)] : []),
    ...(places.length ? [h("h3", {}, _("Where most wait")), list(places.map((each) => [each.title, each.n_pending]))] : []),
  );
}

function showTopics(overview) {
  const table = find("#topics");
  if (!overview.topics.length) {
    find("#topics-hint").textContent = _("No topics yet: they come with chatmill check, from 8 examples on.");
    table.replaceChildren();
    return;
  }
  const headings = [
    [_("Topic")], [_("Examples"), "number"], [_("Kept"), "number"], [_("To decide"), "number"],
    [_("Not followed"), "number"], [""],
  ];
  fillTable(table, headings, overview.topics.map((each) => [
    each.name, count(each.n_examples), count(each.n_kept), count(each.n_pending), count(each.n_not_followed),
    each.is_thin ? h("span", { class: "flag warning" }, _("gap")) : "",
  ]));
}

let roundsChart = null;

async function showRounds(rounds) {
  const table = find("#rounds");
  if (!rounds.length) {
    table.replaceChildren(h("caption", { class: "quiet" }, _("No round was evaluated yet: chatmill evaluate")));
    return;
  }
  const headings = [
    [_("Dataset")], [_("Model"), "long"], [_("Questions"), "number"], [_("Base"), "number"], [_("Trained"), "number"],
    [_("With the serving line"), "number"], [_("In other words"), "number"], [_("Unseen"), "number"],
    [_("Not followed"), "number"],
  ];
  fillTable(table, headings, [...rounds].reverse().map((each) => [
    h("a", { href: `/evaluations?id=${encodeURIComponent(each.id)}` }, each.dataset), each.model, count(each.n_questions),
    score(each.trained_base), score(each.trained), score(each.trained_served), score(each.held_out),
    score(each.unseen), count(each.n_not_followed),
  ]));
  if (rounds.length < 2) return;
  roundsChart ??= new Chart(find("#rounds-chart"), (key) => {
    if (rounds[key]) location.href = `/evaluations?id=${encodeURIComponent(rounds[key].id)}`;
  });
  roundsChart.draw(await get(`/overview/rounds/plot?width=${roundsChart.width}`));
}

async function load() {
  const overview = await get("/overview");
  find("#next").replaceChildren(_("Next:"), " ", h("code", {}, overview.next_command), ` · ${NEXT[overview.next_command.split(" ")[1]] ?? overview.next_reason}`);
  find("#notes").hidden = !overview.notes.length;
  find("#notes").replaceChildren(...overview.notes.map((note) => h("li", {}, note)));
  showFunnel(overview.funnel);
  showWaiting(overview);
  showTopics(overview);
  await showRounds(overview.rounds);
  document.documentElement.dataset.ready = "yes";
}

// ---- what runs

let wasRunning = "";
let shownRun = null;
let offset = 0;
let hasOutput = false;
let isReading = false;

function showNotice(notice, runs) {
  const own = runs.find((run) => run.id === notice.run_id);
  const bar = notice.total
    ? h("progress", { max: notice.total, value: notice.done, "aria-label": stageName(notice.stage) })
    : h("progress", { "aria-label": stageName(notice.stage) });
  return h("div", { class: "card running" },
    h("p", {}, h("b", {}, stageName(notice.stage)), " ", h("span", { class: "quiet" }, notice.what)),
    bar,
    h("p", { class: "quiet" }, [
      notice.total ? _("{done} of {total}", { done: count(notice.done), total: count(notice.total) }) : "",
      own ? _("started by {who}", { who: own.started_by }) : _("started on a command line"),
      moment(notice.started_at),
    ].filter(Boolean).join(" · ")),
    own && boot.is_admin ? cancelButton(own) : null);
}

const cancelButton = (run) =>
  h("button", { type: "button", class: "act bad", onclick: attempt(() => post(`/stages/runs/${run.id}/cancel`, {})) }, _("Cancel"));

function showRun(run) {
  const isOpen = run.id === shownRun;
  const options = run.arguments.slice(1).filter((each) => each !== "--json").join(" ");
  return h("li", {},
    h("b", {}, stageName(run.stage)), h("code", {}, options),
    h("span", { class: `flag ${run.state}` }, RUN_STATES[run.state]),
    h("span", { class: "quiet" }, `${run.started_by} · ${moment(run.started_at)}`),
    h("button", { type: "button", class: "act quiet", "aria-expanded": String(isOpen), onclick: () => openLog(isOpen ? null : run.id) },
      isOpen ? _("Hide log") : _("Show log")));
}

function openLog(runId) {
  shownRun = runId;
  offset = 0;
  hasOutput = false;
  find("#log").hidden = runId === null;
  find("#log-text").textContent = "";
  readLog();
}

const readLog = attempt(async () => {
  if (shownRun === null || isReading) return;
  isReading = true;
  const runId = shownRun;
  try {
    const part = await get(`/stages/runs/${runId}/log?offset=${offset}`);
    if (runId === shownRun) showLog(part);
  } finally {
    isReading = false;
  }
  if (runId !== shownRun) readLog();
});

function showLog(part) {
  const text = find("#log-text");
  const isAtEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 8;
  find("#log-title").textContent = `${stageName(part.run.stage)} · ${RUN_STATES[part.run.state]}`;
  text.append(part.text);
  offset = part.next_offset;
  if (part.run.state !== "running" && part.output && !hasOutput) {
    hasOutput = true;
    text.append(part.output);
  }
  if (isAtEnd) text.scrollTop = text.scrollHeight;
}

function showWork(work) {
  const running = find("#running");
  running.replaceChildren(...(work.notices.length
    ? work.notices.map((notice) => showNotice(notice, work.runs))
    : [h("p", { class: "quiet" }, _("Nothing runs at the moment."))]));
  const now = JSON.stringify([work.notices.map((each) => each.started_at), work.runs.map((each) => each.state)]);
  if (wasRunning && now !== wasRunning) attempt(load)();
  wasRunning = now;
  if (!boot.is_admin) return;
  find("#start-button").disabled = work.runs.some((run) => run.state === "running");
  find("#runs").replaceChildren(...work.runs.map(showRun));
  readLog();
}

// ---- starting a stage

function showOptions(menu) {
  const chosen = menu.stages.find((each) => each.name === find("#stage").value);
  for (const label of findAll("#start [data-option]")) label.hidden = !chosen.options.includes(label.dataset.option);
  find("#stage-about").textContent = ABOUT[chosen.name] ?? "";
}

async function prepareStart() {
  const menu = await get("/stages");
  const option = (value, text = value) => h("option", { value }, text);
  find("#stage").replaceChildren(...menu.stages.map((each) => option(each.name, stageName(each.name))));
  find("#start [name=dataset]").replaceChildren(option("", _("newest")), ...menu.datasets.map((each) => option(each)));
  find("#start [name=evaluation]").replaceChildren(option("", _("newest")), ...menu.evaluations.map((each) => option(each)));
  find("#start [name=extractor]").replaceChildren(option("", _("as in the settings")), option("rules"), option("llm"));
  find("#stage").addEventListener("change", () => showOptions(menu));
  showOptions(menu);
}

async function start() {
  const form = find("#start");
  const body = { stage: form.stage.value };
  for (const label of findAll("[data-option]", form)) {
    const name = label.dataset.option;
    const field = form.elements[name];
    if (label.hidden) continue;
    if (field.type === "checkbox") body[name] = field.checked;
    else if (field.value) body[name] = field.type === "number" ? Number(field.value) : field.value;
  }
  const run = await post("/stages/runs", body);
  openLog(run.id);
}

attempt(load)();
followWork(showWork);
if (boot.is_admin) {
  attempt(prepareStart)();
  find("#start").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(start)();
  });
}
