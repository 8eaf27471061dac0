// @ts-check
/** The reviewer's page: from a word or a quote to its second of video, and from the video to its word. */

/** @param {Element} within an answer's section */
const wordsOf = (within) => /** @type {HTMLElement[]} */ ([...within.querySelectorAll("[data-word]")]);

/**
 * @param {HTMLVideoElement} video
 * @param {number} second
 */
function playFrom(video, second) {
  const play = () => {
    video.currentTime = second;
    void video.play().catch(() => {}); // the browser may want a click on the player first; the position stands
  };
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA) play();
  else video.addEventListener("loadedmetadata", play, { once: true });
  if (video.preload !== "auto") video.preload = "auto";
}

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
  const from = event.target instanceof Element ? event.target.closest("[data-seek], [data-word]") : null;
  const answer = from?.closest("[data-answer]");
  const video = answer?.querySelector("video");
  if (!(from instanceof HTMLElement) || !answer || !video) return;
  playFrom(video, Number(from.dataset.seek ?? from.dataset.start));
  const { firstWord, lastWord } = from.dataset;
  if (firstWord !== undefined && lastWord !== undefined) pick(answer, Number(firstWord), Number(lastWord));
});

// Media events do not bubble, but they can be caught on the way down.
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
