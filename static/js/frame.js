// @ts-check
/** The picture beside each step: the camera, or what was just recorded. There is one, and it moves along. */

const frame = /** @type {HTMLElement} */ (document.getElementById("frame"));
const preview = /** @type {HTMLVideoElement} */ (document.getElementById("preview"));
const playback = /** @type {HTMLVideoElement} */ (document.getElementById("playback"));
const clock = /** @type {HTMLElement} */ (document.getElementById("frame-clock"));

/** @param {"off" | "camera" | "recording" | "playback"} mode */
function show(mode) {
  frame.dataset.mode = mode;
  preview.hidden = mode !== "camera" && mode !== "recording";
  playback.hidden = mode !== "playback";
  if (mode !== "playback" && playback.src) {
    playback.removeAttribute("src");
    playback.load();
  }
}

/** @param {Element | null} place where it is shown from now on */
export function moveFrame(place) {
  if (!place || frame.parentElement === place) return;
  place.append(frame);
  // Moving a video in the page pauses it.
  if (preview.srcObject) void preview.play().catch(() => {});
}

export function frameOff() {
  preview.srcObject = null;
  show("off");
}

/**
 * @param {MediaStream} stream
 * @param {"camera" | "recording"} mode
 */
export function frameCamera(stream, mode) {
  if (preview.srcObject !== stream) preview.srcObject = stream;
  frame.toggleAttribute("data-sound", !stream.getVideoTracks().length);
  show(mode);
  void preview.play().catch(() => {});
}

/** @param {string} url of a recording */
export function framePlayback(url) {
  show("playback");
  if (playback.src !== new URL(url, location.href).href) playback.src = url;
}

/** @param {string} time */
export function frameClock(time) {
  clock.textContent = time;
}
