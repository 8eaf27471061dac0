// @ts-check
/** Recording in slices, in a format that this browser records well. */

const SLICE_MS = 2000;
const VIDEO_BITS_PER_SECOND = 1_000_000;
const AUDIO_BITS_PER_SECOND = 64_000;

const WEBM = ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm"];
const MP4 = ["video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/mp4"];

/**
 * WebKit also claims WebM, but its recordings have broken lengths; Chromium also claims MP4, but writes slices that
 * cannot be read before the end. Each gets the one it has always recorded.
 * @returns {string | null} null: this browser cannot record video
 */
export function recordingType() {
  const isWebKit = "webkitSetPresentationMode" in HTMLVideoElement.prototype;
  return (isWebKit ? MP4 : WEBM).find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

/**
 * @param {MediaStream} stream
 * @param {object} options
 * @param {string} options.type
 * @param {(slice: Blob) => void} options.onSlice in order; all have arrived before onEnd
 * @param {(why: "asked" | "camera") => void} options.onEnd "camera": a device stopped, not we
 * @returns {{ stop: () => void }}
 */
export function startRecorder(stream, { type, onSlice, onEnd }) {
  const recorder = new MediaRecorder(stream, {
    mimeType: type,
    videoBitsPerSecond: VIDEO_BITS_PER_SECOND,
    audioBitsPerSecond: AUDIO_BITS_PER_SECOND,
  });
  /** @type {"asked" | "camera"} */
  let why = "camera";
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
    onEnd(why);
  });
  recorder.start(SLICE_MS);
  return {
    stop() {
      why = "asked";
      stop();
    },
  };
}
