// Triage: its offer with a sample before it, its steps back, and how often it was right.

import { get, post } from "./api.js";
import { boot } from "./boot.js";
import { find, h } from "./dom.js";
import { followWork } from "./live.js";
import { attempt, count, fillTable } from "./parts.js";
import { _, ngettext } from "./words.js";

const percents = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 1 });
const percent = (share) => percents.format(share);
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
const SAMPLE = 10;

let state = null;
let hasSeenSample = false;
let keeping = null; // the id of the step, the same when it is sent again

function refusal() {
  const { figures, offer } = state;
  const missing = figures ? {
    kept: count(Math.max(0, figures.n_needed - figures.n_kept)),
    other: count(Math.max(0, figures.n_needed - figures.n_edited - figures.n_rejected)),
  } : {};
  return {
    untrained: _("It has not learnt yet."),
    waiting: _("Too few decisions to learn from: {kept} more kept and {other} more rejected or edited are needed.", missing),
    guessing: _("It cannot tell yet what you keep from what you do not, so it says nothing."),
    unproven: _("It keeps nothing by itself: too few decisions prove that it would be right {claim} of the time.", { claim: percent(offer.claim) }),
    refuted: _("It keeps nothing by itself: it had been sure of {said} examples, and people kept only {right} of them.", { said: count(offer.n_said_since), right: count(offer.n_right_since) }),
    nothing: _("Nothing that waits is that sure."),
  }[offer.refusal];
}

function showOffer() {
  const { figures, offer } = state;
  const isOffered = offer.n_sure > 0;
  const values = { claim: percent(offer.claim), sure: count(offer.n_sure) };
  find("#offer").textContent = isOffered
    ? ngettext("1 example it is at least {claim} sure you would keep", "{sure} examples it is at least {claim} sure you would keep", offer.n_sure, values)
    : refusal();
  find("#proof").textContent = figures?.n_proving
    ? _("Of {n} decisions it had not seen and was that sure of, people kept {kept} as they were; {needed} without a miss are needed.", {
        n: count(figures.n_proving), kept: count(figures.n_proving_kept), needed: count(figures.n_proof_needed),
      })
    : "";
  find("#sample").hidden = !isOffered;
  const keep = find("#keep");
  keep.hidden = !isOffered || !boot.is_admin;
  keep.disabled = !hasSeenSample;
  keep.textContent = ngettext("Keep it", "Keep these {sure}", offer.n_sure, values);
  keep.title = hasSeenSample ? "" : _("Look at some first");
  if (!isOffered) find("#pairs").hidden = true;
}

const pairItem = (pair) =>
  h("li", {}, pair.turns.map(([question, answer]) => [
    h("p", { class: "asks" }, question), h("p", {}, answer),
  ]), h("a", { href: `/examples/${encodeURIComponent(pair.id)}` }, _("Open in review")));

function fillPairs(selector, pairs) {
  const list = find(selector);
  list.replaceChildren(...pairs.map(pairItem));
  list.hidden = !pairs.length;
}

function showSteps() {
  find("#own-part").hidden = !state.n_own;
  find("#own").textContent = _("{n} in all. People looked at {seen} of them: {confirmed} stayed as they were, {changed} did not.", {
    n: count(state.n_own),
    seen: count(state.n_own_confirmed + state.n_own_changed),
    confirmed: count(state.n_own_confirmed),
    changed: count(state.n_own_changed),
  });
  find("#audit").hidden = !state.n_own_unseen;
  if (!state.n_own_unseen) find("#audited").hidden = true;
  find("#steps").replaceChildren(...state.steps.map((step) => h("li", {},
    h("span", {}, ngettext("1 example, {when}", "{kept} examples, {when}", step.n_kept, { kept: count(step.n_kept), when: clock.format(new Date(step.decided_at)) })),
    h("span", { class: "quiet" }, step.n_holding === step.n_kept ? "" : ngettext("1 as it left it", "{left} as it left them", step.n_holding, { left: count(step.n_holding) })),
    boot.is_admin && step.n_holding ? h("button", { type: "button", class: "act", onclick: () => undo(step) }, _("Undo all at once")) : null,
  )));
}

function showHistory() {
  const rows = [...state.history].reverse().map((each) => [
    `${percent(each.sure_from)} – ${percent(each.sure_to)}`, count(each.n_said),
    `${count(each.n_right)} (${percent(each.n_right / each.n_said)})`,
  ]);
  fillTable(find("#history"), [[_("It was sure")], [_("Decisions"), "number"], [_("It was right"), "number"]], rows);
  find("#history").hidden = !rows.length;
  find("#no-history").hidden = rows.length > 0;
  find("#flattered").textContent = state.is_shown
    ? _("Reviewers see what it expects before they decide, which flatters these figures.") : "";
}

function showLearnt() {
  const { figures } = state;
  find("#learnt-part").hidden = !figures;
  if (!figures) return;
  find("#learnt").textContent = _("{kept} kept, {edited} edited and {rejected} rejected examples.", {
    kept: count(figures.n_kept), edited: count(figures.n_edited), rejected: count(figures.n_rejected),
  });
  const rows = figures.reliability.map(([said, was, n]) => [percent(said), percent(was), count(n)]);
  fillTable(find("#reliability"), [[_("It said: kept"), "number"], [_("They were kept"), "number"], [_("Decisions"), "number"]], rows);
  find("#reliability").hidden = !rows.length;
}

const show = attempt(async () => {
  const found = await get("/triage");
  if (!state || found.model !== state.model || found.offer.n_sure !== state.offer.n_sure) {
    hasSeenSample = false; // another offer: look at it anew
    find("#pairs").hidden = true;
    keeping = null;
  }
  state = found;
  showOffer();
  showSteps();
  showHistory();
  showLearnt();
});

const undo = attempt(async (step) => {
  await post("/triage/undo", { id: crypto.randomUUID(), batch: step.batch });
  await show();
});

find("#sample").addEventListener("click", attempt(async () => {
  fillPairs("#pairs", await get(`/triage/sample?limit=${SAMPLE}`));
  hasSeenSample = true;
  showOffer();
}));

find("#keep").addEventListener("click", attempt(async () => {
  keeping ??= crypto.randomUUID();
  find("#keep").disabled = true;
  try {
    await post("/triage/keep", { id: keeping, n_expected: state.offer.n_sure, model: state.model });
  } finally {
    await show();
  }
}));

find("#audit").addEventListener("click", attempt(async () => {
  fillPairs("#audited", await get(`/triage/kept?limit=${SAMPLE}`));
}));

find("#learn")?.addEventListener("click", attempt(async () => {
  find("#learn").disabled = true;
  try {
    await post("/stages/runs", { stage: "triage" });
  } catch (error) {
    find("#learn").disabled = false;
    throw error;
  }
}));

let wasRunning = false;
followWork((work) => {
  const isRunning = work.notices.some((each) => each.stage === "triage");
  const learn = find("#learn");
  if (learn) {
    learn.disabled = isRunning;
    learn.textContent = isRunning ? _("Learning …") : _("Learn anew");
  }
  if (wasRunning && !isRunning) show();
  wasRunning = isRunning;
});

await show();
document.documentElement.dataset.ready = "yes";
