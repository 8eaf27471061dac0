// @ts-check
/**
 * A list of interviews while it is open: says how many came that it does not show, and which rows match its filter no
 * longer. Both are asked of the server, whenever something was heard live; what a filter means is known there alone.
 */

const ASK_AGAIN_MS = 2000;
const SETTLE_MS = 300;

const button = /** @type {HTMLAnchorElement} */ (document.getElementById("newcomers"));
const table = /** @type {HTMLElement} */ (document.getElementById("listed"));
const rows = () => /** @type {HTMLElement} */ (document.getElementById("rows"));
/** @type {Set<string>} ids of interviews that match no more */
let gone = new Set();
/** @type {number | undefined} */
let timer;
let askedAt = 0;

const ticks = () => /** @type {HTMLInputElement[]} */ ([...rows().querySelectorAll("input[name=interview]")]);
const shown = () => ticks().map((tick) => tick.value);

/** Rows that are swapped come without the mark. */
function mark() {
  for (const tick of ticks()) {
    const row = /** @type {HTMLElement} */ (tick.closest("tr"));
    const isGone = gone.has(tick.value);
    const note = row.querySelector(".gone");
    if (!isGone) note?.remove();
    row.toggleAttribute("data-is-gone", isGone);
    if (!isGone || note) continue;
    const words = Object.assign(document.createElement("span"), { className: "gone below" });
    words.textContent = table.dataset.gone ?? "";
    row.querySelector("th")?.append(words);
  }
}

async function ask() {
  askedAt = Date.now();
  const ids = shown();
  const address = new URL(button.dataset.news ?? "", location.href);
  address.searchParams.set("shown", ids.join(","));
  address.searchParams.set("last", rows().dataset.last ?? "");
  const reply = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } }).catch(() => null);
  if (!reply?.ok || reply.redirected) return; // the next change asks again
  const news = await reply.json();
  if (shown().join() !== ids.join()) return later(); // another page of rows meanwhile
  gone = new Set(news.gone);
  button.hidden = !news.new;
  if (button.textContent !== news.words) button.textContent = news.new ? news.words : "";
  mark();
}

function later() {
  mark();
  clearTimeout(timer);
  timer = setTimeout(ask, Math.max(SETTLE_MS, askedAt + ASK_AGAIN_MS - Date.now()));
}

document.addEventListener("live:applied", later);
button.addEventListener("click", (event) => {
  if (button.dataset.first !== "yes" || event.ctrlKey || event.metaKey || event.shiftKey) return; // then the link leads there
  event.preventDefault();
  button.hidden = true;
  document.dispatchEvent(new Event("live:read-again"));
  table.focus(); // the button is gone; the next Tab is in the list
});
