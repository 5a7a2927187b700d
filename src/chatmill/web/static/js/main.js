// Wires keys, buttons and the address bar to the desk.

import { Desk } from "./desk.js";
import { find } from "./dom.js";
import { actionOf, isWriting } from "./keys.js";
import { followPointer, moveCursor } from "./linking.js";
import { areReasonsOpen, chosenBy, closeReasons, toggleHelp } from "./panels.js";

const desk = new Desk();

const DO = {
  keep: () => desk.keep(),
  edit: () => desk.edit(),
  reject: () => (areReasonsOpen() ? desk.reject("") : desk.askReason()),
  undo: () => desk.takeBack("/undo"),
  redo: () => desk.takeBack("/redo"),
  next: () => desk.next({ isSkip: true }),
  previous: () => desk.previous(),
  split: () => desk.split(),
  merge: () => desk.merge(),
  comment: () => desk.remark(false),
  ask: () => desk.remark(true),
  flagged: () => desk.nextFlagged(),
  asked: () => desk.openAsked(),
  unmask: () => desk.unmask(),
  wordsNext: () => moveCursor(1),
  wordsPrevious: () => moveCursor(-1),
  save: () => desk.save(),
  cancel: () => desk.leaveEdit(),
  help: toggleHelp,
};

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-do]")?.dataset.do;
  if (name && find("#more").matches(":popover-open")) find("#more").hidePopover();
  if (name === "reject" && areReasonsOpen()) closeReasons();
  else if (name) DO[name]();
  else if (areReasonsOpen() && !event.target.closest("#reasons")) closeReasons();
});

document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
  if (desk.isEditing) return editorKey(event);
  if (isWriting(event)) return;
  const action = actionOf(event);
  if (action === null) return;
  if (find("#remark").open || find("#more").matches(":popover-open")) return;
  if (find("#help").open) {
    if (action === "help") handled(event, toggleHelp);
    return;
  }
  if (areReasonsOpen()) return reasonKey(event, action);
  if (DO[action]) handled(event, DO[action]);
});

function editorKey(event) {
  const isSave = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (event.isComposing && isSave) {
    event.target.blur(); // finishes the syllable that is being typed
    setTimeout(DO.save);
    return;
  }
  if (event.isComposing) return;
  if (event.key === "Escape") handled(event, DO.cancel);
  if (isSave) handled(event, DO.save);
}

function reasonKey(event, action) {
  const act = chosenBy(action);
  if (act) handled(event, act);
  else if (action === "escape") handled(event, closeReasons);
}

function handled(event, action) {
  event.preventDefault();
  action();
}

addEventListener("beforeunload", (event) => desk.hasUnsaved && event.preventDefault());

addEventListener("popstate", () => desk.openAddress());

followPointer();
desk.start();
