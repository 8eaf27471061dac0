// @ts-check
/**
 * A recording straight from the recorder does not say how long it is, and then cannot be sought in. Jumping far past
 * its end makes the browser find out.
 * @param {HTMLVideoElement} video
 */
export function findLength(video) {
  video.addEventListener("loadedmetadata", () => {
    if (video.duration !== Infinity) return;
    video.addEventListener(
      "durationchange",
      () => {
        video.currentTime = 0;
      },
      { once: true },
    );
    video.currentTime = 1e7;
  });
}
