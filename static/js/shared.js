// @ts-check
/** The page of somebody from outside: watches, reads and comments. What is typed is kept as everywhere (writing.js). */
import { findLengths, playFrom } from "./playback.js";
import { Writing } from "./writing.js";

const CLOCK_MS = 15_000;

findLengths(document);

for (const section of document.querySelectorAll("[data-comment]")) {
  if (section instanceof HTMLElement) new Writing(section, section.dataset.comment ?? "");
}

// The name and the time, over the page and in each picture. A player that is replaced gets its own again.
const page = /** @type {HTMLElement} */ (document.querySelector("[data-watermark]"));

function mark() {
  const now = new Date().toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const words = `${page.dataset.watermark} · ${now}`;
  for (const span of page.children) span.setAttribute("data-mark", words);
  for (const marks of document.querySelectorAll(".watched-marks")) {
    while (marks.childElementCount < 6) marks.append(document.createElement("span"));
    for (const span of marks.children) span.setAttribute("data-mark", words);
  }
}
mark();
setInterval(mark, CLOCK_MS);

new MutationObserver((changes) => {
  const isPlayer = (/** @type {Node} */ node) => node instanceof Element && node.matches(".player");
  if (changes.some((change) => [...change.addedNodes].some(isPlayer))) mark();
}).observe(document.body, { childList: true, subtree: true });

// The link has ended: nothing of the page stays on the screen.
const live = document.querySelector(".live");
if (live) {
  new MutationObserver(() => {
    if (live.getAttribute("data-state") === "refused") location.reload();
  }).observe(live, { attributes: true, attributeFilter: ["data-state"] });
}

document.addEventListener("click", (event) => {
  const from = event.target instanceof Element ? event.target : null;
  const answer = from?.closest("[data-answer]");
  const video = answer?.querySelector("video");
  if (!from || !answer || !video) return;
  const seek = from.closest("[data-seek]");
  if (seek instanceof HTMLElement) playFrom(video, Number(seek.dataset.seek));
  // The frame, with the marks in it, and not the bare picture.
  if (from.closest("[data-larger]")) void answer.querySelector(".watched-frame")?.requestFullscreen?.();
  if (from.closest("[data-moment-here]")) addMoment(answer, video.currentTime);
});

/**
 * @param {Element} answer
 * @param {number} second
 */
function addMoment(answer, second) {
  const area = /** @type {HTMLTextAreaElement} */ (answer.querySelector("textarea"));
  const clock = `[${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, "0")}] `;
  area.setRangeText(clock, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

document.addEventListener(
  "play",
  (event) => {
    for (const other of document.querySelectorAll("video")) if (other !== event.target) other.pause();
  },
  true,
);
