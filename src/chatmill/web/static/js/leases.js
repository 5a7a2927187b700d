// Says to the server which examples somebody has before them, so that nobody else gets them.

import { ApiError, post } from "./api.js";
import { csrf } from "./boot.js";

const RENEW_MS = 30000;

/** Renew while the page is open, give everything back when it is left. */
export class Leases {
  /** @param {() => string[]} held - Ids of the examples on the desk. */
  constructor(held) {
    this.held = held;
    setInterval(() => this.renew(), RENEW_MS);
    addEventListener("pagehide", () => this.leave());
  }

  async renew() {
    const ids = this.held();
    if (ids.length) await this.tell("renew", ids);
  }

  /** Give back what was skipped. */
  release(ids) {
    return this.tell("release", ids);
  }

  async tell(what, ids) {
    try {
      await post(`/queue/${what}`, { example_ids: ids });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // a lease ends by itself
    }
  }

  leave() {
    fetch("/api/v1/queue/release", {
      method: "POST",
      keepalive: true,
      credentials: "same-origin",
      headers: { "content-type": "application/json", "x-chatmill-csrf": csrf },
      body: JSON.stringify({ example_ids: null }),
    }).catch(() => {}); // the page is gone
  }
}
