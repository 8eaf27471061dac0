// @ts-check
/**
 * Carries the key of an invitation link from the address into a form, so that it is in no log, referrer or history.
 * On every page of an applicant: a link opened where its interview is already shown changes only the part after #.
 */

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("open-form"));
const token = /** @type {HTMLInputElement} */ (document.getElementById("token"));
const opening = document.getElementById("opening");

/** @param {string} pasted a whole link, or its last part */
const keyOf = (pasted) => pasted.trim().replace(/^.*#/, "");

function openByAddress() {
  const key = keyOf(location.hash);
  if (!form || !key || document.getElementById(key)) return; // none, or a place on this page
  history.replaceState(null, "", location.pathname + location.search);
  token.value = key;
  showOpening(true);
  form.requestSubmit();
}

/** @param {boolean} begun only the page that asks for the link has something to show */
function showOpening(begun) {
  if (!form || !opening) return;
  form.hidden = begun;
  opening.hidden = !begun;
}

form?.addEventListener("submit", () => {
  // So that mail and the receipt tell times as the applicant's clock does.
  const zone = /** @type {HTMLInputElement} */ (form.elements.namedItem("zone"));
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  token.value = keyOf(token.value);
});
addEventListener("hashchange", openByAddress);
// Back from a later page: the browser may show this one as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) showOpening(false);
});
openByAddress();
