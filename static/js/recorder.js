// @ts-check
/** Recording in slices, in a format that this browser records well. */

export const SLICE_MS = 2000;
/** A player begins at whole pictures only. Left to itself Chromium makes one in five seconds; who does not know this ignores it. */
const KEYFRAME_MS = 1000;

const WEBM = ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm"];
const MP4 = ["video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/mp4"];
const SOUND_WEBM = ["audio/webm;codecs=opus", "audio/webm"];
const SOUND_MP4 = ["audio/mp4;codecs=mp4a.40.2", "audio/mp4"];

/**
 * WebKit also claims WebM, but its recordings have broken lengths; Chromium also claims MP4, but writes slices that
 * cannot be read before the end. Each gets the one it has always recorded.
 * @param {boolean} picture
 * @returns {string | null} null: this browser cannot record it
 */
export function recordingType(picture) {
  const isWebKit = "webkitSetPresentationMode" in HTMLVideoElement.prototype;
  const types = picture ? [WEBM, MP4] : [SOUND_WEBM, SOUND_MP4];
  if (isWebKit) types.reverse();
  return types.flat().find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

/**
 * @param {MediaStream} stream
 * @param {object} options
 * @param {string} options.type
 * @param {import("./uplink.js").Quality} options.quality
 * @param {(slice: Blob) => void} options.onSlice in order; all have arrived before onEnd
 * @param {() => void} options.onEnd also where a device or the browser stopped it
 * @returns {{ stop: () => void }}
 */
export function startRecorder(stream, { type, quality, onSlice, onEnd }) {
  const recorder = new MediaRecorder(stream, {
    mimeType: type,
    videoKeyFrameIntervalDuration: KEYFRAME_MS,
    audioBitsPerSecond: quality.audio,
    ...(quality.video ? { videoBitsPerSecond: quality.video } : {}),
  });
  const stop = () => {
    if (recorder.state !== "inactive") recorder.stop();
  };
  // A recorder goes on with the other track when one device is unplugged: half an answer that nobody notices.
  for (const track of stream.getTracks()) track.addEventListener("ended", stop, { once: true });

  recorder.addEventListener("dataavailable", (event) => {
    if (event.data.size) onSlice(event.data);
  });
  recorder.addEventListener("error", stop);
  recorder.addEventListener("stop", () => {
    for (const track of stream.getTracks()) track.removeEventListener("ended", stop);
    onEnd();
  });
  recorder.start(SLICE_MS);
  return { stop };
}
