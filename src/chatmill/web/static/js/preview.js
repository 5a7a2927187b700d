// Checks words while they are written: findings and the changes to the source, under each field.

import { ApiError, post } from "./api.js";
import { find, findAll, h } from "./dom.js";
import { faultOf } from "./editor.js";
import { drawNote } from "./view.js";
import { _ } from "./words.js";

const PAUSE_MS = 250;

/** Follow an editor until it is closed; `read()` returns what is written now. */
export class LivePreview {
  constructor(item, read) {
    this.item = item;
    this.read = read;
    this.round = 0;
    this.timer = 0;
    this.pair = find("#pair article");
    this.pair.addEventListener("input", () => this.soon());
    this.soon();
  }

  close() {
    this.round = -1;
    clearTimeout(this.timer);
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  async look() {
    const written = this.read();
    if (faultOf(written)) return;
    const round = ++this.round;
    try {
      const reply = await post(`/examples/${encodeURIComponent(this.item.id)}/preview`, written);
      if (round === this.round) this.show(reply, written);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (round === this.round) this.say(error.isPassing ? _("Not checked: chatmill does not answer") : error.message);
    }
  }

  /** Put what was found under the field it is about; a turn that was emptied shifts the rest. */
  show({ item, changes }, written) {
    const left = written.turns.flatMap((turn, index) => (turn.question.trim() ? [index] : []));
    for (const holder of findAll("[data-field]", this.pair)) {
      const [, index, side] = holder.dataset.field.match(/^turns\[(\d+)\]\.(\w+)$/) ?? [];
      const field = index === undefined ? "system" : `turns[${left.indexOf(Number(index))}].${side}`;
      const notes = item.findings.filter((each) => each.field === field);
      find(".live", holder)?.remove();
      const shown = [drawChanges(changes[field] ?? []), notes.length ? h("ul", { class: "notes" }, notes.map((each) => drawNote(each))) : null];
      if (shown.some(Boolean)) holder.append(h("div", { class: "live" }, shown));
    }
    const n = item.findings.filter((each) => each.severity !== "info").length;
    this.say(n ? _("Found: {what}", { what: item.findings.filter((each) => each.severity !== "info").map((each) => each.message).join(" ") }) : _("Nothing found"));
  }

  say(text) {
    find("#editing-state").textContent = text;
  }
}

function drawChanges(changes) {
  if (!changes.length) return null;
  const tags = { added: "ins", removed: "del" };
  return h(
    "p",
    { class: "changes" },
    h("span", { class: "label" }, _("Changes to the source")),
    changes.map((each) => (tags[each.kind] ? h(tags[each.kind], {}, each.text) : each.text)),
  );
}
