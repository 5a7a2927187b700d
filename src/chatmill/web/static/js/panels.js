// The small things around the example: progress, toasts, the banner, reasons and the key list.

import { reasons } from "./boot.js";
import { _, ngettext } from "./words.js";
import { find, h } from "./dom.js";

const TOAST_MS = 2600;

const SESSION = {
  signed_out: _("Signed out: run chatmill review and open its link. Nothing is lost."),
  reload: _("Signed in anew: reload this page. Nothing is lost."),
};

/** Show how far the review is. */
export function showProgress(progress) {
  const { n_total: total, n_decided: done, n_kept: kept, n_rejected: rejected } = progress;
  find("#count").textContent = _("{done} of {total} decided", { done, total });
  const flagged = find("#flagged");
  flagged.textContent = progress.n_flagged ? _("{n} flagged left", { n: progress.n_flagged }) : "";
  const bar = find("#bar");
  bar.setAttribute("aria-valuemax", total);
  bar.setAttribute("aria-valuenow", done);
  bar.setAttribute("aria-valuetext", find("#count").textContent);
  find("#bar-kept").style.width = `${total ? (100 * kept) / total : 0}%`;
  find("#bar-rejected").style.width = `${total ? (100 * rejected) / total : 0}%`;
}

/** Say whether everything is with the server. */
export function showSync({ waiting, trouble }) {
  const sync = find("#sync");
  sync.dataset.state = trouble ? "waiting" : waiting ? "saving" : "saved";
  sync.textContent =
    trouble && waiting
      ? ngettext("1 decision waiting to be sent", "{n} decisions waiting to be sent", waiting)
      : waiting ? _("Saving…") : _("All saved");
  const banner = find("#banner");
  if (trouble === "signed_out" || trouble === "reload") {
    showBanner(SESSION[trouble]);
    banner.dataset.kind = "session";
  } else if (!trouble && banner.dataset.kind === "session") hideBanner();
}

let toastTimer = 0;

/** Say for a moment what was done. */
export function toast(text, kind = "") {
  const element = find("#toast");
  element.textContent = text;
  element.className = `shown ${kind}`;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => element.classList.remove("shown"), TOAST_MS);
}

/** Say something that stays until it is closed, with what somebody wrote, so that it is not lost. */
export function showBanner(text, written = "") {
  const banner = find("#banner");
  delete banner.dataset.kind;
  banner.replaceChildren(
    written
      ? h("details", { open: true }, h("summary", {}, `${text} · ${_("What you wrote")}`), h("pre", {}, written))
      : h("span", {}, text),
    h("button", { type: "button", class: "round", "aria-label": _("Close"), onclick: hideBanner }, "×"),
  );
  banner.hidden = false;
}

export function hideBanner() {
  find("#banner").hidden = true;
}

let open = null;

/** Ask why; `chosen(reason)` gets the project's own word, empty for none. */
export function openReasons(chosen) {
  const choices = reasons.map((reason) => ({ text: reason.shown, act: () => chosen(reason.value) }));
  openChoices(_("Why reject it?"), "reject", choices, { key: "R", text: _("No reason"), act: () => chosen("") });
  find("#do-reject").setAttribute("aria-expanded", "true");
}

/** Ask for one of a few things: 1 to 9, or the key that opened the panel for the last. */
export function openChoices(title, action, choices, last = null) {
  const panel = find("#reasons");
  open = { action, choices, last };
  panel.setAttribute("aria-label", title);
  panel.replaceChildren(
    h("h2", {}, title),
    h(
      "div",
      { class: "choices" },
      choices.map((each, index) => choice(String(index + 1), each.text, each.act)),
      last && choice(last.key, last.text, last.act, "quiet"),
    ),
  );
  panel.hidden = false;
  panel.focus();
}

/** Return what a key means in the open panel, or null. */
export function chosenBy(action) {
  if (action === open?.action) return open.last?.act ?? null;
  return open?.choices[Number(action) - 1]?.act ?? null;
}

function choice(key, text, onclick, kind = "") {
  return h("button", { type: "button", class: `choice ${kind}`, onclick }, h("kbd", {}, key), h("span", {}, text));
}

export function closeReasons() {
  find("#reasons").hidden = true;
  find("#do-reject").setAttribute("aria-expanded", "false");
}

export const areReasonsOpen = () => !find("#reasons").hidden;

const HELP = [
  [_("Keep it and go on"), "K"],
  [_("Edit in place"), "E"],
  [_("Save the edit"), "Ctrl", "Enter"],
  [_("Leave the edit, close"), "Esc"],
  [_("Reject, then 1 to 9 for the reason"), "R"],
  [_("Next flagged one"), "F"],
  [_("Words and their source, one by one"), "[", "]"],
  [_("Comment"), "C"],
  [_("Ask somebody"), "A"],
  [_("Split it in two"), "S"],
  [_("Merge it with the next one"), "M"],
  [_("Undo your latest decision"), "U"],
  [_("Do it again"), "Shift", "U"],
  [_("Skip to the next one"), "N", "→"],
  [_("Back to the previous one"), "P", "←"],
  [_("This list"), "?"],
];

/** Show or hide the list of keys. */
export function toggleHelp() {
  const dialog = find("#help");
  if (dialog.open) {
    dialog.close();
    return;
  }
  dialog.replaceChildren(
    h("h2", {}, _("Keyboard help")),
    h(
      "dl",
      {},
      HELP.map(([text, ...keys]) => [h("dt", {}, keys.map((each) => h("kbd", {}, each))), h("dd", {}, text)]),
    ),
    h("p", { class: "quiet" }, _("Point at words to see where they come from.")),
    h("button", { type: "button", class: "act", onclick: () => dialog.close() }, _("Close")),
  );
  dialog.showModal();
}
