// @ts-check
/** Notices what goes wrong while an answer is recorded, so that nobody speaks to a microphone that is off. */
import { startMeter } from "./meter.js";

/** @typedef {"microphone-muted" | "camera-muted" | "silent" | "storage-low" | "not-kept" | "backlog"} Trouble */

const SILENT_LEVEL = 0.08;
const SILENT_AFTER_MS = 5_000;
const STORAGE_LOW_BYTES = 200 * 1024 * 1024;
const LOOK_EVERY_MS = 1_000;
const STORAGE_EVERY_LOOKS = 10;

/**
 * @param {MediaStream} stream
 * @param {object} options
 * @param {number} options.dataWithinMs the longest that a healthy recorder keeps its slices back
 * @param {(troubles: Trouble[]) => void} options.onChange all there are now
 * @param {() => void} options.onNoData the recorder has stopped giving slices
 * @returns {{ fed: () => void, report: (trouble: Trouble, there: boolean) => void, stop: () => void }}
 *   fed: a slice has come; report: what others have noticed
 */
export function startWatchdog(stream, { dataWithinMs, onChange, onNoData }) {
  /** @type {Set<Trouble>} */
  const troubles = new Set();
  const report = (/** @type {Trouble} */ trouble, /** @type {boolean} */ there) => {
    if (there === troubles.has(trouble)) return;
    if (there) troubles.add(trouble);
    else troubles.delete(trouble);
    onChange([...troubles]);
  };

  let fedAt = performance.now();
  let heardAt = performance.now();
  let looks = 0;
  const [microphone] = stream.getAudioTracks();
  const [camera] = stream.getVideoTracks();
  const stopMeter = startMeter(stream, (level) => {
    if (level >= SILENT_LEVEL) heardAt = performance.now();
  });
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - fedAt > dataWithinMs) onNoData();
    // A track says so itself; some phones mute without the event, so it is asked.
    report("microphone-muted", Boolean(microphone?.muted || microphone?.enabled === false));
    report("camera-muted", Boolean(camera?.muted));
    report("silent", !microphone?.muted && now - heardAt > SILENT_AFTER_MS);
    if (looks++ % STORAGE_EVERY_LOOKS === 0) void lookAtStorage();
  }, LOOK_EVERY_MS);

  async function lookAtStorage() {
    const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
    if (quota !== undefined && usage !== undefined) report("storage-low", quota - usage < STORAGE_LOW_BYTES);
  }

  return {
    fed: () => {
      fedAt = performance.now();
    },
    report,
    stop: () => {
      clearInterval(timer);
      stopMeter();
    },
  };
}
