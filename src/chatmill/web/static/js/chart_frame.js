// Runs inside the chart's frame: draws what the page sends, says what was chosen and how tall it is.
"use strict";
(() => {
  let host = null;
  let turn = 0;
  let chosen = null;

  const tell = (message) => host !== null && parent.postMessage(message, host);

  function tellHeight() {
    tell({ kind: "height", height: document.getElementById("chart").scrollHeight });
  }

  function markChosen() {
    for (const mark of document.querySelectorAll("#chart .mark-symbol path")) {
      const key = mark.__data__?.datum?.key;
      mark.classList.toggle("chosen", chosen !== null && key === chosen);
    }
  }

  async function draw(spec) {
    const own = ++turn;
    const drawn = await window.vegaEmbed("#chart", spec, { renderer: "svg", actions: false });
    if (own !== turn) return;
    drawn.view.addEventListener("click", (_event, item) => {
      const key = item?.datum?.key;
      if (Number.isInteger(key)) tell({ kind: "chosen", key });
    });
    markChosen();
    tellHeight();
    tell({ kind: "drawn" });
  }

  addEventListener("message", (event) => {
    if (event.source !== parent) return;
    host = event.origin;
    if (event.data?.kind === "draw") draw(event.data.spec);
    if (event.data?.kind === "choose") {
      chosen = event.data.key;
      markChosen();
    }
  });

  new ResizeObserver(tellHeight).observe(document.getElementById("chart"));
  parent.postMessage({ kind: "ready" }, "*"); // holds nothing; the page answers with its own origin
})();
