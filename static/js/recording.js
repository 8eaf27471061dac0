// @ts-check
/** One recording while it is made: the recorder, what watches over it, and its way to this device and to the server. */
import { SLICE_MS, recordingType, startRecorder } from "./recorder.js";
import { SegmentUpload } from "./upload.js";
import { startWatchdog } from "./watchdog.js";

const DATA_WITHIN_MS = 2 * SLICE_MS + 1000;
const BACKLOG_BYTES = 64 * 1024 * 1024;

/** @typedef {"asked" | "limit" | "size" | "camera" | "no-data"} Why it ended */

/** No format of this browser's fits. */
export class CannotRecord extends Error {}

/**
 * The name of the lock that is held until the last slice is on this device.
 * @param {string} interview
 */
export const keepingLock = (interview) => `greenroom-keeping-${interview}`;

export class Recording {
  /**
   * Begins at once.
   * @param {MediaStream} stream
   * @param {object} options
   * @param {import("./upload.js").Site} options.site
   * @param {string} options.question id
   * @param {import("./upload.js").Unfinished | null} options.continues what goes on; null: a new take
   * @param {(why: Why) => void} options.onEnd every slice has come
   * @param {(troubles: import("./watchdog.js").Trouble[]) => void} options.onTroubles all there are now
   * @param {() => void} options.onSaved the server has more
   * @param {() => void} options.onRetry the server was not reached, another try follows
   * @param {(error: unknown) => void} options.onRefused the server will not have it; recording has stopped
   * @throws {CannotRecord}
   */
  constructor(stream, { site, question, continues, onEnd, onTroubles, onSaved, onRetry, onRefused }) {
    const { quality } = site.uplink;
    const hasCamera = stream.getVideoTracks().length > 0;
    const type = recordingType(hasCamera && quality.video > 0);
    if (!type) throw new CannotRecord();
    this.hasPicture = !type.startsWith("audio/");
    const source = this.hasPicture ? stream : new MediaStream(stream.getAudioTracks());
    /** What was saved of the answer before. */
    this.earlier = (continues?.parts ?? []).filter((part) => part.length > 0);
    this.earlierSeconds = continues?.seconds ?? 0;
    /** Seconds of the whole answer, up to the newest slice. */
    this.recordedSeconds = this.earlierSeconds;
    /** @type {Why | null} */
    this.why = null;
    this.isOver = false;
    const began = performance.now();
    let biggest = 0;

    this.upload = SegmentUpload.begin(
      site,
      { question, type, continues: continues?.take ?? "" },
      {
        onSaved: () => {
          this.watchdog.report("backlog", this.upload.size - this.upload.offset > BACKLOG_BYTES);
          onSaved();
        },
        onUnkept: () => this.watchdog.report("not-kept", true),
        onRetry,
        onRefused: (error) => {
          this.stop();
          onRefused(error);
        },
      },
    );
    this.recorder = startRecorder(source, {
      type,
      quality,
      onSlice: (slice) => {
        this.watchdog.fed();
        this.recordedSeconds = this.earlierSeconds + (performance.now() - began) / 1000;
        this.upload.add(slice, this.recordedSeconds);
        biggest = Math.max(biggest, slice.size);
        // One more slice, and the one that stopping brings, must still fit.
        if (this.upload.size + 2 * biggest > site.maxTakeBytes) this.stop("size");
      },
      onEnd: () => {
        this.#over();
        onEnd(this.why ?? "camera");
      },
    });
    this.watchdog = startWatchdog(source, {
      dataWithinMs: DATA_WITHIN_MS,
      onChange: onTroubles,
      onNoData: () => this.stop("no-data"),
    });
    void this.#stayAwake();
    void navigator.locks?.request(keepingLock(site.interview), () => this.kept);
  }

  /** Seconds of the whole answer that the server has. */
  get savedSeconds() {
    return Math.max(this.earlierSeconds, this.upload.savedSeconds);
  }

  /** @param {Why} why */
  stop(why = "asked") {
    this.why ??= why;
    this.recorder.stop();
  }

  /** Another tab goes on with what this device has. */
  giveUp() {
    this.stop();
    if (this.upload.isKept) this.upload.abandon();
  }

  #over() {
    this.isOver = true;
    this.watchdog.stop();
    document.removeEventListener("visibilitychange", this.#wake);
    void this.wakeLock?.release();
    this.upload.adding.then(this.#allKept, this.#allKept);
  }

  /** The screen stays on. The browser takes that back whenever the page is out of sight. */
  async #stayAwake() {
    document.addEventListener("visibilitychange", this.#wake);
    await this.#wake();
  }

  #wake = async () => {
    if (document.visibilityState !== "visible" || this.isOver) return;
    this.wakeLock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (this.isOver) void this.wakeLock?.release();
  };

  #allKept = () => {};

  /** @type {Promise<void>} every slice is on this device, as far as there is room */
  kept = new Promise((resolve) => {
    this.#allKept = resolve;
  });
}
