// The team: invites, changes roles and rights, shows the log.

import { get, post } from "./api.js";
import { boot } from "./boot.js";
import { find, h } from "./dom.js";
import { attempt, fillTable, moment } from "./parts.js";
import { _ } from "./words.js";

const ROLES = { reader: _("reader"), reviewer: _("reviewer"), admin: _("admin") };
const STATES = { active: _("active"), invited: _("invited"), disabled: _("shut out") };
let oldest = null;

const change = attempt(async (name, changed) => {
  try {
    await post("/users/change", { name, ...changed });
  } finally {
    await showTeam();
    await showLog();
  }
});

const invite = attempt(async (body) => {
  const made = await post("/users/invite", body);
  find("#invited-text").textContent = _("Give {name} this link. It works once, until {when}.", {
    name: made.user.name,
    when: moment(made.expires_at),
  });
  const link = find("#invited-link");
  link.value = (boot.url || location.origin) + made.path;
  find("#invited").hidden = false;
  link.select();
  await showTeam();
  await showLog();
});

function chooseRole(user) {
  const options = Object.entries(ROLES).map(([role, name]) =>
    h("option", { value: role, selected: role === user.role }, name));
  const onchange = (event) => change(user.name, { role: event.target.value });
  return h("select", { "aria-label": _("Role of {name}", { name: user.name }), onchange, disabled: boot.isAlone }, options);
}

function chooseUnmask(user) {
  const onchange = (event) => change(user.name, { may_unmask: event.target.checked });
  const label = _("{name} may look at personal data", { name: user.name });
  return h("input", { type: "checkbox", checked: user.may_unmask, onchange, "aria-label": label, disabled: boot.isAlone });
}

function button(words, onclick) {
  return h("button", { type: "button", class: "act quiet", onclick, disabled: boot.isAlone }, words);
}

function actions(user) {
  if (user.state === "disabled") return button(_("Let in again"), () => change(user.name, { is_disabled: false }));
  const out = attempt(async () => {
    await post("/users/sign-out", { name: user.name });
    await showLog();
  });
  return h("span", { class: "acts" },
    button(user.state === "invited" ? _("New link") : _("New password"), () => invite({ name: user.name })),
    button(_("Sign out"), out),
    user.name === boot.user ? null : button(_("Shut out"), () => change(user.name, { is_disabled: true })));
}

async function showTeam() {
  const team = await get("/users");
  const rows = team.map((user) => [
    user.name,
    chooseRole(user),
    chooseUnmask(user),
    STATES[user.state],
    moment(user.created_at),
    actions(user),
  ]);
  const headings = [_("Name"), _("Role"), _("Personal data"), _("State"), _("Since"), ""];
  fillTable(find("#team"), headings.map((each) => [each, ""]), rows);
}

async function showLog({ isMore = false } = {}) {
  const entries = await get(`/audit?limit=50${isMore && oldest ? `&before=${oldest}` : ""}`);
  oldest = entries.at(-1)?.seq ?? oldest;
  const rows = entries.map((each) =>
    h("tr", {}, [moment(each.at), each.actor, each.action, each.subject].map((cell) => h("td", {}, cell))));
  if (isMore) find("#audit tbody").append(...rows);
  else fillTable(find("#audit"), [_("When"), _("Who"), _("What"), _("To what")].map((each) => [each, ""]), rows);
  find("#older").hidden = entries.length < 50;
}

find("#invite")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, role, may_unmask: unmask } = event.target.elements;
  invite({ name: name.value, role: role.value, may_unmask: unmask.checked });
});
find("#older").addEventListener("click", attempt(() => showLog({ isMore: true })));

attempt(async () => {
  await showTeam();
  await showLog();
})();
