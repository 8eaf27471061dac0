// @ts-check
/**
 * Ticks in a list that changes live: "choose all", how many are chosen, and rows that are swapped keep their tick. What
 * would be refused for want of a tick, or of what a button `data-needs`, is said before it is sent: nothing is lost.
 */

const all = /** @type {HTMLElement} */ (document.getElementById("pick-all"));
const box = /** @type {HTMLInputElement} */ (all.querySelector("input"));
const count = /** @type {HTMLElement} */ (all.querySelector("[data-picked]"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("acts"));
const table = /** @type {HTMLElement} */ (document.querySelector(".rows"));
/** @type {Set<string>} */
const picked = new Set();

const ticks = () => /** @type {NodeListOf<HTMLInputElement>} */ (table.querySelectorAll("input[name=interview]"));

function show() {
  let chosen = 0;
  for (const tick of ticks()) {
    tick.checked = picked.has(tick.value);
    if (tick.checked) chosen += 1;
  }
  all.hidden = !ticks().length;
  box.checked = chosen > 0 && chosen === ticks().length;
  box.indeterminate = chosen > 0 && !box.checked;
  count.textContent = chosen ? `(${chosen})` : "";
}

/** The browser may show ticks again that were set before the page was left. */
function read() {
  for (const tick of ticks()) if (tick.checked) picked.add(tick.value);
  show();
}

table.addEventListener("change", (event) => {
  const tick = event.target;
  if (!(tick instanceof HTMLInputElement) || tick.name !== "interview") return;
  if (tick.checked) picked.add(tick.value);
  else picked.delete(tick.value);
  show();
});
box.addEventListener("change", () => {
  for (const tick of ticks()) {
    if (box.checked) picked.add(tick.value);
    else picked.delete(tick.value);
  }
  show();
});
form.addEventListener("submit", (event) => {
  const needs = event.submitter?.dataset.needs;
  const needed = needs ? form.elements.namedItem(needs) : null;
  const isAnyTicked = [...ticks()].some((tick) => tick.checked);
  if (!isAnyTicked) refuse(event, box, box.dataset.none);
  else if (needed instanceof HTMLInputElement && !needed.value.trim()) refuse(event, needed, needed.dataset.missing);
});

/**
 * Said at its field, in the browser's own way, until something is typed or pressed.
 * @param {Event} event
 * @param {HTMLInputElement} field
 * @param {string} [sentence]
 */
function refuse(event, field, sentence = "") {
  event.preventDefault();
  field.setCustomValidity(sentence);
  field.reportValidity();
  const settle = () => field.setCustomValidity("");
  for (const kind of ["input", "click", "keydown"]) addEventListener(kind, settle, { capture: true, once: true });
}
new MutationObserver(show).observe(table, { childList: true, subtree: true });
addEventListener("pageshow", read);
