// Shows one of the page's templates, and minds its form.

import { Refusal } from "./session.js";

/**
 * Shows the template `name` with texts in its parts: a text, or an address and a text for a link.
 *
 * Returns the parts by their names, with `form`, and `attempt`, which does something and shows what was refused.
 */
export function show(name, texts = {}) {
  const view = document.getElementById("view");
  view.replaceChildren(document.getElementById(name).content.cloneNode(true));
  const parts = { form: view.querySelector("form") };
  for (const element of view.querySelectorAll("[data-part]")) parts[element.dataset.part] = element;
  for (const [part, text] of Object.entries(texts)) {
    if (Array.isArray(text)) {
      [parts[part].href, parts[part].textContent] = text;
      parts[part].hidden = false;
    } else {
      parts[part].textContent = text;
    }
  }
  parts.attempt = (action) => attempt(parts, action);
  view.querySelector("[data-focus]")?.focus();
  return parts;
}

/** Does `action` with what is typed once somebody sends the form. */
export function whenSent(parts, action) {
  parts.form.addEventListener("submit", (event) => {
    event.preventDefault();
    parts.attempt(() => action(Object.fromEntries(new FormData(parts.form))));
  });
}

/** Says how hard a new password is to guess while it is typed. */
export function showStrength(parts, ask) {
  const advice = parts.advice.textContent;
  let wanted = "";
  parts.form.elements.password.addEventListener("input", async ({ target }) => {
    wanted = target.value;
    if (!wanted) return tell("", advice);
    const asked = wanted;
    try {
      const { userPwdStrength: strength } = await ask(
        "query ($pwd: String!) { userPwdStrength(pwd: $pwd) { score feedback { warning suggestions } } }",
        { pwd: asked });
      if (asked !== wanted) return;
      tell(strength.score, strength.feedback.warning ?? strength.feedback.suggestions[0] ?? "Hard to guess.");
    } catch {
      tell("", advice);
    }
  });
  function tell(score, text) {
    parts.strength.dataset.score = score;
    parts.advice.textContent = text;
  }
}

async function attempt(parts, action) {
  const buttons = [...document.querySelectorAll("#view button")];
  parts.error.hidden = true;
  for (const button of buttons) button.disabled = true;
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    parts.error.textContent = error.message;
    parts.error.hidden = false;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}
