// @ts-check
/**
 * A recording straight from a recorder does not say how long it is, and then its player has no timeline. Jumping far
 * past its end makes the browser find out. Until `durationchange` it must not be sought in.
 * @param {HTMLVideoElement} video with its metadata loaded
 */
function findLength(video) {
  if (video.duration !== Infinity) return;
  video.addEventListener(
    "durationchange",
    () => {
      video.currentTime = 0;
    },
    { once: true },
  );
  video.currentTime = 1e7;
}

/**
 * Sees to it that every video on the page, now or later, has a timeline.
 * @param {Document} page
 */
export function findLengths(page) {
  for (const video of page.querySelectorAll("video")) {
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA && !video.srcObject) findLength(video);
  }
  // Media events do not bubble, but they can be caught on the way down.
  page.addEventListener(
    "loadedmetadata",
    (event) => {
      if (event.target instanceof HTMLVideoElement && !event.target.srcObject) findLength(event.target);
    },
    true,
  );
}

/**
 * Shows that second, without playing.
 * @param {HTMLVideoElement} video
 * @param {number} second
 * @param {() => void} [then] once it can be sought in
 */
export function seekTo(video, second, then = () => {}) {
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA && video.duration !== Infinity) {
    video.currentTime = second;
    then();
    return;
  }
  video.addEventListener("durationchange", () => seekTo(video, second, then), { once: true });
  video.preload = "auto";
}

/**
 * @param {HTMLVideoElement} video
 * @param {number} second
 */
export function playFrom(video, second) {
  // The browser may want a click on the player first; the position stands.
  seekTo(video, second, () => void video.play().catch(() => {}));
}
