// Signs somebody in, then shows the page they asked for.

import { get, post } from "./api.js";
import { find } from "./dom.js";

const form = find("#sign-in");
const refusal = find(".refusal");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  refusal.textContent = "";
  const button = find("button", form);
  button.disabled = true;
  try {
    await post("/session", { name: form.elements.name.value, password: form.elements.password.value });
    location.reload();
  } catch (error) {
    refusal.textContent = error.message;
    form.elements.password.select();
    button.disabled = false;
  }
});

// A link from another site carries no strict cookie: whoever is in already only has to come from here.
get("/me").then(() => location.reload(), () => {});
