// @ts-check
/** While an answer plays: its word is lit, its transcript scrolls along, its place on the timeline moves. */
import { allAnswers, answerOf, saidIn, videoOf, whenReplaced, wordAt } from "./answers.js";
import { skipPause } from "./watching.js";

const LEFT_ALONE_MS = 4000;

/** @type {WeakMap<Element, HTMLElement | undefined>} */
const lit = new WeakMap();
let handledAt = -Infinity;

/** @param {HTMLVideoElement} video */
function show(video) {
  const answer = answerOf(video);
  if (!answer) return;
  if (!video.paused) skipPause(video);
  const said = saidIn(answer);
  const word = said.elements[wordAt(said, video.currentTime)];
  if (word !== lit.get(answer)) {
    lit.get(answer)?.classList.remove("is-spoken");
    word?.classList.add("is-spoken");
    lit.set(answer, word);
    if (word && !video.paused) scrollAlong(word);
  }
  const now = /** @type {HTMLElement | null} */ (answer.querySelector("[data-now]"));
  if (now && video.duration) now.style.insetInlineStart = `${(100 * video.currentTime) / video.duration}%`;
}

/** @param {HTMLElement} word Only inside its own box: the page stays where its reader is. */
function scrollAlong(word) {
  const box = word.closest(".transcript");
  if (!box || box.scrollHeight <= box.clientHeight + 1 || performance.now() - handledAt < LEFT_ALONE_MS) return;
  const [outer, inner] = [box.getBoundingClientRect(), word.getBoundingClientRect()];
  const at = (inner.top - outer.top) / outer.height;
  if (at < 0.1 || at > 0.7) box.scrollTop += inner.top - outer.top - outer.height / 4;
}

for (const kind of ["wheel", "touchmove", "keydown"]) {
  document.addEventListener(
    kind,
    (event) => {
      if (event.target instanceof Element && event.target.closest(".transcript")) handledAt = performance.now();
    },
    { passive: true },
  );
}

/** @param {HTMLVideoElement} video */
function follow(video) {
  if (video.paused || !video.isConnected) return;
  show(video);
  requestAnimationFrame(() => follow(video));
}

// In the background no frames are drawn, and pauses are skipped all the same.
for (const kind of ["timeupdate", "seeking", "seeked"]) {
  document.addEventListener(kind, ({ target }) => target instanceof HTMLVideoElement && show(target), true);
}

document.addEventListener(
  "play",
  ({ target }) => {
    if (!(target instanceof HTMLVideoElement)) return;
    for (const other of document.querySelectorAll("video")) if (other !== target) other.pause();
    follow(target);
  },
  true,
);

document.addEventListener("click", (event) => {
  const bar = event.target instanceof Element ? event.target.closest("[data-bar]") : null;
  const video = videoOf(answerOf(bar));
  if (!bar || !video?.duration || !(event instanceof MouseEvent)) return;
  const { left, width } = bar.getBoundingClientRect();
  video.currentTime = Math.max(0, Math.min(1, (event.clientX - left) / width)) * video.duration;
});

/** @type {Map<string, number>} How far each transcript is scrolled in its box, by its id. */
const scrolled = new Map();
document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target instanceof Element && target.matches(".transcript")) scrolled.set(target.id, target.scrollTop);
  },
  { capture: true, passive: true },
);

// A transcript that has been replaced is where it was, and has its word lit again.
whenReplaced(() => {
  for (const [id, top] of scrolled) document.getElementById(id)?.scrollTo({ top });
  for (const video of allAnswers().map(videoOf)) if (video?.currentTime) show(video);
});
