// @ts-check
/** One question: think, record, watch, keep or record again. */
import { cameraWords } from "./check.js";
import { frameCamera, framePlayback } from "./frame.js";
import { QuestionView } from "./question-view.js";
import { recordingType, startRecorder } from "./recorder.js";
import { Takes } from "./takes.js";
import { minutesAndSeconds } from "./times.js";
import { TakeUpload, UploadRefused } from "./upload.js";
import { announce, words } from "./words.js";
import { Writing } from "./writing.js";

/**
 * @typedef {object} Studio what a question needs from the page around it
 * @property {() => Promise<MediaStream>} camera opens it again when it was lost
 * @property {{ takesUrl: string, uploadsUrl: string, sliceBytes: number, maxTakeBytes: number }} upload
 * @property {() => void} closeCamera
 * @property {() => boolean} isWithoutCamera the applicant has chosen to write everything
 * @property {string} textsUrl
 * @property {() => import("./terms.js").Terms} terms as they are now
 * @property {number} graceSeconds in which a sentence can be ended after the time is up
 * @property {(question: Question) => void} onCounts the server has an answer, or another one than before
 * @property {(place: Element, url: string) => void} onWatch
 * @property {(question: Question) => void} onKept
 */

export class Question {
  /**
   * @param {HTMLElement} section
   * @param {Studio} studio
   */
  constructor(section, studio) {
    this.section = section;
    this.studio = studio;
    this.view = new QuestionView(section);
    this.id = section.dataset.question ?? "";
    this.isPractice = this.id === "0";
    const { thinkSeconds, answerSeconds, expectedSeconds, takesLeft } = studio.terms().questions[this.id];
    this.thinkSeconds = thinkSeconds;
    this.answerSeconds = answerSeconds;
    this.expectedSeconds = expectedSeconds;
    this.takesLeft = takesLeft;
    this.takes = new Takes({
      question: this.id,
      takesUrl: studio.upload.takesUrl,
      stored: JSON.parse(section.dataset.takes ?? "[]"),
      onWatch: studio.onWatch,
      onCounts: () => studio.onCounts(this),
    });
    this.writing = new Writing(section, `${studio.textsUrl}${this.id}/`);
    /** @type {import("./clock.js").Clock | null} */
    this.clock = null;
    /** @type {ReturnType<typeof startRecorder> | null} */
    this.recorder = null;
    /** @type {TakeUpload | null} */
    this.upload = null;
    /** @type {WakeLockSentinel | undefined} */
    this.wakeLock = undefined;
    this.isSaved = false;
    this.goOnWhenSaved = false;
    this.recordedSeconds = 0;
    /** @type {{ bytes: number, seconds: number }[]} where each slice ends */
    this.sliceEnds = [];
    this.view.on("start", () => this.record());
    this.view.on("stop", () => this.recorder?.stop());
    this.view.on("keep", () => this.keep());
    this.view.on("again", () => this.think());
    this.view.on("write", () => this.write());
    this.view.on("speak", () => this.think(true));
    this.view.on("keep-text", () => this.keepText());
    this.view.on("earlier", () => this.#leave());
  }

  /** The server has an answer to this question, from this take or an earlier one. */
  get isAnswered() {
    return Boolean(this.takes.counting);
  }

  /** The conditions have changed; a clock that runs goes on with the new time. */
  followTerms() {
    const { thinkSeconds, answerSeconds, expectedSeconds, takesLeft } = this.studio.terms().questions[this.id];
    Object.assign(this, { thinkSeconds, answerSeconds, expectedSeconds, takesLeft });
    if (this.view.phase === "thinking") {
      this.clock?.allow(this.#isTimed ? thinkSeconds : 0);
      this.view.explainThinking({ timed: this.#isTimed, answerSeconds });
      this.view.offerWriting(this.#mayWrite);
    }
    if (this.view.phase === "recording") this.clock?.allow(answerSeconds);
    if (this.view.phase === "checking" && this.isSaved) this.view.offer({ keep: true, takesLeft, ready: true });
    this.studio.onCounts(this);
  }

  /** Something recorded or written is not on the server yet. */
  get isUnsaved() {
    return (Boolean(this.upload?.size) && !this.isSaved) || this.writing.isUnsaved;
  }

  get #mayWrite() {
    return this.studio.terms().written && !this.isPractice;
  }

  /** Who may write is not recorded by surprise: nothing starts by itself then. */
  get #isTimed() {
    return this.thinkSeconds > 0 && !this.#mayWrite;
  }

  /** @param {boolean} [aloud] the answer is to be spoken, although it may be written */
  async think(aloud = false) {
    this.#reset();
    if (this.#mayWrite && !aloud && (this.studio.isWithoutCamera() || this.writing.area.value)) {
      this.write();
      return;
    }
    this.view.phase = "thinking";
    const timed = this.#isTimed;
    this.view.offerWriting(this.#mayWrite);
    this.view.explainThinking({ timed, answerSeconds: this.answerSeconds });
    this.view.offerEarlier(this.isAnswered);
    this.view.focus("heading");
    if (timed) this.clock = this.view.startClock("think", this.thinkSeconds, () => this.record());
    try {
      frameCamera(await this.studio.camera(), "camera");
    } catch (error) {
      this.#stopClock();
      this.view.showProblem(cameraWords(error));
    }
  }

  write() {
    this.#stopClock();
    this.view.showProblem("");
    this.view.phase = "writing";
    this.studio.closeCamera();
    this.view.offerEarlier(this.isAnswered);
    this.view.focus("text");
  }

  async keepText() {
    this.view.showProblem("");
    const kept = await this.writing.keep();
    if (typeof kept === "string") {
      this.view.showProblem(kept);
      return;
    }
    this.takes.add({ id: kept.take, seconds: null, bytes: kept.bytes, url: "", text: kept.text });
    this.studio.onCounts(this);
    this.#leave();
  }

  async record() {
    if (this.view.phase !== "thinking") return;
    this.#stopClock();
    this.view.showProblem("");
    this.view.offerEarlier(false);
    this.view.phase = "starting";
    const type = recordingType();
    let stream;
    try {
      stream = await this.studio.camera();
    } catch (error) {
      this.view.showProblem(cameraWords(error));
    }
    if (stream && !type) this.view.showProblem(words("camera-unsupported"));
    if (!stream || !type) {
      // No clock now: the applicant starts when the camera is back.
      this.view.phase = "thinking";
      this.view.offerEarlier(this.isAnswered);
      this.view.focus("start");
      return;
    }
    const upload = this.#newUpload(type);
    this.upload = upload;
    let biggest = 0;
    /** @type {"asked" | "limit" | "size"} */
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
    this.view.phase = "recording";
    this.view.focus("stop");
    this.view.showUpload("sending");
    this.clock = this.view.startClock("answer", this.answerSeconds, () => stop("limit"), this.studio.graceSeconds);
    this.wakeLock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (this.view.phase !== "recording") void this.wakeLock?.release();
  }

  keep() {
    if (this.isSaved) {
      this.#leave();
      return;
    }
    this.goOnWhenSaved = true;
    this.view.showKeepWaits(true);
  }

  /** Another tab goes on with this interview. A take that is complete may still finish; a half one is dropped. */
  giveUp() {
    this.#stopClock();
    if (this.view.phase !== "recording" && this.view.phase !== "starting") return;
    this.upload?.abandon();
    this.upload = null;
    this.view.phase = "thinking";
    this.recorder?.stop();
  }

  #leave() {
    this.#stopClock();
    this.studio.onKept(this);
  }

  /** @param {"asked" | "camera" | "limit" | "size"} why */
  #recorded(why) {
    this.#stopClock();
    this.recorder = null;
    void this.wakeLock?.release();
    const upload = this.upload;
    if (!upload) return; // given up or refused meanwhile
    this.view.phase = "checking";
    const stopped = why === "asked" ? "" : words(`stopped-${why}`);
    this.view.showWhy(stopped);
    announce(stopped || words("stopped", { seconds: Math.round(this.recordedSeconds) }));
    if (!upload.size) {
      this.#failed("idle", words("recorded-nothing"));
      return;
    }
    framePlayback(URL.createObjectURL(upload.whole()));
    this.view.focus("recording");
    this.view.offer({ keep: true, takesLeft: this.takesLeft - 1, ready: false });
    if (this.view.uploadState !== "retrying") this.#showSaved(upload.offset);
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
    this.view.showUpload("saved", { time: minutesAndSeconds(stored.seconds ?? this.recordedSeconds) });
    this.view.offer({ keep: true, takesLeft: this.takesLeft, ready: true });
    const { take: id, seconds, bytes } = stored;
    this.takes.add({ id, seconds, bytes, url: URL.createObjectURL(upload.whole()) });
    this.studio.onCounts(this);
    if (this.goOnWhenSaved) this.#leave();
  }

  /** @param {unknown} error why the server will not have this take */
  #refused(error) {
    if (!(error instanceof UploadRefused)) throw error;
    const recording = this.upload?.whole();
    const problem = error.message || words("upload-refused", { status: error.status });
    this.#failed("failed", problem, { again: !error.isFinal });
    this.#stopClock();
    this.recorder?.stop();
    if (recording?.size) framePlayback(URL.createObjectURL(recording));
  }

  /**
   * There is nothing to keep of this take.
   * @param {"idle" | "failed"} state of its upload
   * @param {string} problem
   * @param {{ again: boolean }} [offer] again: whether another recording would help
   */
  #failed(state, problem, { again } = { again: true }) {
    this.upload?.abandon();
    this.upload = null;
    this.view.phase = "checking";
    this.view.showWhy("");
    this.view.showUpload(state);
    this.view.showProblem(problem);
    this.view.offer({ keep: false, takesLeft: this.takesLeft, ready: true, again });
    this.view.offerEarlier(this.isAnswered);
    this.view.focus("recording");
  }

  /** @param {string} type */
  #newUpload(type) {
    const { uploadsUrl, sliceBytes } = this.studio.upload;
    return new TakeUpload({
      uploadsUrl,
      sliceBytes,
      type,
      question: this.id,
      onSaved: (offset) => this.#showSaved(offset),
      onRetry: () => this.view.showUpload("retrying"),
      onRefused: (error) => this.#refused(error),
    });
  }

  /** @param {number} offset bytes that the server has confirmed */
  #showSaved(offset) {
    const upload = this.upload;
    if (!upload) return;
    const saved = this.sliceEnds.findLast((end) => end.bytes <= offset)?.seconds ?? 0;
    const time = minutesAndSeconds(saved);
    if (this.view.phase === "recording") this.view.showUpload(saved ? "saved-to" : "sending", { time });
    else if (offset < upload.size) {
      this.view.showUpload("finishing", { time, total: minutesAndSeconds(this.recordedSeconds) });
    } else this.view.showUpload("checking");
  }

  #reset() {
    this.#stopClock();
    this.upload = null;
    this.isSaved = false;
    this.goOnWhenSaved = false;
    this.sliceEnds = [];
    this.view.showKeepWaits(false);
    this.view.showWhy("");
    this.view.showProblem("");
    this.view.showUpload("idle");
  }

  #stopClock() {
    this.recordedSeconds = this.clock?.stop() ?? this.recordedSeconds;
    this.clock = null;
  }
}
