// A chart in its sandboxed frame: the page sends what to draw, the frame says what was chosen.

const LEAST_HEIGHT = 120;
const MOST_HEIGHT = 4000;
const LEAST_WIDTH = 420;

export class Chart {
  /**
   * @param frame An iframe of /charts/frame.
   * @param onChoose Called with the key of the mark somebody clicked.
   * @param around What axes, names and gaps take beside the panels, in pixels.
   */
  constructor(frame, onChoose = () => {}, around = 110) {
    this.frame = frame;
    this.around = around;
    this.spec = null;
    this.key = null;
    addEventListener("message", (event) => {
      // The frame has no origin of its own; what proves it is that it is this window's frame.
      if (event.source !== frame.contentWindow || event.origin !== "null") return;
      const { kind, key, height } = event.data ?? {};
      if (kind === "ready") this.send();
      if (kind === "chosen" && Number.isInteger(key) && key >= 0) onChoose(key);
      if (kind === "drawn") frame.dataset.drawn = "yes";
      if (kind === "height" && Number.isFinite(height)) {
        frame.style.height = `${Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, Math.ceil(height)))}px`;
      }
    });
  }

  /** How wide a chart may be, in pixels; narrow pages push the chart sideways. */
  get width() {
    const room = Math.floor(this.frame.parentElement.clientWidth - this.around);
    return Math.min(1400, Math.max(LEAST_WIDTH, room));
  }

  draw(spec) {
    this.frame.hidden = false;
    this.spec = spec;
    this.send();
  }

  choose(key) {
    this.key = key;
    this.frame.contentWindow?.postMessage({ kind: "choose", key }, "*");
  }

  send() {
    if (this.spec === null) return;
    // An opaque origin can only be addressed by "*"; the message goes to this one window.
    this.frame.contentWindow?.postMessage({ kind: "draw", spec: this.spec }, "*");
    if (this.key !== null) this.choose(this.key);
  }
}
