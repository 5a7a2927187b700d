// Examples that contradict each other or say the same, side by side: one click keeps one of them.

import { get, post } from "./api.js";
import { boot } from "./boot.js";
import { find, h } from "./dom.js";
import { attempt, count, STATUSES } from "./parts.js";
import { _, ngettext } from "./words.js";

const ABOUT = {
  conflicts: _("Answers to the same question that contradict each other. Keep the one that is right."),
  clusters: _("Questions asked twice. Keeping one rejects the others as duplicates."),
};
let view = "conflicts";
let after = null;
let onDone = null;

const settle = attempt(async (cluster, kept, article) => {
  const others = cluster.rows.filter((row) => row.id !== kept.id).map((row) => row.id);
  const reason = view === "clusters" ? "duplicate" : "wrong or outdated";
  const done = await post("/clusters/keep", { id: crypto.randomUUID(), keep: kept.id, reject: others, reason });
  const next = article.nextElementSibling ?? article.previousElementSibling;
  article.remove();
  find("#settled").hidden = find("#clusters").childElementCount > 0 || after !== null;
  onDone(done);
  (find(".act.good", next ?? document.createElement("p")) ?? find("#undo")).focus();
});

function member(cluster, row, article) {
  const isSuggested = row.id === cluster.keeper;
  return h("section", { class: `member${isSuggested ? " suggested" : ""}` },
    h("p", {}, h("span", { class: `status ${row.status}` }, STATUSES[row.status]), isSuggested ? h("span", { class: "quiet" }, ` ${_("suggested")}`) : null),
    h("p", { class: "asks" }, row.question),
    h("p", { class: "answer" }, row.answer),
    h("div", { class: "acts" },
      boot.may_decide ? h("button", { type: "button", class: `act${isSuggested ? " good" : ""}`, onclick: () => settle(cluster, row, article) }, _("Keep this, reject the others")) : null,
      h("a", { href: `/examples/${encodeURIComponent(row.id)}` }, _("Open in review"))));
}

function clusterArticle(cluster) {
  const article = h("article", { class: "card cluster" });
  const more = cluster.n_members - cluster.rows.length;
  article.append(
    h("div", { class: "members" }, cluster.rows.map((row) => member(cluster, row, article))),
    h("p", { class: "quiet" }, more > 0 ? ngettext("1 more after these", "{shown} more after these", more, { shown: count(more) }) : ""));
  return article;
}

async function load(from) {
  const reply = await get(`/${view}?after=${from}`);
  find("#clusters").append(...reply.clusters.map(clusterArticle));
  after = reply.after;
  find("#more-clusters").hidden = after === null;
  find("#settled").hidden = find("#clusters").childElementCount > 0;
  document.documentElement.dataset.ready = "yes";
}

/** Show what is not settled: `conflicts` or `clusters`. */
export const showClusters = attempt(async (which) => {
  view = which in ABOUT ? which : "conflicts";
  find("#clusters-about").textContent = ABOUT[view];
  find("#clusters").replaceChildren();
  await load(-1);
});

/** Get ready; `done` hears of every step. */
export function openClusters(done) {
  onDone = done;
  find("#more-clusters").addEventListener("click", attempt(() => load(after)));
}
