// Talks to /api/v1; tells "try again" (offline, restarting) from "will never work".

import { csrf } from "./boot.js";

const TIMEOUT_MS = 15000;

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Worth sending again: nobody answered, or the server could not just now. */
  get isPassing() {
    return this.status === 0 || this.status >= 500;
  }
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      ...options,
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new ApiError(0, String(error));
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  throw new ApiError(response.ok ? 0 : response.status, body?.error?.message ?? response.statusText);
}

export const get = (path) => call(path, {});

export const post = (path, body) =>
  call(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-chatmill-csrf": csrf },
    body: JSON.stringify(body),
  });
