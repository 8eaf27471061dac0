// @ts-check
/** Ticks in a list that changes live: "choose all", how many are chosen, and rows that are swapped keep their tick. */

const all = /** @type {HTMLElement} */ (document.getElementById("pick-all"));
const box = /** @type {HTMLInputElement} */ (all.querySelector("input"));
const count = /** @type {HTMLElement} */ (all.querySelector("[data-picked]"));
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
new MutationObserver(show).observe(table, { childList: true, subtree: true });
addEventListener("pageshow", read);
