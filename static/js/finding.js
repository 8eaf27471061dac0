// @ts-check
/** Searches in what was said and written in all answers of the page. */
import { allAnswers, saidIn, videoOf, whenReplaced } from "./answers.js";
import { seekTo } from "./playback.js";
import { words } from "./words.js";

const LETTERS = /[^\p{L}\p{N}]+/gu;

/** @typedef {{ answer: HTMLElement, first: number, last: number }} Hit words of an answer, by place; both inclusive */

const field = /** @type {HTMLInputElement} */ (document.getElementById("find"));
const told = /** @type {HTMLElement} */ (document.querySelector("[data-found]"));
const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-find]"));
/** @type {Hit[]} */
let hits = [];
let place = -1;

/** @param {string} text "Don't" as dont, "über" as uber */
function plain(text) {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(LETTERS, "");
}

/**
 * @param {HTMLElement} answer
 * @param {string} sought plain words with a space between them
 * @returns {Hit[]}
 */
function hitsIn(answer, sought) {
  const starts = [];
  let text = "";
  for (const word of saidIn(answer).elements) {
    starts.push(text.length);
    text += `${plain(word.textContent ?? "")} `;
  }
  const found = [];
  for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + sought.length)) {
    const first = starts.findLastIndex((start) => start <= at);
    found.push({ answer, first, last: starts.findLastIndex((start) => start < at + sought.length) });
  }
  return found;
}

function search() {
  const sought = field.value.split(/\s+/).map(plain).filter(Boolean).join(" ");
  hits = sought ? allAnswers().flatMap((answer) => hitsIn(answer, sought)) : [];
  place = Math.min(place, hits.length - 1);
  mark();
}

function mark() {
  for (const word of document.querySelectorAll(".is-found")) word.classList.remove("is-found", "is-found-now");
  hits.forEach(({ answer, first, last }, number) => {
    for (const word of saidIn(answer).elements.slice(first, last + 1)) {
      word.classList.add("is-found");
      word.classList.toggle("is-found-now", number === place);
    }
  });
  for (const button of buttons) button.disabled = !hits.length;
  const said = !hits.length ? "found-none" : place < 0 ? "found" : "found-place";
  told.textContent = field.value.trim() ? words(said, { count: hits.length, place: place + 1 }) : "";
}

/** @param {number} step 1 or -1 */
function go(step) {
  if (!hits.length) return;
  place = place < 0 && step < 0 ? hits.length - 1 : (place + step + hits.length) % hits.length;
  mark();
  const { answer, first } = hits[place];
  const word = saidIn(answer).elements[first];
  const video = videoOf(answer);
  if (video && word.dataset.start) seekTo(video, Number(word.dataset.start));
  word.scrollIntoView({ block: "center" });
}

field.addEventListener("input", () => {
  place = -1;
  search();
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  go(event.shiftKey ? -1 : 1);
});
for (const button of buttons) button.addEventListener("click", () => go(Number(button.dataset.find)));

whenReplaced(search);
