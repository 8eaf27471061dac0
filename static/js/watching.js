// @ts-check
/** How answers are played: speed, pauses, captions. The same for all of them, and remembered on this device. */
import { allAnswers, answerOf, videoOf, whenReplaced } from "./answers.js";
import { seekTo } from "./playback.js";
import { remember, remembered } from "./remembered.js";
import { minutesAndSeconds } from "./times.js";
import { announce, words } from "./words.js";

export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.5];

/** @typedef {"pauses" | "captions"} Choice */
/** @typedef {[number, number]} Pause its first and its last second */

const settings = {
  speed: remembered("speed", 1),
  pauses: remembered("skip-pauses", false),
  captions: remembered("captions", false),
};
if (!SPEEDS.includes(settings.speed)) settings.speed = 1;

/** @type {WeakMap<Element, Pause[]>} */
const pausesIn = new WeakMap();
/** @type {WeakMap<HTMLVideoElement, number>} */
const skipped = new WeakMap();

/** @param {number} speed */
function inWords(speed) {
  return speed.toLocaleString(document.documentElement.lang);
}

/** @param {number} speed one of SPEEDS */
export function setSpeed(speed) {
  settings.speed = speed;
  remember("speed", speed);
  show();
}

/** @param {1 | -1} direction */
export function changeSpeed(direction) {
  const next = SPEEDS[SPEEDS.indexOf(settings.speed) + direction];
  if (next) setSpeed(next);
  announce(words("speed", { speed: inWords(settings.speed) }));
}

/** @param {Choice} choice */
export function toggle(choice) {
  settings[choice] = !settings[choice];
  remember(choice === "pauses" ? "skip-pauses" : choice, settings[choice]);
  show();
  announce(words(`${choice}-${settings[choice] ? "on" : "off"}`));
}

/**
 * Back from behind a pause leads to before it, or the pause would be skipped again at once.
 * @param {HTMLVideoElement} video
 * @param {number} seconds
 */
export function jump(video, seconds) {
  let second = video.currentTime + seconds;
  const pause = settings.pauses && seconds < 0 ? pauseAt(video, second) : undefined;
  if (pause) second = pause[0] + seconds;
  seekTo(video, Math.max(0, Math.min(second, video.duration || second)));
}

/** @param {HTMLVideoElement} video that plays */
export function skipPause(video) {
  const pause = settings.pauses && !video.seeking ? pauseAt(video, video.currentTime) : undefined;
  if (!pause) return;
  skipped.set(video, (skipped.get(video) ?? 0) + pause[1] - video.currentTime);
  video.currentTime = pause[1];
  const told = answerOf(video)?.querySelector("[data-skipped]");
  if (told) told.textContent = words("skipped", { time: minutesAndSeconds(skipped.get(video) ?? 0) });
}

/**
 * @param {HTMLVideoElement} video
 * @param {number} second
 */
function pauseAt(video, second) {
  const timeline = answerOf(video)?.querySelector("[data-skips]");
  if (!(timeline instanceof HTMLElement)) return undefined;
  const pauses = pausesIn.get(timeline) ?? /** @type {Pause[]} */ (JSON.parse(timeline.dataset.skips ?? "[]"));
  pausesIn.set(timeline, pauses);
  return pauses.find(([begin, end]) => begin <= second && second < end - 0.1);
}

/** Puts everything on the page as it is set; does nothing where it is so already. */
function show() {
  for (const answer of allAnswers()) {
    const video = videoOf(answer);
    const transcript = /** @type {HTMLElement | null} */ (answer.querySelector(".transcript"));
    const bar = /** @type {HTMLElement | null} */ (answer.querySelector("[data-playing]")); // where one compares there is none
    if (bar) showBar(bar, Boolean(video), Boolean(transcript?.dataset.captions));
    if (!video) continue;
    video.preservesPitch = true;
    video.defaultPlaybackRate = settings.speed;
    if (video.playbackRate !== settings.speed) video.playbackRate = settings.speed;
    if (!bar) continue; // nor captions, then
    showCaptions(video, transcript?.dataset.captions, transcript?.querySelector("[lang]")?.getAttribute("lang") ?? "");
  }
}

/**
 * @param {HTMLElement} bar
 * @param {boolean} plays
 * @param {boolean} hasCaptions
 */
function showBar(bar, plays, hasCaptions) {
  bar.hidden = !plays;
  const speeds = /** @type {HTMLSelectElement} */ (bar.querySelector("[data-speed]"));
  if (!speeds.length) speeds.append(...SPEEDS.map((speed) => new Option(`${inWords(speed)}×`, String(speed))));
  speeds.value = String(settings.speed);
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (bar.querySelectorAll("[data-toggle]"))) {
    button.ariaPressed = String(settings[/** @type {Choice} */ (button.dataset.toggle)]);
  }
  /** @type {HTMLElement} */ (bar.querySelector("[data-toggle=captions]")).hidden = !hasCaptions;
}

/**
 * The track is made here: the words change while their player stays.
 * @param {HTMLVideoElement} video
 * @param {string | undefined} address
 * @param {string} language
 */
function showCaptions(video, address, language) {
  let track = video.querySelector("track");
  if (track && track.getAttribute("src") !== address) {
    track.remove();
    track = null;
  }
  if (!address) return;
  if (!track) {
    track = document.createElement("track");
    Object.assign(track, { kind: "captions", srclang: language, label: words("captions"), src: address });
    track.setAttribute("src", address);
    video.append(track);
    video.textTracks.addEventListener("change", takeOver);
  }
  const mode = settings.captions ? "showing" : "disabled"; // a track that is not shown is not loaded either
  if (track.track.mode !== mode) track.track.mode = mode;
}

/** @this {TextTrackList} What was chosen in the browser's own player counts for all. */
function takeOver() {
  const isShown = [...this].some((track) => track.mode === "showing");
  if (this.length === 1 && isShown !== settings.captions) toggle("captions");
}

document.addEventListener(
  "ratechange",
  (event) => {
    const video = event.target;
    if (!(video instanceof HTMLVideoElement) || !answerOf(video) || video.playbackRate === settings.speed) return;
    if (SPEEDS.includes(video.playbackRate)) setSpeed(video.playbackRate);
  },
  true,
);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-playing] button") : null;
  const video = videoOf(answerOf(button));
  if (!(button instanceof HTMLElement) || !video) return;
  if (button.dataset.jump) jump(video, Number(button.dataset.jump));
  if (button.dataset.toggle) toggle(/** @type {Choice} */ (button.dataset.toggle));
});

document.addEventListener("change", (event) => {
  const chosen = event.target;
  if (chosen instanceof HTMLSelectElement && chosen.matches("[data-speed]")) setSpeed(Number(chosen.value));
});

whenReplaced(show);
