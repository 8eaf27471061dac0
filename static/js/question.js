// @ts-check
/** One question: think, record, watch, keep or record again. */
import { cameraWords } from "./check.js";
import { CutShort } from "./cut-short.js";
import { Ending } from "./ending.js";
import { frameCamera } from "./frame.js";
import { QuestionView } from "./question-view.js";
import { Recording } from "./recording.js";
import { Takes } from "./takes.js";
import { Writing } from "./writing.js";

/**
 * @typedef {object} Studio what a question needs from the page around it
 * @property {() => Promise<MediaStream>} camera opens it again when it was lost
 * @property {import("./upload.js").Site} site
 * @property {import("./recovery.js").Recovery} recovery
 * @property {string} takesUrl
 * @property {() => void} closeCamera
 * @property {() => boolean} isWithoutCamera the applicant has chosen to write everything
 * @property {string} textsUrl
 * @property {() => import("./terms.js").Terms} terms as they are now
 * @property {number} graceSeconds in which a sentence can be ended after the time is up
 * @property {(question: Question) => void} onCounts the server has an answer, or another one than before
 * @property {(place: Element, url: string) => void} onWatch
 * @property {(question: Question) => void} onKept
 * @property {() => void} onElsewhere another tab or device goes on with the interview
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
    const { thinkSeconds, answerSeconds, expectedSeconds, takesLeft, isAskedAgain, isClosed } =
      studio.terms().questions[this.id];
    this.thinkSeconds = thinkSeconds;
    this.answerSeconds = answerSeconds;
    this.expectedSeconds = expectedSeconds;
    this.takesLeft = takesLeft;
    this.isAskedAgain = isAskedAgain;
    this.isClosed = isClosed;
    this.takes = new Takes({
      question: this.id,
      takesUrl: studio.takesUrl,
      stored: JSON.parse(section.dataset.takes ?? "[]"),
      onWatch: studio.onWatch,
      onCounts: () => studio.onCounts(this),
    });
    this.writing = new Writing(section, `${studio.textsUrl}${this.id}/`);
    /** @type {import("./clock.js").Clock | null} */
    this.clock = null;
    /** @type {Recording | null} */
    this.recording = null;
    this.cutShort = new CutShort(this, {
      onStored: (stored) => this.ending.stored(stored),
      onRefused: (error) => this.ending.refused(error),
      onRetry: () => this.ending.showRetry(),
    });
    this.ending = new Ending(this);
    this.view.on("start", () => this.record());
    this.view.on("stop", () => this.recording?.stop());
    this.view.on("continue", () => this.record());
    this.view.on("settle", () => this.cutShort.settle());
    this.view.on("restart", () => this.cutShort.restart());
    this.view.on("keep", () => this.ending.keep());
    this.view.on("again", () => this.think());
    this.view.on("write", () => this.write());
    this.view.on("speak", () => this.think(true));
    this.view.on("keep-text", () => this.keepText());
    this.view.on("earlier", () => {
      this.isAskedAgain = false; // the applicant was asked, and keeps what is there
      this.leave();
    });
  }

  /** The server has an answer to this question, from this take or an earlier one. */
  get isAnswered() {
    return Boolean(this.takes.counting);
  }

  /** The conditions have changed; a clock that runs goes on with the new time. */
  followTerms() {
    Object.assign(this, this.studio.terms().questions[this.id]);
    const { answerSeconds, takesLeft, thinkSeconds } = this;
    this.view.showCaptions(this.studio.terms().captions);
    if (this.view.phase === "thinking") {
      this.clock?.allow(this.#isTimed ? thinkSeconds : 0);
      this.view.explainThinking({ timed: this.#isTimed, answerSeconds });
      this.view.offerWriting(this.#mayWrite);
    }
    if (this.view.phase === "recording") this.clock?.allow(this.cutShort.secondsLeft);
    if (this.view.phase === "checking" && this.ending.isSaved) this.view.offer({ keep: true, takesLeft, ready: true });
    this.studio.onCounts(this);
  }

  /** Something recorded or written is not on the server yet. */
  get isUnsaved() {
    return (Boolean(this.recording) && !this.ending.isSaved) || this.writing.isUnsaved;
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
    if (this.studio.recovery.has(this.id)) {
      await this.cutShort.resume("");
      return;
    }
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
    if (timed) {
      this.view.afterPrompt(() => {
        if (this.view.phase !== "thinking" || this.clock) return;
        this.clock = this.view.startClock("think", this.thinkSeconds, () => this.record());
      });
    }
    try {
      frameCamera(await this.studio.camera(), "camera");
    } catch (error) {
      this.stopClock();
      this.view.showProblem(cameraWords(error));
    }
  }

  write() {
    this.stopClock();
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
    this.isAskedAgain = false;
    this.takes.add({ id: kept.take, seconds: null, bytes: kept.bytes, url: "", text: kept.text });
    this.studio.onCounts(this);
    this.leave();
  }

  async record() {
    const { phase } = this.view;
    if (phase !== "thinking" && phase !== "resuming") return;
    this.stopClock();
    this.view.showProblem("");
    this.view.offerEarlier(false);
    this.view.phase = "starting";
    let stream;
    try {
      stream = await this.studio.camera();
      this.recording = this.#begin(stream);
    } catch (error) {
      // No clock now: the applicant starts when the camera is back.
      this.view.showProblem(cameraWords(error));
      this.view.phase = phase;
      this.view.offerEarlier(this.isAnswered);
      this.view.focus(phase === "thinking" ? "start" : "resume");
      return;
    }
    frameCamera(stream, "recording");
    this.view.phase = "recording";
    // Where sound alone is arranged, the connection is not to blame.
    this.view.showSoundOnly(!this.recording.hasPicture && !this.studio.terms().audioOnly);
    this.view.focus("stop");
    this.ending.showSaved();
    const limit = this.cutShort.secondsLeft;
    this.clock = this.view.startClock("answer", limit, () => this.recording?.stop("limit"), this.studio.graceSeconds);
  }

  /** @param {MediaStream} stream */
  #begin(stream) {
    /** @type {Recording} */
    const recording = new Recording(stream, {
      site: this.studio.site,
      question: this.id,
      continues: this.cutShort.unfinished,
      onTroubles: (troubles) => this.view.showTrouble(troubles[0] ?? ""),
      onSaved: () => this.ending.showSaved(),
      onRetry: () => this.ending.showRetry(),
      onEnd: (why) => this.recording === recording && this.ending.ended(recording, why),
      onRefused: (error) => this.recording === recording && this.ending.refused(error),
    });
    return recording;
  }

  /** Another tab goes on with this interview, and with what is on this device. */
  giveUp() {
    this.stopClock();
    this.recording?.giveUp();
    this.recording = null;
  }

  leave() {
    this.stopClock();
    this.studio.onKept(this);
  }

  /**
   * The server has made a take the answer.
   * @param {import("./upload.js").StoredTake} stored
   * @param {Recording} [recording] where this page has made it
   * @returns {string} where it can be watched
   */
  saved({ take: id, seconds, bytes, takes_left }, recording) {
    const known = this.takes.takes.find((take) => take.id === id);
    if (known) return known.url;
    const isHere = recording && !recording.earlier.length;
    const url = isHere ? URL.createObjectURL(recording.upload.whole()) : `${this.studio.takesUrl}${id}/media/`;
    this.takesLeft = takes_left;
    this.isAskedAgain = false;
    this.takes.add({ id, seconds, bytes, url });
    this.studio.onCounts(this);
    return url;
  }

  #reset() {
    this.stopClock();
    this.recording = null;
    this.cutShort.unfinished = null;
    this.ending.reset();
  }

  stopClock() {
    this.clock?.stop();
    this.clock = null;
  }
}
