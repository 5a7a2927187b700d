// Dataset versions: what each holds, its files, and how two of them differ.

import { get } from "./api.js";
import { find, h } from "./dom.js";
import { attempt, count, facts, fillTable, languageName, markdown } from "./parts.js";
import { _, ngettext } from "./words.js";

const PAGE = 50;
const CHANGES = 20;
const SPLITS = {
  train: _("to train"),
  validation: _("validation"),
  test: _("test"),
  paraphrase: _("held-out phrasings"),
};
const KINDS = { added: _("Added"), removed: _("Removed"), changed: _("Changed") };
const address = new URL(location.href);

let versions = [];
let total = 0;
let kind = null;
let drawn = 0;

function showVersions() {
  const headings = [[_("Version")], ...Object.values(SPLITS).map((name) => [name, "number"]), [_("Fingerprint")]];
  fillTable(find("#versions"), headings, versions.map((each) => [
    h("button", { type: "button", class: "link", onclick: () => open(each.name) }, each.name),
    ...Object.keys(SPLITS).map((split) => count(each.n_examples[split] ?? 0)),
    h("code", { title: each.fingerprint }, each.fingerprint.slice(0, 12)),
  ]));
  find("#more-versions").hidden = versions.length >= total;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

const open = attempt(async (name) => {
  const about = await get(`/datasets/${name}`);
  find("#about-title").textContent = _("Version {name}", { name });
  const masked = Object.entries(about.masked).map(([what, n]) => `${what} ${count(n)}`).join(", ");
  find("#files").replaceChildren(
    h("h3", {}, _("Files")),
    h("ul", { class: "files" }, about.files.map((each) => h("li", {},
      h("a", { href: `/api/v1/datasets/${name}/files/${each.name}`, download: `${name}-${each.name}` }, each.name),
      h("span", { class: "quiet" }, [
        size(each.n_bytes),
        each.n_lines === null ? "" : ngettext("1 line", "{n} lines", each.n_lines, { n: count(each.n_lines) }),
      ].filter(Boolean).join(" · "))))),
    facts([
      [_("Languages"), Object.entries(about.languages).map(([tag, n]) => `${languageName(tag)} ${count(n)}`).join(", ")],
      [_("Masked"), masked || _("nothing was found to mask")],
      [_("Fingerprint"), about.dataset.fingerprint],
    ]));
  find("#card").replaceChildren(...markdown(about.card));
  find("#until").value = name;
  const at = versions.findIndex((each) => each.name === name);
  const earlier = versions[at + 1]?.name ?? versions.find((each) => each.name !== name)?.name;
  if (earlier) find("#since").value = earlier;
  address.searchParams.set("version", name);
  history.replaceState(null, "", address);
  await compare();
});

async function compare() {
  find("#diff-part").hidden = versions.length < 2;
  if (versions.length < 2) return;
  drawn = 0;
  find("#changes").replaceChildren();
  await moreChanges();
}

async function moreChanges() {
  const [since, until] = [find("#since").value, find("#until").value];
  const part = kind ? `&kind=${kind}` : "";
  const diff = await get(`/datasets/${until}/diff?since=${since}&offset=${drawn}&limit=${CHANGES}${part}`);
  if (since !== find("#since").value || until !== find("#until").value) return;
  showKinds(diff);
  find("#changes").append(...diff.changes.map(showChange));
  drawn += diff.changes.length;
  const n = kind ? diff[`n_${kind}`] : diff.n_added + diff.n_removed + diff.n_changed;
  if (!n) find("#changes").append(h("p", { class: "quiet" }, _("Nothing differs.")));
  find("#more-changes").hidden = drawn >= n;
}

function showKinds(diff) {
  const tab = (value, text) => h("button", {
    type: "button", class: "tab", "aria-pressed": String(kind === value),
    onclick: () => { kind = value; attempt(compare)(); },
  }, text);
  find("#kinds").replaceChildren(
    tab(null, _("All")),
    ...Object.entries(KINDS).map(([each, name]) => tab(each, `${name} ${count(diff[`n_${each}`])}`)),
    h("span", { class: "quiet" }, _("{n} the same", { n: count(diff.n_same) })));
}

function showChange(change) {
  return h("article", { class: `change ${change.kind}` },
    h("p", { class: "change-head" },
      h("span", { class: "flag" }, KINDS[change.kind]),
      h("span", { class: "quiet" }, splitOf(change)),
      h("a", { class: "id", href: `/examples/${encodeURIComponent(change.example_id)}` }, change.example_id)),
    h("div", { class: "sides" },
      change.before ? side(change.before, change.after, "del", _("Before")) : null,
      change.after ? side(change.after, change.before, "ins", _("After")) : null));
}

function splitOf({ before, after }) {
  const names = [before, after].filter(Boolean).map((words) => SPLITS[words.split]);
  return [...new Set(names)].join(" → ");
}

/** One version of an example; what the other version does not have is marked. */
function side(words, other, tag, title) {
  const theirs = other ? new Set(texts(other).flatMap(split)) : null;
  const marked = (text) => theirs === null ? text : split(text).map((part) =>
    theirs.has(part) || !part.trim() ? part : h(tag, {}, part));
  return h("div", { class: "side" },
    other ? h("p", { class: "quiet" }, title) : null,
    h("p", { class: "system" }, marked(words.system)),
    words.turns.map((turn) => [
      h("p", { class: "asked" }, marked(turn.question)),
      h("p", { class: "answered" }, marked(turn.answer)),
    ]));
}

const texts = (words) => [words.system, ...words.turns.flatMap((turn) => [turn.question, turn.answer])];
const split = (text) => text.match(/\s+|[^\s]+/g) ?? [];

async function loadVersions() {
  const reply = await get(`/datasets?offset=${versions.length}&limit=${PAGE}`);
  versions = [...versions, ...reply.versions];
  total = reply.n_versions;
  const options = () => versions.map((each) => h("option", { value: each.name }, each.name));
  find("#since").replaceChildren(...options());
  find("#until").replaceChildren(...options());
  showVersions();
}

async function start() {
  await loadVersions();
  find("#empty").hidden = total > 0;
  find("#content").hidden = total === 0;
  if (total) {
    const asked = address.searchParams.get("version");
    await open(versions.some((each) => each.name === asked) ? asked : versions[0].name);
  }
  document.documentElement.dataset.ready = "yes";
}

find("#more-versions").addEventListener("click", attempt(loadVersions));
find("#more-changes").addEventListener("click", attempt(moreChanges));
for (const id of ["#since", "#until"]) find(id).addEventListener("change", attempt(compare));
attempt(start)();
