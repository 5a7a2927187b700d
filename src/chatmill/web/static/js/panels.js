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

/** Ask why; `chosen(reason)` gets the project's own word, empty for none. */
export function openReasons(chosen) {
  const panel = find("#reasons");
  const choices = reasons.map((reason, index) => choice(String(index + 1), reason.shown, () => chosen(reason.value)));
  panel.replaceChildren(
    h("h2", {}, _("Why reject it?")),
    h("div", { class: "choices" }, choices, choice("R", _("No reason"), () => chosen(""), "quiet")),
  );
  panel.hidden = false;
  find("#do-reject").setAttribute("aria-expanded", "true");
  panel.focus();
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
