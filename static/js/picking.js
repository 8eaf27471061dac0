// @ts-check
/**
 * Ticks in a list, and the bar of what can be done with those ticked: it stands at the bottom of the window while there
 * are any (the style sheet sees to that), says how many, and hides no row that has the focus. What would be refused for
 * want of what a button `data-needs` is said before it is sent: nothing is lost.
 */

const HINT_PX = 56; // at most so high above the bar

const all = /** @type {HTMLElement} */ (document.getElementById("pick-all"));
const box = /** @type {HTMLInputElement} */ (all.querySelector("input"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("acts"));
const count = /** @type {HTMLElement} */ (form.querySelector("[data-picked]"));
const acts = /** @type {HTMLDetailsElement} */ (form.querySelector("details"));
const table = /** @type {HTMLElement} */ (document.querySelector(".rows"));
const small = matchMedia("(max-width: 59.99rem)");
/** The id of the tick that was used last; "": it was the box for all. */
let last = "";

const ticks = () => /** @type {NodeListOf<HTMLInputElement>} */ (table.querySelectorAll("input[name=interview]"));
/** @param {EventTarget | null} target @returns {target is HTMLInputElement} */
const isTick = (target) => target instanceof HTMLInputElement && target.name === "interview";

function show() {
  const chosen = [...ticks()].filter((tick) => tick.checked).length;
  all.hidden = !ticks().length;
  box.checked = chosen > 0 && chosen === ticks().length;
  box.indeterminate = chosen > 0 && !box.checked;
  const words = chosen ? (count.dataset.picked ?? "").replace("{count}", String(chosen)) : "";
  if (count.textContent !== words) count.textContent = words;
}

/** On a small screen the bar would hide much of the list: there it opens on demand. */
function fold() {
  acts.open = !small.matches;
}

table.addEventListener("change", (event) => {
  last = isTick(event.target) ? event.target.id : "";
  if (event.target === box) for (const tick of ticks()) tick.checked = box.checked;
  show();
});
table.addEventListener("keydown", (event) => {
  const isBox = isTick(event.target) || event.target === box;
  if (event.key !== "Enter" || !isBox || !count.textContent) return;
  event.preventDefault();
  const parts = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("summary, input, button")]);
  parts.find((part) => part.checkVisibility())?.focus();
});
form.addEventListener("reset", () => {
  setTimeout(() => {
    show(); // the bar is gone, and what had the focus with it
    (document.getElementById(last) ?? box).focus();
  });
});
form.addEventListener("submit", (event) => {
  const needs = event.submitter?.dataset.needs;
  const needed = needs ? form.elements.namedItem(needs) : null;
  if (needed instanceof HTMLInputElement && !needed.value.trim()) refuse(event, needed, needed.dataset.missing);
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
new ResizeObserver(() => {
  const height = form.offsetHeight && form.offsetHeight + HINT_PX;
  document.documentElement.style.scrollPaddingBlockEnd = `${height}px`;
}).observe(form);
small.addEventListener("change", fold);
addEventListener("pageshow", show); // the browser may show ticks again that were set before the page was left
fold();
