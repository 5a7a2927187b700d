// What the server put into the page: words, reasons, the token that proves a request is ours.

export const boot = JSON.parse(document.getElementById("boot").textContent);

export const { csrf, reasons, place } = boot;
