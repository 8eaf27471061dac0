// @ts-check
/** What becomes of a recording of one question: it is saved and can be kept, is cut short, or is refused. */
import { framePlayback } from "./frame.js";
import { UploadRefused } from "./persist.js";
import { minutesAndSeconds } from "./times.js";
import { announce, words } from "./words.js";

/** @typedef {import("./recording.js").Recording} Recording */
/**
 * @typedef {object} Question what is needed of the one that is being answered
 * @property {import("./question-view.js").QuestionView} view
 * @property {Recording | null} recording
 * @property {number} takesLeft
 * @property {boolean} isAnswered
 * @property {{ unfinished: unknown, savedSeconds: number, resume: (why: string) => Promise<void> }} cutShort
 * @property {{ recovery: import("./recovery.js").Recovery, onElsewhere: () => void }} studio
 * @property {(stored: import("./upload.js").StoredTake, recording?: Recording) => string} saved
 * @property {() => void} leave
 * @property {() => void} stopClock
 */

export class Ending {
  /** @param {Question} question */
  constructor(question) {
    this.question = question;
    /** The server has all of it. */
    this.isSaved = false;
    this.goOnWhenSaved = false;
  }

  /** Before another recording. */
  reset() {
    const { view } = this.question;
    this.isSaved = false;
    this.goOnWhenSaved = false;
    view.showKeepWaits(false);
    view.showWhy("");
    view.showProblem("");
    view.showTrouble("");
    view.showUpload("idle");
  }

  /** The applicant keeps it: at once, or as soon as the server has it. */
  keep() {
    if (this.isSaved) {
      this.question.leave();
      return;
    }
    this.goOnWhenSaved = true;
    this.question.view.showKeepWaits(true);
  }

  /**
   * @param {Recording} recording
   * @param {import("./recording.js").Why} why
   */
  ended(recording, why) {
    const { cutShort, takesLeft, view } = this.question;
    this.question.stopClock();
    const stopped = why === "asked" ? "" : words(`stopped-${why}`);
    if (!recording.upload.size) {
      if (recording.earlier.length) void cutShort.resume(words("recorded-nothing"));
      else this.#failed("idle", words("recorded-nothing"));
      return;
    }
    if (why === "camera" || why === "no-data") {
      announce(stopped);
      this.#cut(recording, stopped);
      return;
    }
    view.phase = "checking";
    view.showWhy(stopped);
    announce(stopped || words("stopped", { seconds: Math.round(recording.recordedSeconds) }));
    if (!recording.earlier.length) framePlayback(URL.createObjectURL(recording.upload.whole()));
    view.focus("recording");
    view.offer({ keep: true, takesLeft: takesLeft - 1, ready: false });
    if (!view.isRetrying) this.showSaved();
    void this.#finish(recording);
  }

  /**
   * @param {import("./upload.js").StoredTake} stored
   * @param {Recording} [recording] where this page has made it
   */
  stored(stored, recording) {
    const { question } = this;
    const { view } = question;
    this.isSaved = true;
    question.cutShort.unfinished = null;
    const url = question.saved(stored, recording);
    if (!recording || recording.earlier.length) framePlayback(url);
    view.phase = "checking";
    view.showUpload("saved", { time: minutesAndSeconds(stored.seconds ?? recording?.recordedSeconds ?? 0) });
    view.offer({ keep: true, takesLeft: question.takesLeft, ready: true });
    if (!recording) view.focus("recording");
    if (this.goOnWhenSaved) question.leave();
  }

  /** @param {unknown} error why the server will not have this take */
  refused(error) {
    if (!(error instanceof UploadRefused)) {
      if (error instanceof DOMException && error.name === "AbortError") return; // another tab goes on
      throw error;
    }
    const { recording, studio } = this.question;
    this.question.stopClock();
    const created = recording?.upload.segment.created;
    this.question.recording = null;
    recording?.stop();
    if (error.isElsewhere) {
      studio.onElsewhere();
      return;
    }
    if (error.status === 413 && recording) {
      // What came before it became too large is kept.
      this.#cut(recording, error.message);
      return;
    }
    if (created && error.isForGood) void studio.recovery.forget(created.take);
    this.#failed("failed", error.message || words("upload-refused", { status: error.status }), { again: !error.isFinal });
    if (recording?.upload.size) framePlayback(URL.createObjectURL(recording.upload.whole()));
  }

  showSaved() {
    const { recording, view } = this.question;
    if (recording && !this.isSaved) view.showSaved(recording);
  }

  showRetry() {
    if (this.isSaved) return;
    const { cutShort, recording, view } = this.question;
    view.showRetry(recording?.savedSeconds ?? cutShort.savedSeconds, recording?.upload.isKept ?? true);
  }

  /**
   * @param {Recording} recording that has ended before its time
   * @param {string} why
   */
  #cut(recording, why) {
    this.question.recording = null;
    this.question.studio.recovery.found.push(recording.upload);
    void this.question.cutShort.resume(why);
  }

  /** @param {Recording} recording */
  async #finish(recording) {
    const { recovery } = this.question.studio;
    try {
      this.stored(await recovery.finishRecording(recording, { onRetry: () => this.showRetry() }), recording);
    } catch (error) {
      if (this.question.recording === recording) this.refused(error);
    }
  }

  /**
   * There is nothing to keep of this take.
   * @param {"idle" | "failed"} state of its upload
   * @param {string} problem
   * @param {{ again: boolean }} [offer] again: whether another recording would help
   */
  #failed(state, problem, { again } = { again: true }) {
    const { isAnswered, recording, takesLeft, view } = this.question;
    recording?.upload.abandon();
    this.question.recording = null;
    view.phase = "checking";
    view.showWhy("");
    view.showUpload(state);
    view.showProblem(problem);
    view.offer({ keep: false, takesLeft, ready: true, again });
    view.offerEarlier(isAnswered);
    view.focus("recording");
  }
}
