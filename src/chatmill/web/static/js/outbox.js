// Decisions on their way: kept in the browser until the server has them, sent in order, once each.

import { ApiError, post } from "./api.js";
import { place } from "./boot.js";

const STORED = `chatmill.outbox.${place}`;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10000;

/** Holds operations `{id, path, body}`; reload, crash or a stopped server lose none. */
export class Outbox {
  /**
   * @param {object} told - `changed(state)`, `delivered(operation, reply)`, `refused(operation, error)`.
   */
  constructor(told) {
    this.told = told;
    this.wait = FIRST_WAIT_MS;
    this.timer = 0;
    this.sending = null;
    this.trouble = "";
    addEventListener("online", () => this.flush());
    addEventListener("storage", (event) => event.key === STORED && this.tell());
    document.addEventListener("visibilitychange", () => document.hidden || this.flush());
  }

  get operations() {
    return JSON.parse(localStorage.getItem(STORED) ?? "[]");
  }

  /** Queue one operation and start sending; its own UUID makes sending it twice harmless. */
  add(path, body) {
    const operation = { id: crypto.randomUUID(), path, body };
    this.keep([...this.operations, operation]);
    return { operation, sent: this.flush() };
  }

  /** Send everything in order; one round at a time, in one tab at a time. */
  flush() {
    clearTimeout(this.timer);
    this.sending ??= navigator.locks
      .request(STORED, () => this.sendAll())
      .finally(() => {
        this.sending = null;
        if (this.operations.length && !this.trouble) this.flush();
      });
    return this.sending;
  }

  async sendAll() {
    for (let [first] = this.operations; first; [first] = this.operations) {
      try {
        const reply = await post(first.path, { ...first.body, id: first.id });
        this.done(first);
        this.told.delivered(first, reply);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.isPassing || error.status === 401 || error.status === 403) {
          this.later({ 401: "signed_out", 403: "reload" }[error.status] ?? "offline");
          return;
        }
        this.done(first);
        this.told.refused(first, error);
      }
    }
  }

  done(operation) {
    this.wait = FIRST_WAIT_MS;
    this.trouble = "";
    this.keep(this.operations.filter((each) => each.id !== operation.id));
  }

  later(trouble) {
    this.trouble = trouble;
    this.timer = setTimeout(() => this.flush(), this.wait);
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
    this.tell();
  }

  keep(operations) {
    localStorage.setItem(STORED, JSON.stringify(operations));
    this.tell();
  }

  tell() {
    this.told.changed({ waiting: this.operations.length, trouble: this.trouble });
  }
}
