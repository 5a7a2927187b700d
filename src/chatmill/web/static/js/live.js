// What runs in the project, as the server tells it: one stream, opened again when it breaks.

/**
 * Follow what runs.
 * @param onWork Called with the answer of /api/v1/work, at once and whenever it changes.
 */
export function followWork(onWork) {
  let source = null;

  function open() {
    if (source !== null || document.visibilityState === "hidden") return;
    source = new EventSource("/api/v1/events");
    source.addEventListener("work", (event) => onWork(JSON.parse(event.data)));
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") close();
    else open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}
