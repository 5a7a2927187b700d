// What belongs to oneself: signing out, the password, sessions and tokens.

import { get, post } from "./api.js";
import { boot } from "./boot.js";
import { find, h } from "./dom.js";
import { toast } from "./panels.js";
import { attempt, fillTable, moment } from "./parts.js";
import { _ } from "./words.js";

const KINDS = { session: _("browser"), token: _("token") };

async function showAccesses() {
  const found = await get("/me/accesses");
  const end = (access) => attempt(async () => {
    await post(`/me/accesses/${access.id}/end`, {});
    await showAccesses();
  });
  const rows = found.map((access) => [
    KINDS[access.kind],
    access.name,
    moment(access.used_at),
    moment(access.expires_at),
    access.is_this
      ? _("this one")
      : h("button", { type: "button", class: "act quiet", onclick: end(access) }, _("End it")),
  ]);
  fillTable(find("#accesses"), [_("Kind"), _("Name"), _("Last used"), _("Until"), ""].map((each) => [each, ""]), rows);
}

find("#sign-out").addEventListener("click", attempt(async () => {
  await post("/session/end", {});
  location.replace("/");
}));

find("#password")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  attempt(async () => {
    await post("/me/password", { old: form.elements.old.value, new: form.elements.new.value });
    form.reset();
    toast(_("Changed; you are signed out everywhere else"));
    await showAccesses();
  })();
});

find("#token")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, role, days } = event.target.elements;
  attempt(async () => {
    const made = await post("/me/tokens", { name: name.value, role: role.value, days: Number(days.value) });
    find("#made-token").value = made.token;
    find("#made").hidden = false;
    find("#made-token").select();
    await showAccesses();
  })();
});

if (!boot.isAlone) attempt(showAccesses)();
