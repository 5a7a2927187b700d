// What reshapes an example or is said about it: split, merge, comments, questions to somebody.

import { boot } from "./boot.js";
import { openChoices, toast } from "./panels.js";
import { openRemark } from "./remarks.js";
import { _ } from "./words.js";

const SHOWN_LETTERS = 60;

/** Split in two: at once where there is one place, else at the chosen one. */
export function split(desk) {
  const { turns } = desk.item;
  if (turns.length < 2) return toast(_("Only an example of several turns can be split"));
  if (turns.length === 2) return splitAt(desk, 1);
  const choices = turns.slice(1, 10).map((turn, index) => ({
    text: _("before: {question}", { question: turn.question.text.slice(0, SHOWN_LETTERS) }),
    act: () => splitAt(desk, index + 1),
  }));
  openChoices(_("Split where?"), "split", choices);
}

function splitAt(desk, at) {
  const was = desk.item;
  const { operation } = desk.outbox.add("/splits", { example_id: was.id, seen: was.revision, at });
  desk.replace({ ...was, turns: was.turns.slice(0, at), findings: [], revision: operation.id });
  toast(_("Split: the second part comes next"), "good");
}

/** Merge with the next example of the conversation. */
export function merge(desk) {
  const was = desk.item;
  const { operation } = desk.outbox.add("/merges", { example_id: was.id, seen: was.revision });
  desk.replace({ ...was, revision: operation.id });
  toast(_("Merging with the next one…"));
}

/** Comment, or ask somebody and go on. */
export function remark(desk, isQuestion) {
  const was = desk.item;
  openRemark({
    isQuestion,
    said: (text, expert) => {
      const { operation } = desk.outbox.add("/remarks", { example_id: was.id, text, expert });
      const reason = expert ? `@${expert} ${text}` : text;
      const line = { id: operation.id, action: "comment", reviewer: boot.user, reason };
      const said = { ...was, revision: operation.id, history: [...was.history, line] };
      if (desk.item?.id === was.id) desk.replace(said);
      if (!expert) return toast(_("Comment added"), "good");
      toast(_("{who} is asked", { who: expert }), "good");
      desk.next({ isSkip: true });
    },
  });
}

/** Show what a split, a merge or a remark made of the example. */
export function shaped(desk, operation, reply) {
  if (operation.path === "/merges") {
    desk.decided.add(reply.other.id);
    toast(_("Merged with the next one"), "good");
  }
  if (operation.path === "/splits") {
    desk.ahead = [reply.other, ...desk.ahead.filter((each) => each.id !== reply.other.id)];
  } else desk.ahead = desk.ahead.filter((each) => each.id !== reply.other?.id);
  if (desk.item?.id === reply.item.id && reply.item.revision === operation.id && !desk.isEditing) {
    desk.replace(reply.item);
  } else if (desk.item?.id !== reply.item.id) desk.known.delete(reply.item.id);
}
