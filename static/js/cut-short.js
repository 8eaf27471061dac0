// @ts-check
/** An answer that was cut short: what there is of it is saved first, then the applicant chooses what becomes of it. */
import { cameraWords } from "./check.js";
import { frameCamera } from "./frame.js";
import { minutesAndSeconds } from "./times.js";

/** With less time left than this, going on is not offered. */
const WORTH_GOING_ON_SECONDS = 5;

/**
 * @typedef {object} Question what is needed of the one that was being answered
 * @property {string} id
 * @property {number} answerSeconds
 * @property {import("./question-view.js").QuestionView} view
 * @property {{ recovery: import("./recovery.js").Recovery, camera: () => Promise<MediaStream> }} studio
 * @property {() => Promise<void>} think
 */

export class CutShort {
  /**
   * @param {Question} question
   * @param {object} options
   * @param {(stored: import("./upload.js").StoredTake) => void} options.onStored it is the answer now
   * @param {(error: unknown) => void} options.onRefused
   * @param {() => void} options.onRetry
   */
  constructor(question, { onStored, onRefused, onRetry }) {
    this.question = question;
    this.onStored = onStored;
    this.onRefused = onRefused;
    this.onRetry = onRetry;
    /** @type {import("./upload.js").Unfinished | null} what can be gone on with */
    this.unfinished = null;
    this.savedSeconds = 0;
  }

  /** Of the answer that goes on, or of a new one; 0 where there is no limit. */
  get secondsLeft() {
    const { answerSeconds } = this.question;
    return answerSeconds && answerSeconds - (this.unfinished?.seconds ?? 0);
  }

  /** @param {string} why "": the page went, which needs no explanation */
  async resume(why) {
    const { id, view, studio, answerSeconds } = this.question;
    view.phase = "resuming";
    view.showResume({ why, seconds: null, left: 0 });
    view.focus("resume");
    let outcome;
    try {
      outcome = await studio.recovery.settle(id, {
        onRetry: this.onRetry,
        onSaved: (seconds) => {
          this.savedSeconds = seconds;
          view.showUpload("saved-to-kept", { time: minutesAndSeconds(seconds) });
        },
      });
    } catch (error) {
      this.onRefused(error);
      return;
    }
    view.showUpload("idle");
    if ("stored" in outcome) {
      this.onStored(outcome.stored);
      return;
    }
    this.unfinished = outcome.unfinished;
    if (!this.unfinished) {
      await this.question.think();
      return;
    }
    const left = answerSeconds ? this.secondsLeft : Infinity;
    view.showResume({ why, seconds: this.unfinished.seconds, left: left < WORTH_GOING_ON_SECONDS ? 0 : left });
    try {
      frameCamera(await studio.camera(), "camera");
    } catch (error) {
      view.showProblem(cameraWords(error));
    }
  }

  /** What is saved of it is the answer. */
  async settle() {
    const { view, studio } = this.question;
    const { unfinished } = this;
    if (!unfinished) return;
    view.showResume({ why: "", seconds: null, left: 0 });
    try {
      await studio.recovery.claim(unfinished);
      this.onStored(await studio.recovery.finish(unfinished));
    } catch (error) {
      this.onRefused(error);
    }
  }

  async restart() {
    if (this.unfinished) await this.question.studio.recovery.forget(this.unfinished.take);
    await this.question.think();
  }
}
