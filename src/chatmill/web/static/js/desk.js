// The reviewer's desk: what is on it, what lies ready, and what each action does to both.

import { ApiError, get, post } from "./api.js";
import { faultOf, openEditor, readEditor, withEdit, writtenIn } from "./editor.js";
import { find, findAll } from "./dom.js";
import { Leases } from "./leases.js";
import { reveal } from "./linking.js";
import { Outbox } from "./outbox.js";
import { closeReasons, openReasons, showBanner, showProgress, showSync, toast } from "./panels.js";
import { LivePreview } from "./preview.js";
import { merge, remark, shaped, split } from "./shaping.js";
import { drawDone, drawMessageOnly, drawPair, drawSource } from "./view.js";
import { _, ngettext, pgettext } from "./words.js";

const AHEAD = 5;
const FLAGGED_AHEAD = 10;
const REMEMBERED = 50;
const RETRY_MS = 1500;
const IN_FLIGHT_MS = 5000; // an answer asked for before a decision may still name its example

const DID = { undo: pgettext("toast", "Undone"), redo: _("Done again") };
const NOTHING = { undo: _("Nothing to undo"), redo: _("Nothing to redo") };

const address = (id) => (id ? `/examples/${encodeURIComponent(id)}` : "/");

export class Desk {
  constructor() {
    this.item = null;
    this.ahead = [];
    this.trail = [];
    this.known = new Map();
    this.decided = new Set();
    this.progress = null;
    this.isEditing = false;
    this.turn = 0;
    this.asks = [];
    this.preview = null;
    this.choice = location.pathname === "/" ? location.search.replace(/^\?/, "&") : "";
    this.leases = new Leases(() => [this.item, ...this.ahead].filter(Boolean).map((each) => each.id));
    this.outbox = new Outbox({
      changed: showSync,
      delivered: (operation, reply) => this.delivered(operation, reply),
      refused: (operation, error) => this.refused(operation, error),
    });
  }

  /** Send what an earlier visit left, then go on where one was. */
  async start() {
    this.outbox.tell();
    for (const each of this.outbox.operations) {
      if (each.path === "/decisions") this.decided.add(each.body.example_id);
    }
    await this.outbox.flush();
    this.readAsks();
    await this.openAddress();
  }

  /** Learn what somebody wants to know of the visitor. */
  async readAsks() {
    const reply = await this.ask("/asks", { isQuiet: true });
    this.asks = reply?.asks ?? [];
    const button = find("#asked");
    button.hidden = !this.asks.length;
    button.textContent = ngettext("1 question for you", "{n} questions for you", this.asks.length);
    if (this.item && !this.isEditing && this.asks.some((each) => each.example_id === this.item.id)) this.draw();
  }

  openAsked() {
    const other = this.asks.find((each) => each.example_id !== this.item?.id);
    if (other) this.open(other.example_id);
  }

  /** Show what the address names, or what comes next. */
  async openAddress() {
    const [, id] = location.pathname.match(/^\/examples\/([^/]+)$/) ?? [];
    if (!id) return this.next();
    return this.open(decodeURIComponent(id), { isNew: false });
  }

  async open(id, { isNew = true } = {}) {
    const known = this.known.get(id);
    if (known) return this.show(known, { isNew });
    const reply = await this.ask(`/examples/${encodeURIComponent(id)}`);
    if (reply === null) return this.showOnly(drawMessageOnly(_("This example is gone")));
    if (reply) this.show(reply.items[0], { isNew });
  }

  /** Show the next one that waits; at once where it lies ready. */
  async next({ isSkip = false } = {}) {
    const from = this.item?.id ?? null;
    if (isSkip && from && !this.outbox.trouble) this.leases.release([from]);
    const ready = this.ahead.find((each) => !this.decided.has(each.id) && each.id !== from);
    if (ready) {
      this.ahead = this.ahead.slice(this.ahead.indexOf(ready) + 1);
      return this.show(ready, { isNext: true });
    }
    const items = await this.fetchNext(from);
    if (items === undefined) return;
    const [first, ...rest] = items.filter((each) => each.id !== from);
    this.ahead = rest;
    if (first) return this.show(first, { isNext: true });
    const isWaiting = this.item?.status === "pending" && !this.decided.has(this.item.id);
    if (isSkip && isWaiting) return toast(_("This is the last one waiting"));
    this.showDone();
  }

  /** Go to the next one in which a check found something. */
  async nextFlagged() {
    const isOne = (each) =>
      each.id !== this.item?.id && !this.decided.has(each.id) && each.findings.some((f) => f.severity !== "info");
    for (const from of [this.item?.id ?? null, null]) {
      const found = this.ahead.find(isOne) ?? (await this.fetchNext(from, { limit: FLAGGED_AHEAD }))?.find(isOne);
      if (found) return this.show(found);
    }
    toast(_("Nothing flagged is waiting nearby"));
  }

  async previous() {
    if (this.item) this.trail.pop();
    if (this.trail.length) return this.open(this.trail.pop());
    const from = this.item?.id;
    if (!from) return;
    const reply = await this.ask(`/queue/previous?before=${encodeURIComponent(from)}`);
    this.trail = reply?.items.length ? [] : [from];
    if (!reply) return;
    if (!reply.items.length) return toast(_("This is the first one"));
    this.show(reply.items[0]);
  }

  keep() {
    if (!this.item) return;
    if (this.item.status === "kept") return this.next();
    this.decide("keep", {}, "kept");
    toast(pgettext("toast", "Kept"), "good");
    return this.next();
  }

  reject(reason) {
    closeReasons();
    if (!this.item) return;
    this.decide("reject", { reason }, "rejected");
    toast(pgettext("toast", "Rejected"), "bad");
    find("#pair").focus({ preventScroll: true });
    return this.next();
  }

  split() {
    if (this.item) split(this);
  }

  merge() {
    if (this.item) merge(this);
  }

  remark(isQuestion) {
    if (this.item) remark(this, isQuestion);
  }

  /** Show personal data for once; the server notes it. */
  async unmask() {
    const shown = await post(`/examples/${encodeURIComponent(this.item.id)}/unmask`, {});
    if (this.item?.id === shown.id) this.replace(shown);
  }

  askReason() {
    if (this.item) openReasons((reason) => this.reject(reason));
  }

  edit() {
    if (!this.item || this.isEditing) return;
    this.setEditing(true);
    openEditor(this.item);
    this.preview = new LivePreview(this.item, () => writtenIn(this.item));
  }

  leaveEdit() {
    this.setEditing(false);
    this.draw();
    find("#pair").focus({ preventScroll: true });
  }

  save() {
    const written = readEditor(this.item);
    if (!written) {
      this.leaveEdit();
      return toast(_("Nothing was changed"));
    }
    const fault = faultOf(written);
    if (fault) return toast(fault, "bad");
    const shown = withEdit(this.item, written);
    this.setEditing(false);
    this.decide("edit", written, "kept", shown);
    this.draw();
    toast(_("Checking the new words…"));
    find("#pair").focus({ preventScroll: true });
  }

  /** Take a decision back (or make it again): the server knows which. */
  async takeBack(path) {
    const { operation, sent } = this.outbox.add(path, {});
    this.expected = operation.id;
    this.ahead = [];
    this.known.clear();
    await sent;
  }

  decide(action, body, status, shown = this.item) {
    const was = this.item;
    const seen = was.revision;
    const { operation } = this.outbox.add("/decisions", { example_id: was.id, action, seen, ...body });
    this.item = { ...shown, status, revision: operation.id };
    this.remember(this.item);
    this.decided.add(was.id);
    this.count(was, status);
  }

  /** Count at once what the server will say in a moment. */
  count(was, status) {
    if (!this.progress) return;
    const progress = { ...this.progress };
    const isFlagged = was.findings.some((each) => each.severity !== "info");
    if (was.status === "pending" && isFlagged) progress.n_flagged -= 1;
    if (was.status === "pending") progress.n_decided += 1;
    if (was.status !== "pending") progress[`n_${was.status}`] -= 1;
    progress[`n_${status}`] += 1;
    this.setProgress(progress);
  }

  /** The server has it. */
  delivered(operation, reply) {
    if (!this.outbox.operations.length) this.setProgress(reply.progress);
    if (operation.path === "/undo" || operation.path === "/redo") return this.tookBack(operation, reply);
    if (this.asks.some((each) => each.example_id === operation.body.example_id)) this.readAsks();
    if (operation.path !== "/decisions") return shaped(this, operation, reply);
    setTimeout(() => this.isWaiting(operation.body.example_id) || this.decided.delete(operation.body.example_id), IN_FLIGHT_MS);
    if (reply.item.revision !== operation.id) return;
    this.remember(reply.item);
    if (this.item?.id !== reply.item.id || this.isEditing) return;
    this.item = reply.item;
    if (operation.body.action === "edit") {
      this.draw();
      toast(_("Saved and kept"), "good");
    }
  }

  isWaiting(id) {
    return this.outbox.operations.some((each) => each.body.example_id === id);
  }

  tookBack(operation, reply) {
    const word = operation.path.slice(1);
    if (!reply.decision) return toast(NOTHING[word]);
    this.known.delete(reply.item.id);
    this.decided.delete(reply.item.id);
    if (reply.item.status !== "pending") this.decided.add(reply.item.id);
    if (this.expected !== operation.id || this.isEditing) return;
    this.show(reply.item);
    toast(DID[word]);
  }

  /** The server will never take it: say so, and show the example as it really is. */
  refused(operation, error) {
    const { system, turns } = operation.body;
    const pairs = turns?.flatMap((turn) => [`Q) ${turn.question}`, `A) ${turn.answer}`]);
    const written = pairs ? [`S) ${system}`, ...pairs].join("\n") : (operation.body.text ?? "");
    showBanner(_("Not recorded: {why}", { why: error.message }), written);
    const id = operation.body.example_id;
    if (!id) return;
    this.known.delete(id);
    this.decided.delete(id);
    this.ask("/progress").then((progress) => progress && this.setProgress(progress));
    if (this.item?.id === id && !this.isEditing) this.open(id, { isNew: false });
  }

  show(item, { isNew = true, isNext = false } = {}) {
    this.turn += 1;
    this.item = item;
    if (!isNext) this.ahead = []; // what lay ready followed another one
    this.setEditing(false);
    closeReasons();
    this.remember(item);
    if (this.trail.at(-1) !== item.id) this.trail.push(item.id);
    if (location.pathname !== address(item.id)) {
      history[isNew ? "pushState" : "replaceState"]({}, "", address(item.id));
    }
    this.draw({ isFresh: true });
    if (this.ahead.length < AHEAD - 2) this.prefetch();
  }

  /** Show the same example in other words. */
  replace(item) {
    this.item = item;
    this.remember(item);
    if (!this.isEditing) this.draw();
  }

  draw({ isFresh = false } = {}) {
    const pair = find("#pair");
    const source = find("#source");
    pair.replaceChildren(drawPair(this.item, this.asks.filter((each) => each.example_id === this.item.id)));
    source.replaceChildren(...drawSource(this.item));
    this.setButtons();
    if (!isFresh) return;
    pair.scrollTop = 0;
    source.scrollTop = 0;
    if (matchMedia("(max-width: 860px)").matches) scrollTo(0, 0);
    const first = find("#source .seg.cited");
    if (first) reveal(first, source);
    document.body.dataset.example = this.item.id;
  }

  showDone() {
    this.turn += 1;
    this.item = null;
    this.showOnly(drawDone(this.progress));
    history.pushState({}, "", address(null));
  }

  showOnly(element) {
    this.item = null;
    delete document.body.dataset.example;
    find("#pair").replaceChildren(element);
    find("#source").replaceChildren();
    this.setButtons();
  }

  /** Whether somebody wrote something that is not saved. */
  get hasUnsaved() {
    return this.isEditing && readEditor(this.item) !== null;
  }

  setEditing(isEditing) {
    this.isEditing = isEditing;
    this.preview?.close();
    this.preview = null;
    find("#editing-state").textContent = "";
    find("#deciding").hidden = isEditing;
    find("#editing").hidden = !isEditing;
    document.body.classList.toggle("is-editing", isEditing);
  }

  setButtons() {
    for (const each of findAll("#do-keep, #do-edit, #do-reject, #do-next, #do-more, #more button")) each.disabled = !this.item;
  }

  setProgress(progress) {
    this.progress = progress;
    showProgress(progress);
  }

  remember(item) {
    this.known.delete(item.id);
    this.known.set(item.id, item);
    if (this.known.size > REMEMBERED) this.known.delete(this.known.keys().next().value);
  }

  /** Fetch the ones after the one shown, so that the next key press has something to show. */
  async prefetch() {
    const turn = this.turn;
    const from = this.ahead.at(-1)?.id ?? this.item.id;
    const items = await this.fetchNext(from, { isQuiet: true });
    if (turn !== this.turn || !items) return;
    const have = new Set([this.item?.id, ...this.ahead.map((each) => each.id)]);
    this.ahead.push(...items.filter((each) => !have.has(each.id)));
  }

  async fetchNext(from, { limit = AHEAD, ...options } = {}) {
    const after = from ? `&after=${encodeURIComponent(from)}` : "";
    const reply = await this.ask(`/queue/next?limit=${limit}${after}${this.choice}`, options);
    return reply?.items.filter((each) => !this.decided.has(each.id));
  }

  /** Ask until there is an answer; null where there is no such thing, undefined where given up. */
  async ask(path, { isQuiet = false } = {}) {
    const turn = this.turn;
    for (;;) {
      try {
        const reply = await get(path);
        if (reply.progress && !this.outbox.operations.length) this.setProgress(reply.progress);
        return reply;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 401) showBanner(_("Signed out: run chatmill review and open its link. Nothing is lost."));
        if (isQuiet) return undefined;
        if (!error.isPassing) return null;
        if (!this.item || this.decided.has(this.item.id)) this.showWaiting();
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        if (turn !== this.turn) return undefined;
      }
    }
  }

  showWaiting() {
    this.showOnly(drawMessageOnly(_("chatmill does not answer. Trying again…"))); // and no key acts on what is not shown
  }
}
