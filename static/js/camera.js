// @ts-check
/** Camera and microphone: opening, choosing, and why it did not work, in the words of words.js. */

/** Why the camera could not be opened. `reason` is the end of the name of a sentence: "camera-" + reason. */
export class CameraProblem extends Error {
  /**
   * @param {"insecure" | "unsupported" | "denied" | "missing" | "busy" | "unfit" | "failed"} reason
   * @param {string} [name] the browser's own name for it
   */
  constructor(reason, name = "") {
    super(reason);
    this.reason = reason;
    this.browserName = name;
  }
}

/** @type {Record<string, CameraProblem["reason"]>} */
const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
  OverconstrainedError: "unfit",
};

/**
 * @typedef {object} Choice
 * @property {string} [camera] device id
 * @property {string} [microphone] device id
 * @property {boolean} [soundOnly] the camera stays off
 */

/**
 * @param {Choice} choice nothing chosen: the browser's default
 * @returns {Promise<MediaStream>}
 * @throws {CameraProblem}
 */
export async function openCamera({ camera, microphone, soundOnly }) {
  if (!isSecureContext) throw new CameraProblem("insecure");
  if (!navigator.mediaDevices?.getUserMedia || typeof MediaRecorder === "undefined") {
    throw new CameraProblem("unsupported");
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: !soundOnly && {
        width: { ideal: 1280 },
        height: { ideal: 720 },
        frameRate: { ideal: 30, max: 30 },
        ...(camera ? { deviceId: { exact: camera } } : { facingMode: "user" }),
      },
      audio: {
        echoCancellation: true,
        noiseSuppression: true,
        ...(microphone ? { deviceId: { exact: microphone } } : {}),
      },
    });
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    throw new CameraProblem(REASONS[name] ?? "failed", name);
  }
}

/** @param {MediaStream | null} stream */
export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** @param {MediaStream | null} stream */
export function isOpen(stream) {
  return Boolean(stream?.getTracks().length && stream.getTracks().every((track) => track.readyState === "live"));
}

/**
 * What can be chosen. Browsers tell the names only after permission was given.
 * @param {"videoinput" | "audioinput"} kind
 * @returns {Promise<MediaDeviceInfo[]>}
 */
export async function devices(kind) {
  return (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === kind && device.deviceId);
}

/**
 * @param {MediaStream} stream
 * @param {"video" | "audio"} kind
 * @returns {string} id of the device in use
 */
export function deviceInUse(stream, kind) {
  const [track] = kind === "video" ? stream.getVideoTracks() : stream.getAudioTracks();
  return track?.getSettings().deviceId ?? "";
}
