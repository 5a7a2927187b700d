// Draws one example: the pair as a chat, the source beside it, what was found at the very words.

import { sayMany, say } from "./boot.js";
import { h } from "./dom.js";

const SIGN = { error: "!", warning: "?", info: "i" };

/** Draw the pair. */
export function drawPair(item) {
  return h(
    "article",
    { class: `pair ${item.status}`, lang: item.language || null },
    drawHead(item),
    drawNotes(item, ""),
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
  const messages = item.source.map((message) => [drawGap(message.n_skipped), drawMessage(message)]);
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
    item.source.length ? null : h("p", { class: "empty" }, say("no_source")),
  ].filter(Boolean);
}

function drawHead(item) {
  const worst = ["error", "warning"].filter((each) => item.findings.some((f) => f.severity === each));
  return h(
    "header",
    { class: "pair-head" },
    h("span", { class: `status ${item.status}` }, say(item.status)),
    worst.map((each) => {
      const n = item.findings.filter((finding) => finding.severity === each).length;
      return h("span", { class: `flag ${each}` }, sayMany(`flag_${each}`, n));
    }),
    h("span", { class: "id" }, item.id.slice(0, 12)),
  );
}

function drawSystem(item) {
  if (!item.system.text) return null;
  return h(
    "div",
    { class: "system", "data-field": "system" },
    h("span", { class: "label" }, say("system")),
    h("p", { class: "text" }, drawSegments(item, item.system.segments)),
    drawNotes(item, "system"),
  );
}

function drawBubble(item, side, kind, index) {
  const field = `turns[${index}].${kind}`;
  return h(
    "div",
    { class: `bubble ${kind}`, "data-field": field },
    h("span", { class: "label" }, say(kind)),
    h("p", { class: "text" }, drawSegments(item, side.segments)),
    drawNotes(item, field),
  );
}

function drawSegments(item, segments) {
  return segments.map((segment) => {
    const { text, spans, findings, origin } = segment;
    if (!spans.length && !findings.length && !origin) return text;
    const worst = findings.map((index) => item.findings[index].severity);
    const severity = ["error", "warning", "info"].find((each) => worst.includes(each));
    const title = findings.map((index) => item.findings[index].message).join("\n") || originTitle(origin);
    return h(
      severity ? "mark" : "span",
      {
        class: ["seg", spans.length && "cited", severity && `found ${severity}`, origin && "typed"].filter(Boolean).join(" "),
        "data-spans": spans.join(" ") || null,
        "data-findings": findings.join(" ") || null,
        title: title || null,
      },
      text,
    );
  });
}

function originTitle(origin) {
  if (!origin) return "";
  return origin === "reviewer" ? say("typed") : say("paraphrase", { origin });
}

/** Notes under the text they are about; `field` empty takes those about the whole example. */
function drawNotes(item, field) {
  const notes = item.findings.flatMap((finding, index) =>
    finding.field === field
      ? h(
          "li",
          { class: `note ${finding.severity}`, "data-findings": String(index) },
          h("span", { class: "sign", role: "img", "aria-label": say(finding.severity) }, SIGN[finding.severity]),
          h("span", {}, finding.message, finding.evidence ? h("q", {}, finding.evidence) : null),
        )
      : [],
  );
  return notes.length ? h("ul", { class: "notes" }, notes) : null;
}

function drawReplaced(item) {
  if (!item.replaced.length) return null;
  return h(
    "details",
    { class: "box", open: true },
    h("summary", {}, say("replaced")),
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
    h("summary", {}, say("returned")),
    item.returned.map((each) =>
      h(
        "dl",
        {},
        h("dt", {}, say("asked")),
        h("dd", {}, each.question),
        h("dt", {}, say("model_said")),
        h("dd", {}, each.answer),
        h("dt", {}, say("cosine", { n: each.cosine.toFixed(2) })),
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
    item.history.slice(-3).map((each) =>
      h(
        "li",
        {},
        say("by", { action: say(`action_${each.action}`), who: each.reviewer }),
        each.reason && each.action !== "restore" ? ` · ${each.reason}` : "",
      ),
    ),
  );
}

function drawGap(count) {
  return count ? h("li", { class: "gap" }, sayMany("skipped", count)) : null;
}

function drawMessage(message) {
  const cited = message.is_cited ? "cited-message" : "";
  return h(
    "li",
    { class: `message ${message.role} kind-${message.kind} ${cited}` },
    h(
      "div",
      { class: "meta" },
      h("b", {}, message.speaker || (message.kind === "text" ? say("unknown_speaker") : "")),
      h("time", {}, message.sent_at.replace("T", " ").slice(0, 16)),
    ),
    h(
      "p",
      { class: "text" },
      message.segments.map((segment) =>
        segment.spans.length
          ? h("span", { class: "seg cited", "data-spans": segment.spans.join(" ") }, segment.text)
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
    h("h1", {}, say(isEmpty ? "empty" : "all_done")),
    isEmpty ? null : h("p", {}, say("all_done_counts", counts)),
    h("p", { class: "quiet" }, say(isEmpty ? "empty_next" : "all_done_next")),
  );
}

/** Draw one line where an example should be. */
export const drawMessageOnly = (key) => h("article", { class: "done" }, h("p", {}, say(key)));
