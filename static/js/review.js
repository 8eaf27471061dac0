// @ts-check
/** The reviewer's page: from a word or a quote to its second of video, and from the video to its word. */
import { findLengths, playFrom } from "./playback.js";

findLengths(document);

/** @param {Element} within an answer's section */
const wordsOf = (within) => /** @type {HTMLElement[]} */ ([...within.querySelectorAll("[data-word]")]);

/**
 * @param {Element} answer
 * @param {number} first index of a word
 * @param {number} last inclusive
 */
function pick(answer, first, last) {
  for (const word of wordsOf(answer)) {
    const index = Number(word.dataset.word);
    word.classList.toggle("is-picked", index >= first && index <= last);
  }
}

// On the document: transcripts and assessments are replaced while the page is open.
document.addEventListener("click", (event) => {
  const from = event.target instanceof Element ? event.target.closest("[data-seek], [data-word], [data-first-word]") : null;
  const answer = from?.closest("[data-answer]");
  if (!(from instanceof HTMLElement) || !answer) return;
  const video = answer.querySelector("video");
  const second = from.dataset.seek ?? from.dataset.start;
  if (video && second !== undefined) playFrom(video, Number(second));
  const { firstWord, lastWord } = from.dataset;
  if (firstWord === undefined || lastWord === undefined) return;
  pick(answer, Number(firstWord), Number(lastWord));
  // A written answer has nothing to play: the quote leads to its place in the text.
  if (!video) answer.querySelector(".is-picked")?.scrollIntoView({ block: "nearest" });
});

document.addEventListener(
  "timeupdate",
  (event) => {
    const video = event.target;
    const answer = video instanceof HTMLVideoElement ? video.closest("[data-answer]") : null;
    if (!answer || !(video instanceof HTMLVideoElement)) return;
    const said = wordsOf(answer);
    const now = video.paused ? undefined : said.findLast((word) => Number(word.dataset.start) <= video.currentTime);
    for (const word of said) word.classList.toggle("is-spoken", word === now);
  },
  true,
);

document.addEventListener(
  "play",
  (event) => {
    for (const other of document.querySelectorAll("video")) if (other !== event.target) other.pause();
  },
  true,
);
