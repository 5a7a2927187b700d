// Fine-tuning jobs: what was asked for, how the loss goes, and the model card.

import { get } from "./api.js";
import { Chart } from "./chart.js";
import { find, h } from "./dom.js";
import { followWork } from "./live.js";
import { attempt, count, facts, fillTable, markdown } from "./parts.js";
import { _ } from "./words.js";

const PAGE = 50;
const REDRAW_MS = 1500;
const STATES = {
  validating_files: _("files are being checked"),
  queued: _("waiting"),
  running: _("running"),
  paused: _("paused"),
  succeeded: _("succeeded"),
  failed: _("failed"),
  cancelled: _("cancelled"),
};
const address = new URL(location.href);
const chart = new Chart(find("#loss-chart"));

let jobs = [];
let chosen = null;
let stamps = "";
let timer = 0;

const decimals = (value) => (value === null ? "–" : value.toFixed(3));
const orAuto = (value) => (value === "auto" ? _("chosen by the server") : value);

function showJobs() {
  const headings = [[_("Job")], [_("Dataset")], [_("Base model")], [_("Tuned at")], [_("Epochs"), "number"], [_("State")]];
  fillTable(find("#jobs"), headings, jobs.map((each) => [
    h("button", { type: "button", class: "link", "aria-current": each.id === chosen ? "true" : null, onclick: () => open(each.id) }, each.id),
    h("a", { href: `/datasets?version=${encodeURIComponent(each.dataset)}` }, each.dataset),
    each.base_model, each.provider, String(orAuto(each.n_epochs)),
    h("span", { class: `flag ${each.status}` }, STATES[each.status] ?? each.status),
  ]));
}

async function loadJobs(offset) {
  const found = await get(`/jobs?offset=${offset}&limit=${PAGE}`);
  jobs = [...jobs.slice(0, offset), ...found];
  find("#more-jobs").hidden = found.length < PAGE;
  find("#empty").hidden = jobs.length > 0;
  find("#content").hidden = !jobs.length;
  showJobs();
}

const open = attempt(async (id) => {
  chosen = id;
  address.searchParams.set("id", id);
  history.replaceState(null, "", address);
  showJobs();
  await showJob();
});

async function showJob() {
  const id = chosen;
  const path = `/jobs/${encodeURIComponent(id)}`;
  const about = await get(path);
  if (id !== chosen) return;
  const { job } = about;
  find("#job-title").textContent = job.fine_tuned_model ?? job.id;
  const last = about.losses.at(-1);
  find("#job-state").textContent = [
    STATES[job.status] ?? job.status,
    last ? _("step {step} of {total}", { step: count(last.step), total: about.total_steps === null ? "?" : count(about.total_steps) }) : "",
    job.error ?? "",
  ].filter(Boolean).join(" · ");
  find("#facts").replaceChildren(h("h3", {}, _("Facts")), facts([
    [_("Job"), job.id],
    [_("Model"), job.fine_tuned_model],
    [_("Base model"), job.base_model],
    [_("Dataset"), job.dataset],
    [_("Tuned at"), job.provider],
    [_("Epochs"), orAuto(job.n_epochs)],
    [_("Batch size"), orAuto(job.batch_size)],
    [_("Learning rate multiplier"), orAuto(job.learning_rate_multiplier)],
    [_("Trained tokens"), job.trained_tokens === null ? null : count(job.trained_tokens)],
    [_("Adapter SHA-256"), job.adapter_sha256],
  ]));
  find("#card").hidden = !about.card;
  find("#card").replaceChildren(...markdown(about.card));
  find("#messages-part").hidden = !about.messages.length;
  find("#messages").replaceChildren(...about.messages.map((text) => h("li", {}, text)));
  find("#no-curve").hidden = about.n_losses > 0;
  find("#losses-part").hidden = !about.n_losses;
  find("#loss-chart").hidden = !about.n_losses;
  fillTable(find("#losses"), [[_("Step"), "number"], [_("Training loss"), "number"], [_("Validation loss"), "number"]],
    about.losses.map((each) => [count(each.step), decimals(each.train_loss), decimals(each.valid_loss)]));
  if (about.n_losses) chart.draw(await get(`${path}/plot?width=${chart.width}`));
}

/** Draw the chosen job anew when it reported something, but not at every step. */
function onWork(work) {
  const now = JSON.stringify(work.jobs);
  if (now === stamps) return;
  const isFirst = stamps === "";
  stamps = now;
  if (isFirst || timer) return;
  timer = setTimeout(attempt(async () => {
    timer = 0;
    await loadJobs(0);
    if (chosen === null && jobs.length) await open(jobs[0].id);
    else if (chosen !== null) await showJob();
  }), REDRAW_MS);
}

async function start() {
  await loadJobs(0);
  const asked = address.searchParams.get("id");
  const first = jobs.find((each) => each.id === asked) ?? jobs[0];
  if (first) await open(first.id);
  document.documentElement.dataset.ready = "yes";
}

find("#more-jobs").addEventListener("click", attempt(() => loadJobs(jobs.length)));
attempt(start)().then(() => followWork(onWork));
