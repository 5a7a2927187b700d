// A comment, or a question to somebody: one small dialog.

import { ApiError, get } from "./api.js";
import { find, h } from "./dom.js";
import { _ } from "./words.js";

/** Open the dialog; `said(text, expert)` gets what was written, `expert` empty for a comment. */
export async function openRemark({ isQuestion, said }) {
  const dialog = find("#remark");
  const who = h("input", { id: "remark-who", list: "remark-people", autocomplete: "off", maxlength: "200" });
  const people = h("datalist", { id: "remark-people" });
  const text = h("textarea", { id: "remark-text", rows: "4", maxlength: "4000" });
  const send = () => {
    const expert = isQuestion ? who.value.trim() : "";
    if (isQuestion && !expert) return who.focus();
    if (!text.value.trim()) return text.focus();
    dialog.close();
    said(text.value.trim(), expert);
  };
  dialog.setAttribute("aria-label", isQuestion ? _("Ask somebody") : _("Comment"));
  dialog.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) send();
  };
  dialog.replaceChildren(
    h("h2", {}, isQuestion ? _("Ask somebody") : _("Comment")),
    ...(isQuestion ? [h("label", { for: "remark-who" }, _("Whom")), who, people] : []),
    h("label", { for: "remark-text" }, isQuestion ? _("Question") : _("What to say")),
    text,
    h(
      "div",
      { class: "dialog-acts" },
      h("button", { type: "button", class: "act quiet", onclick: () => dialog.close() }, _("Cancel")),
      h("button", { type: "button", class: "act good", id: "remark-send", onclick: send }, isQuestion ? _("Ask") : _("Comment")),
    ),
  );
  dialog.showModal();
  (isQuestion ? who : text).focus();
  if (!isQuestion) return;
  const reply = await known();
  people.replaceChildren(...reply.map((name) => h("option", { value: name })));
}

async function known() {
  try {
    return (await get("/asks")).people;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return []; // offline one types the name
  }
}
