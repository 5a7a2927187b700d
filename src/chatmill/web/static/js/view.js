// Draws one example: the pair as a chat, the source beside it, what was found at the very words.

import { _, ngettext, pgettext } from "./words.js";
import { boot } from "./boot.js";
import { h } from "./dom.js";

const SIGN = { error: "!", warning: "?", info: "i" };

const SIDES = { question: _("Question"), answer: _("Answer") };
const STATUS = { pending: _("To decide"), kept: pgettext("status", "Kept"), rejected: pgettext("status", "Rejected") };
const SEVERITY = { error: _("error"), warning: _("warning"), info: _("note") };
const COUNT = {
  error: (n) => ngettext("1 error", "{n} errors", n),
  warning: (n) => ngettext("1 warning", "{n} warnings", n),
};
const LOOK = { second: _("Second opinion"), settle: _("Reviewers disagree: settle it") };
const ACTIONS = {
  keep: pgettext("history", "Kept"),
  edit: pgettext("history", "Edited"),
  reject: pgettext("history", "Rejected"),
  restore: pgettext("history", "Undone"),
  comment: _("Comment"),
  split: pgettext("history", "Split"),
  merge: pgettext("history", "Merged"),
};

const percents = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 0 });

/** What triage expects; never "100 %". */
function expectation(keep) {
  const sure = percents.format(Math.min(0.99, Math.max(keep, 1 - keep)));
  return keep >= 0.5 ? _("Triage is {sure} sure: keep", { sure }) : _("Triage is {sure} sure: do not keep as it is", { sure });
}

/** Draw the pair. */
export function drawPair(item, asks = []) {
  return h(
    "article",
    { class: `pair ${item.status}`, lang: item.language || null },
    drawHead(item),
    drawNotes(item, ""),
    drawAsks(asks),
    drawReplaced(item),
    drawReturned(item),
    drawSystem(item),
    item.turns.map((turn, index) => [
      drawBubble(item, turn.question, "question", index),
      drawBubble(item, turn.answer, "answer", index),
    ]),
    drawHistory(item),
  );
}

/** Draw the conversation the pair comes from. */
export function drawSource(item) {
  const messages = item.source.map((message) => [drawGap(message.n_skipped), drawMessage(item, message)]);
  return [
    h(
      "header",
      { class: "source-head" },
      h("h2", {}, item.title),
      h("p", {}, item.file),
    ),
    h(
      "ol",
      { class: "messages", lang: item.language || null },
      messages,
      drawGap(item.n_skipped_after),
    ),
    item.source.length ? null : h("p", { class: "empty" }, _("No source message")),
  ].filter(Boolean);
}

function drawHead(item) {
  const worst = ["error", "warning"].filter((each) => item.findings.some((f) => f.severity === each));
  return h(
    "header",
    { class: "pair-head" },
    h("span", { class: `status ${item.status}` }, STATUS[item.status]),
    worst.map((each) => {
      const n = item.findings.filter((finding) => finding.severity === each).length;
      return h("span", { class: `flag ${each}` }, COUNT[each](n));
    }),
    LOOK[item.look] ? h("span", { class: "flag warning" }, LOOK[item.look]) : null,
    item.expected === null ? null : h("span", { class: "flag" }, expectation(item.expected)),
    item.is_masked ? h("span", { class: "status" }, _("Personal data hidden")) : null,
    item.is_masked && boot.may_unmask
      ? h("button", { type: "button", class: "link", "data-do": "unmask" }, _("Show it"))
      : null,
    h("span", { class: "id" }, item.id.slice(0, 12)),
  );
}

function drawSystem(item) {
  if (!item.system.text) return null;
  return h(
    "div",
    { class: "system", "data-field": "system" },
    h("span", { class: "label" }, _("System line")),
    h("p", { class: "text" }, drawSegments(item, item.system.segments)),
    drawNotes(item, "system"),
  );
}

function drawBubble(item, side, kind, index) {
  const field = `turns[${index}].${kind}`;
  return h(
    "div",
    { class: `bubble ${kind}`, "data-field": field },
    h("span", { class: "label" }, SIDES[kind]),
    h("p", { class: "text" }, drawSegments(item, side.segments)),
    drawNotes(item, field),
  );
}

function drawSegments(item, segments) {
  return segments.map((segment) => {
    const { text, spans, findings, origin, private: kind } = segment;
    if (!spans.length && !findings.length && !origin && !kind) return text;
    const worst = findings.map((index) => item.findings[index].severity);
    const severity = ["error", "warning", "info"].find((each) => worst.includes(each));
    const title = findings.map((index) => item.findings[index].message).join("\n") || privateTitle(kind, item) || originTitle(origin);
    return h(
      severity ? "mark" : "span",
      {
        class: ["seg", spans.length && "cited", severity && `found ${severity}`, origin && "typed", kind && "private"].filter(Boolean).join(" "),
        "data-spans": spans.join(" ") || null,
        "data-findings": findings.join(" ") || null,
        title: title || null,
      },
      text,
    );
  });
}

function privateTitle(kind, item) {
  if (!kind) return "";
  return item.is_masked ? _("Personal data, hidden") : _("Personal data, replaced before it leaves this machine");
}

function originTitle(origin) {
  if (!origin) return "";
  return origin === "reviewer" ? _("Typed in review: not in the source") : _("Added for training: {origin}", { origin });
}

/** Draw what a check says. */
export function drawNote(finding, index = null) {
  return h(
    "li",
    { class: `note ${finding.severity}`, "data-findings": index === null ? null : String(index) },
    h("span", { class: "sign", role: "img", "aria-label": SEVERITY[finding.severity] }, SIGN[finding.severity]),
    h("span", {}, finding.message, finding.evidence ? h("q", {}, finding.evidence) : null),
  );
}

/** Notes under the text they are about; `field` empty takes those about the whole example. */
function drawNotes(item, field) {
  const notes = item.findings.flatMap((finding, index) =>
    finding.field === field ? drawNote(finding, index) : [],
  );
  return notes.length ? h("ul", { class: "notes" }, notes) : null;
}

function drawAsks(asks) {
  return asks.map((each) =>
    h("p", { class: "box asked" }, h("span", { class: "label" }, _("{who} asks you", { who: each.asker })), each.question),
  );
}

function drawReplaced(item) {
  if (!item.replaced.length) return null;
  return h(
    "details",
    { class: "box", open: true },
    h("summary", {}, _("The conversation changed since this was kept. It said:")),
    item.replaced.map((turn) => [
      h("p", { class: "old" }, turn.question),
      h("p", { class: "old" }, turn.answer),
    ]),
  );
}

function drawReturned(item) {
  if (!item.returned.length) return null;
  return h(
    "details",
    { class: "box returned", open: true },
    h("summary", {}, _("The tuned model did not follow this")),
    item.returned.map((each) =>
      h(
        "dl",
        {},
        h("dt", {}, _("Asked")),
        h("dd", {}, each.question),
        h("dt", {}, _("The model answered")),
        h("dd", {}, each.answer),
        h("dt", {}, _("cosine {n}", { n: each.cosine.toFixed(2) })),
        h("dd", {}, each.reason),
      ),
    ),
  );
}

function drawHistory(item) {
  if (!item.history.length) return null;
  return h(
    "ul",
    { class: "history" },
    item.history.filter((each, index) => each.action === "comment" || index >= item.history.length - 3).map((each) =>
      h(
        "li",
        { class: each.action },
        _("{action} by {who}", { action: ACTIONS[each.action] ?? each.action, who: each.reviewer }),
        each.reason && each.action !== "restore" ? ` · ${each.reason}` : "",
      ),
    ),
  );
}

function drawGap(count) {
  return count ? h("li", { class: "gap" }, ngettext("1 message not shown", "{n} messages not shown", count)) : null;
}

function drawMessage(item, message) {
  const cited = message.is_cited ? "cited-message" : "";
  return h(
    "li",
    { class: `message ${message.role} kind-${message.kind} ${cited}` },
    h(
      "div",
      { class: "meta" },
      h("b", {}, message.speaker || (message.kind === "text" ? _("Unknown") : "")),
      h("time", {}, message.sent_at.replace("T", " ").slice(0, 16)),
    ),
    h(
      "p",
      { class: "text" },
      message.segments.map((segment) =>
        segment.spans.length || segment.private
          ? h(
              "span",
              {
                class: ["seg", segment.spans.length && "cited", segment.private && "private"].filter(Boolean).join(" "),
                "data-spans": segment.spans.join(" ") || null,
                title: privateTitle(segment.private, item) || null,
              },
              segment.text,
            )
          : segment.text,
      ),
    ),
  );
}

/** Draw what stands there when no example waits. */
export function drawDone(progress) {
  const isEmpty = progress.n_total === 0;
  const counts = { kept: progress.n_kept, rejected: progress.n_rejected };
  return h(
    "article",
    { class: "done" },
    h("div", { class: "tick", "aria-hidden": "true" }, isEmpty ? "…" : "✓"),
    h("h1", {}, isEmpty ? _("Nothing to review yet") : _("Everything is decided")),
    isEmpty ? null : h("p", {}, _("{kept} kept, {rejected} rejected", counts)),
    h("p", { class: "quiet" }, isEmpty ? _("Bring chats in: chatmill import, then chatmill extract") : _("Next: chatmill build")),
  );
}

/** Draw one line where an example should be. */
export const drawMessageOnly = (text) => h("article", { class: "done" }, h("p", {}, text));
