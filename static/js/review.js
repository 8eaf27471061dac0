// @ts-check
/** The reviewer's page: from a word or a quote to its second of video. What plays goes on when its player is replaced. */
import { answerOf, saidIn, videoOf } from "./answers.js";
import { findLengths, playFrom, seekTo } from "./playback.js";
import "./following.js";
import "./moments.js";
import "./reading.js";

findLengths(document);
for (const tools of document.querySelectorAll("[data-review-tools]")) tools.removeAttribute("hidden");

/**
 * @param {Element} answer
 * @param {number} first index of a word
 * @param {number} last inclusive
 */
function pick(answer, first, last) {
  for (const word of saidIn(answer).elements) {
    const index = Number(word.dataset.word);
    word.classList.toggle("is-picked", index >= first && index <= last);
  }
}

// On the document: transcripts and assessments are replaced while the page is open.
document.addEventListener("click", (event) => {
  const from = event.target instanceof Element ? event.target.closest("[data-seek], [data-word], [data-first-word]") : null;
  const answer = answerOf(from);
  if (!(from instanceof HTMLElement) || !answer) return;
  const video = videoOf(answer);
  const second = from.dataset.seek ?? from.dataset.start;
  if (video && second !== undefined) playFrom(video, Number(second));
  const { firstWord, lastWord } = from.dataset;
  if (firstWord === undefined || lastWord === undefined) return;
  pick(answer, Number(firstWord), Number(lastWord));
  // A written answer has nothing to play: the quote leads to its place in the text.
  if (!video) answer.querySelector(".is-picked")?.scrollIntoView({ block: "nearest" });
});

/** @type {WeakSet<HTMLVideoElement>} */
const playing = new WeakSet();
for (const kind of ["play", "pause"]) {
  document.addEventListener(
    kind,
    ({ target }) => {
      if (!(target instanceof HTMLVideoElement)) return;
      if (kind === "play") playing.add(target);
      else playing.delete(target);
    },
    true,
  );
}

/** @param {Element} player takes its place by the id of its take, which comes first in what it is kept by */
function takeOver(player) {
  const [old, fresh] = [player, document.getElementById(player.id)];
  const [before, video] = [old.querySelector("video"), fresh?.querySelector("video")];
  if (!before || !video || !(old instanceof HTMLElement)) return;
  if (old.dataset.keep?.split(" ")[0] !== fresh?.dataset.keep?.split(" ")[0]) return;
  if (playing.has(before)) playFrom(video, before.currentTime);
  else if (before.currentTime) seekTo(video, before.currentTime);
}

new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.removedNodes])) {
    if (node instanceof Element && node.matches(".player")) takeOver(node);
  }
}).observe(document.body, { childList: true, subtree: true });
