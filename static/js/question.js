// @ts-check
/** One question: think, record, watch, keep or record again. */
import { cameraWords } from "./check.js";
import { startClock } from "./clock.js";
import { frameCamera, frameClock, framePlayback } from "./frame.js";
import { recordingType, startRecorder } from "./recorder.js";
import { minutesAndSeconds } from "./times.js";
import { TakeUpload, UploadRefused } from "./upload.js";
import { announce, words } from "./words.js";

const WARN_SECONDS = 10;

/**
 * @typedef {object} Studio what a question needs from the page around it
 * @property {() => Promise<MediaStream>} camera opens it again when it was lost
 * @property {{ takesUrl: string, csrfToken: string, sliceBytes: number, maxTakeBytes: number }} upload
 * @property {(question: string, stored: import("./upload.js").StoredTake, recording: Blob) => void} onSaved
 * @property {(question: string) => void} onKept
 */

export class Question {
  /**
   * @param {HTMLElement} section
   * @param {Studio} studio
   */
  constructor(section, studio) {
    this.section = section;
    this.studio = studio;
    this.id = section.dataset.question ?? "";
    this.thinkSeconds = Number(section.dataset.thinkSeconds);
    this.answerSeconds = Number(section.dataset.answerSeconds);
    this.takesLeft = Number(section.dataset.takesLeft);
    /** @type {ReturnType<typeof startClock> | null} */
    this.clock = null;
    /** @type {ReturnType<typeof startRecorder> | null} */
    this.recorder = null;
    /** @type {TakeUpload | null} */
    this.upload = null;
    /** @type {WakeLockSentinel | undefined} */
    this.wakeLock = undefined;
    this.isSaved = false;
    this.goOnWhenSaved = false;
    /** @type {{ bytes: number, seconds: number }[]} where each slice ends */
    this.sliceEnds = [];
    for (const [name, act] of /** @type {const} */ ([
      ["start", () => this.record()],
      ["stop", () => this.recorder?.stop()],
      ["keep", () => this.keep()],
      ["again", () => this.#button("again").ariaDisabled !== "true" && this.think()],
    ])) {
      this.#button(name).addEventListener("click", act);
    }
  }

  /** Something recorded is not on the server yet. */
  get isUnsaved() {
    return Boolean(this.upload?.size) && !this.isSaved;
  }

  get phase() {
    return this.section.dataset.phase ?? "";
  }

  async think() {
    this.#reset();
    this.#phase("thinking");
    const timed = this.thinkSeconds > 0;
    this.#find('[data-clock="think"]').hidden = !timed;
    this.#find("[data-think-note]").hidden = !timed;
    this.#find("[data-think-free]").hidden = timed;
    this.#find("h1").focus();
    if (timed) {
      announce(words("think-begins", { seconds: this.thinkSeconds }));
      this.#startClock("think", this.thinkSeconds, [WARN_SECONDS], "think-ends", () => this.record());
    }
    try {
      frameCamera(await this.studio.camera(), "camera");
    } catch (error) {
      this.#stopClock();
      this.#problem(cameraWords(error));
    }
  }

  async record() {
    if (this.phase !== "thinking") return;
    this.#stopClock();
    this.#problem("");
    this.#phase("starting");
    const type = recordingType();
    let stream;
    try {
      stream = await this.studio.camera();
    } catch (error) {
      this.#problem(cameraWords(error));
    }
    if (stream && !type) this.#problem(words("camera-unsupported"));
    if (!stream || !type) {
      // No clock now: the applicant starts when the camera is back.
      this.#phase("thinking");
      this.#button("start").focus();
      return;
    }
    const upload = this.#newUpload(type);
    this.upload = upload;
    let biggest = 0;
    /** @type {"asked" | "camera" | "limit" | "size"} */
    let ended = "asked";
    const stop = (/** @type {"limit" | "size"} */ why) => {
      ended = why;
      this.recorder?.stop();
    };
    this.recorder = startRecorder(stream, {
      type,
      onSlice: (slice) => {
        upload.add(slice);
        this.sliceEnds.push({ bytes: upload.size, seconds: this.clock?.elapsed() ?? this.recordedSeconds });
        biggest = Math.max(biggest, slice.size);
        // One more slice, and the one that stopping brings, must still fit.
        if (upload.size + 2 * biggest > this.studio.upload.maxTakeBytes) stop("size");
      },
      onEnd: (why) => this.#recorded(why === "camera" ? "camera" : ended),
    });
    frameCamera(stream, "recording");
    this.#phase("recording");
    this.#button("stop").focus();
    this.#uploadState("sending");
    announce(words("recording-begins", { seconds: this.answerSeconds }));
    this.#startClock("answer", this.answerSeconds, [30, WARN_SECONDS], "recording-left", () => stop("limit"));
    this.wakeLock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (this.phase !== "recording") void this.wakeLock?.release();
  }

  keep() {
    if (this.isSaved) {
      this.studio.onKept(this.id);
      return;
    }
    this.goOnWhenSaved = true;
    this.#button("keep").ariaDisabled = "true";
    announce(words("keep-waits"));
    this.#why(words("keep-waits"));
  }

  /** Another tab goes on with this interview. A take that is complete may still finish; a half one is dropped. */
  giveUp() {
    this.#stopClock();
    if (this.phase !== "recording" && this.phase !== "starting") return;
    this.upload?.abandon();
    this.upload = null;
    this.#phase("thinking");
    this.recorder?.stop();
  }

  /** @param {"asked" | "camera" | "limit" | "size"} why */
  #recorded(why) {
    this.#stopClock();
    this.recorder = null;
    void this.wakeLock?.release();
    const upload = this.upload;
    if (!upload) return; // given up meanwhile
    this.#phase("checking");
    const stopped = why === "asked" ? "" : words(`stopped-${why}`);
    this.#why(stopped);
    announce(stopped || words("stopped", { seconds: Math.round(this.recordedSeconds) }));
    if (!upload.size) {
      this.upload = null;
      this.#uploadState("idle");
      this.#problem(words("recorded-nothing"));
      this.#offer({ keep: false, takesLeft: this.takesLeft, ready: true });
      return;
    }
    framePlayback(upload.whole());
    this.#find("[data-checking-heading]").focus();
    this.#offer({ keep: true, takesLeft: this.takesLeft - 1, ready: false });
    this.#showSaved(upload.offset);
    void this.#finish(upload);
  }

  /** @param {TakeUpload} upload */
  async #finish(upload) {
    let stored;
    try {
      stored = await upload.finish();
    } catch (error) {
      this.#refused(error);
      return;
    }
    this.isSaved = true;
    this.takesLeft = stored.takes_left;
    this.#uploadState("saved", { time: minutesAndSeconds(stored.seconds ?? this.recordedSeconds) });
    this.#offer({ keep: true, takesLeft: this.takesLeft, ready: true });
    this.studio.onSaved(this.id, stored, upload.whole());
    if (this.goOnWhenSaved) this.studio.onKept(this.id);
  }

  /** @param {unknown} error why the server will not have this take */
  #refused(error) {
    if (!(error instanceof UploadRefused)) throw error;
    const upload = this.upload;
    this.upload = null;
    this.recorder?.stop();
    this.#stopClock();
    upload?.abandon();
    this.#phase("checking");
    this.#why("");
    this.#uploadState("failed");
    this.#problem(error.message || words("upload-refused", { status: error.status }));
    this.#offer({ keep: false, takesLeft: this.takesLeft, ready: true });
  }

  /** @param {string} type */
  #newUpload(type) {
    const { takesUrl, csrfToken, sliceBytes } = this.studio.upload;
    return new TakeUpload({
      takesUrl,
      csrfToken,
      sliceBytes,
      type,
      question: this.id,
      onSaved: (offset) => this.#showSaved(offset),
      onRetry: () => this.#uploadState("retrying"),
      onRefused: (error) => this.#refused(error),
    });
  }

  /** @param {number} offset bytes that the server has confirmed */
  #showSaved(offset) {
    const upload = this.upload;
    if (!upload) return;
    const saved = this.sliceEnds.findLast((end) => end.bytes <= offset)?.seconds ?? 0;
    const time = minutesAndSeconds(saved);
    if (this.phase === "recording") this.#uploadState(saved ? "saved-to" : "sending", { time });
    else if (offset < upload.size) {
      this.#uploadState("finishing", { time, total: minutesAndSeconds(this.recordedSeconds) });
    } else this.#uploadState("checking");
  }

  #reset() {
    this.#stopClock();
    this.upload = null;
    this.isSaved = false;
    this.goOnWhenSaved = false;
    this.sliceEnds = [];
    this.recordedSeconds = 0;
    this.#button("keep").ariaDisabled = null;
    this.#problem("");
    this.#uploadState("idle");
  }

  /** @param {{ keep: boolean, takesLeft: number, ready: boolean }} offer */
  #offer({ keep, takesLeft, ready }) {
    this.#button("keep").hidden = !keep;
    const again = this.#button("again");
    again.hidden = takesLeft <= 0;
    // How many are left is the server's to say, so another recording waits for its answer.
    again.ariaDisabled = ready ? null : "true";
    this.#find("[data-takes-words]").textContent = words("takes-left", { count: takesLeft });
    this.#find("[data-last-take]").hidden = takesLeft > 0;
  }

  /**
   * @param {"think" | "answer"} which
   * @param {number} seconds
   * @param {number[]} moments seconds before the end at which people who listen are told
   * @param {string} sentence
   * @param {() => void} onEnd
   */
  #startClock(which, seconds, moments, sentence, onEnd) {
    const clock = this.#find(`[data-clock="${which}"]`);
    const time = /** @type {HTMLElement} */ (clock.querySelector(".clock-time"));
    const bar = /** @type {HTMLProgressElement} */ (clock.querySelector("progress"));
    const ahead = moments.filter((moment) => moment < seconds);
    this.clock = startClock({
      seconds,
      onTick: (left, elapsed) => {
        time.textContent = minutesAndSeconds(Math.ceil(left));
        bar.value = elapsed / seconds;
        if (which === "answer") {
          clock.classList.toggle("is-ending", left <= WARN_SECONDS);
          frameClock(minutesAndSeconds(elapsed));
        }
        if (left <= ahead[0]) announce(words(sentence, { seconds: ahead.shift() ?? 0 }));
      },
      onEnd,
    });
  }

  #stopClock() {
    this.recordedSeconds = this.clock?.stop() ?? this.recordedSeconds;
    this.clock = null;
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.section.querySelector(selector));
  }

  /** @param {"start" | "stop" | "keep" | "again"} name */
  #button(name) {
    return /** @type {HTMLButtonElement} */ (this.section.querySelector(`[data-do="${name}"]`));
  }

  /** @param {"thinking" | "starting" | "recording" | "checking"} phase */
  #phase(phase) {
    this.section.dataset.phase = phase;
  }

  /** @param {string} sentence */
  #why(sentence) {
    const line = this.#find("[data-why-stopped]");
    line.hidden = !sentence;
    line.textContent = sentence;
  }

  /** @param {string} sentence "" takes it away */
  #problem(sentence) {
    const notice = this.#find("[data-problem]");
    notice.hidden = !sentence;
    /** @type {HTMLElement} */ (notice.firstElementChild).textContent = sentence;
  }

  /**
   * @param {"idle" | "sending" | "saved-to" | "finishing" | "checking" | "saved" | "retrying" | "failed"} state
   * @param {Record<string, string>} [values]
   */
  #uploadState(state, values) {
    const line = this.#find("[data-upload]");
    const sentence = words(`upload-${state}`, values);
    if (line.dataset.state !== state && (state === "retrying" || state === "saved")) announce(sentence);
    line.dataset.state = state;
    /** @type {HTMLElement} */ (line.firstElementChild).textContent = sentence;
  }
}
