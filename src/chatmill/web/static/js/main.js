// Wires keys, buttons and the address bar to the desk.

import { reasons } from "./boot.js";
import { Desk } from "./desk.js";
import { find } from "./dom.js";
import { actionOf, isWriting } from "./keys.js";
import { followPointer } from "./linking.js";
import { areReasonsOpen, closeReasons, toggleHelp } from "./panels.js";

const desk = new Desk();

const DO = {
  keep: () => desk.keep(),
  edit: () => desk.edit(),
  reject: () => (areReasonsOpen() ? desk.reject("") : desk.askReason()),
  undo: () => desk.takeBack("/undo"),
  redo: () => desk.takeBack("/redo"),
  next: () => desk.next({ isSkip: true }),
  previous: () => desk.previous(),
  save: () => desk.save(),
  cancel: () => desk.leaveEdit(),
  help: toggleHelp,
};

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-do]")?.dataset.do;
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
  const reason = reasons[Number(action) - 1];
  if (reason) handled(event, () => desk.reject(reason.value));
  else if (action === "reject") handled(event, () => desk.reject(""));
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
