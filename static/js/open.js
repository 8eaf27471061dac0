// @ts-check
/** Carries the key of an invitation link from the address into a form, so that it is in no log, referrer or history. */

const form = /** @type {HTMLFormElement} */ (document.getElementById("open-form"));
const token = /** @type {HTMLInputElement} */ (document.getElementById("token"));
const opening = /** @type {HTMLElement} */ (document.getElementById("opening"));

/** @param {string} pasted a whole link, or its last part */
const keyOf = (pasted) => pasted.trim().replace(/^.*#/, "");

form.addEventListener("submit", () => {
  token.value = keyOf(token.value);
});

const key = keyOf(location.hash);
if (key) {
  history.replaceState(null, "", location.pathname + location.search);
  token.value = key;
  form.hidden = true;
  opening.hidden = false;
  form.submit();
}

// Back from a later page: the browser may show this one as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  form.hidden = false;
  opening.hidden = true;
});
// A second invitation link pasted into the same tab changes only the part after #.
addEventListener("hashchange", () => location.reload());
