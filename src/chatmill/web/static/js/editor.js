// Edits an example where it stands: its bubbles become text fields of the same size.

import { _ } from "./words.js";
import { find, findAll, h } from "./dom.js";

const SIDES = { question: _("Question"), answer: _("Answer") };

/** Turn the drawn pair into fields. */
export function openEditor(item) {
  const pair = find("#pair article");
  pair.classList.add("editing");
  const system = find(".system", pair) ?? find(".pair-head", pair).insertAdjacentElement(
    "afterend",
    h("div", { class: "system", "data-field": "system" }, h("span", { class: "label" }, _("System line")), h("p", { class: "text" })),
  );
  replaceText(system, item.system.text, _("System line"));
  for (const bubble of findAll(".bubble", pair)) {
    const [, index, kind] = bubble.dataset.field.match(/^turns\[(\d+)\]\.(\w+)$/);
    replaceText(bubble, item.turns[index][kind].text, SIDES[kind]);
  }
  if (item.turns.length > 1) pair.append(h("p", { class: "hint" }, _("Empty both texts to take a turn out.")));
  const answers = findAll(".bubble.answer textarea", pair);
  const flagged = find("[data-has-finding] textarea", pair);
  const first = flagged ?? answers[0];
  first.focus();
  first.setSelectionRange(first.value.length, first.value.length);
}

function replaceText(holder, text, label) {
  const shown = find(".text", holder);
  if (find(".found", shown)) holder.dataset.hasFinding = "";
  const area = h("textarea", { "aria-label": label, spellcheck: "false" });
  area.value = text;
  const grow = () => {
    area.style.height = "0";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  area.addEventListener("input", grow);
  shown.replaceWith(area);
  grow();
}

/** Return what is written now. */
export function writtenIn(item) {
  const system = find("#pair .system textarea").value;
  const texts = findAll("#pair .bubble textarea").map((area) => area.value);
  const turns = item.turns.map((_, index) => ({ question: texts[2 * index], answer: texts[2 * index + 1] }));
  return { system, turns };
}

/** Return what was written, or null where nothing was changed. */
export function readEditor(item) {
  const { system, turns } = writtenIn(item);
  const isSame =
    system === shownIn(item.system.text) &&
    turns.every(
      (turn, index) =>
        turn.question === shownIn(item.turns[index].question.text) &&
        turn.answer === shownIn(item.turns[index].answer.text),
    );
  return isSame ? null : { system, turns };
}

/** Say what keeps an edit from being saved: a sentence, or an empty text. */
export function faultOf({ turns }) {
  const has = (text) => text.trim() !== "";
  if (turns.some((turn) => has(turn.question) !== has(turn.answer))) return _("A turn needs both a question and an answer");
  return turns.some((turn) => has(turn.question)) ? "" : _("Nothing is left: reject it instead");
}

// A text field turns every kind of line end into \n.
const shownIn = (text) => text.replace(/\r\n?/g, "\n");

/** Show an edit before the server has seen it. */
export function withEdit(item, written) {
  const plain = (text) => ({ text, segments: [{ text, spans: [], findings: [], origin: "" }] });
  return {
    ...item,
    status: "kept",
    system: plain(written.system),
    turns: written.turns
      .filter((turn) => turn.question.trim() || turn.answer.trim())
      .map((turn) => ({ question: plain(turn.question), answer: plain(turn.answer) })),
    findings: [],
  };
}
