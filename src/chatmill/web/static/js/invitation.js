// Lets an invited person choose a password; the secret stands behind the # and leaves the address bar.

import { post } from "./api.js";
import { find } from "./dom.js";
import { _ } from "./words.js";

const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const form = find("#invitation");
const refusal = find(".refusal");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { password, again } = form.elements;
  if (password.value !== again.value) {
    refusal.textContent = _("The two passwords differ");
    again.focus();
    return;
  }
  try {
    await post("/invitation", { secret, password: password.value });
    location.replace("/");
  } catch (error) {
    refusal.textContent = error.message;
  }
});
