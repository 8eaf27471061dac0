// @ts-check
/** What one question shows. When it shows what, question.js decides. */
import { startClock } from "./clock.js";
import { frameClock } from "./frame.js";
import { minutesAndSeconds } from "./times.js";
import { announce, words } from "./words.js";

const WARN_SECONDS = 10;

/** @typedef {"thinking" | "writing" | "starting" | "recording" | "resuming" | "checking"} Phase */
/**
 * @typedef {"start" | "stop" | "keep" | "again" | "earlier" | "write" | "speak" | "keep-text" | "continue" | "settle"
 *   | "restart"} Deed
 */
/**
 * "-kept": what the server has not is on this device; "-tab": it is only in this tab.
 * @typedef {"idle" | "sending-kept" | "sending-tab" | "saved-to-kept" | "saved-to-tab" | "finishing" | "checking"
 *   | "saved" | "retrying-kept" | "retrying-tab" | "failed"} UploadState
 */

export class QuestionView {
  /** @param {HTMLElement} section */
  constructor(section) {
    this.section = section;
  }

  /** @returns {Phase} */
  get phase() {
    return /** @type {Phase} */ (this.section.dataset.phase);
  }

  set phase(phase) {
    this.section.dataset.phase = phase;
    if (phase !== "thinking") this.#prompt?.pause();
  }

  /** The server was not reached, and the line says so. */
  get isRetrying() {
    return this.#find("[data-upload]").dataset.state?.startsWith("retrying");
  }

  /**
   * @param {Deed} deed
   * @param {() => void} act
   */
  on(deed, act) {
    const button = this.#button(deed);
    button.addEventListener("click", () => {
      if (button.ariaDisabled !== "true") act();
    });
  }

  /** @returns {HTMLVideoElement | null} what asks the question besides its text */
  get #prompt() {
    return this.section.querySelector("[data-prompt]");
  }

  /**
   * The time to think is for thinking: where the question is asked aloud, it begins afterwards.
   * @param {() => void} begin
   */
  afterPrompt(begin) {
    const prompt = this.#prompt;
    const isAsked = !prompt || prompt.ended;
    if (prompt) this.#find("[data-think-after]").hidden = isAsked;
    if (isAsked) {
      begin();
      return;
    }
    this.#find('[data-clock="think"]').hidden = true;
    const ended = () => {
      this.#find("[data-think-after]").hidden = true;
      this.#find('[data-clock="think"]').hidden = false;
      begin();
    };
    prompt.addEventListener("ended", ended, { once: true });
  }

  /** @param {boolean} shown */
  showCaptions(shown) {
    const [track] = this.#prompt?.textTracks ?? [];
    if (track && shown) track.mode = "showing";
  }

  /** @param {boolean} offered to write instead of speaking */
  offerWriting(offered) {
    this.#button("write").hidden = !offered;
  }

  /**
   * @param {"heading" | "start" | "stop" | "recording" | "text" | "resume"} what "recording": the heading above what was recorded;
   *   "resume": the one above what was cut short
   */
  focus(what) {
    if (what === "heading") this.#find("h1").focus();
    else if (what === "text") {
      const area = /** @type {HTMLTextAreaElement} */ (this.#find("textarea"));
      area.setSelectionRange(area.value.length, area.value.length); // one goes on writing at the end
      area.focus({ preventScroll: true });
    }
    else if (what === "recording") this.#find("[data-checking-heading]").focus();
    else if (what === "resume") this.#find("[data-resume-heading]").focus();
    // Scrolling to it would move the question off the screen of a phone held sideways.
    else this.#button(what).focus({ preventScroll: true });
  }

  /**
   * @param {object} terms
   * @param {boolean} terms.timed whether recording starts by itself
   * @param {number} terms.answerSeconds 0: no limit
   */
  explainThinking({ timed, answerSeconds }) {
    this.#find("[data-limit]").hidden = !answerSeconds;
    this.#find("[data-no-limit]").hidden = answerSeconds > 0;
    this.#find("[data-limit-time]").textContent = minutesAndSeconds(answerSeconds);
    this.#find('[data-clock="think"]').hidden = !timed;
    this.#find("[data-think-note]").hidden = !timed;
    this.#find("[data-think-free]").hidden = timed;
  }

  /**
   * @param {"think" | "answer"} which
   * @param {number} seconds
   * @param {() => void} onEnd
   * @param {number} [grace] seconds
   * @returns {import("./clock.js").Clock}
   */
  startClock(which, seconds, onEnd, grace = 0) {
    const clock = this.#find(`[data-clock="${which}"]`);
    const time = /** @type {HTMLElement} */ (clock.querySelector(".clock-time"));
    const bar = /** @type {HTMLProgressElement} */ (clock.querySelector("progress"));
    const answering = which === "answer";
    // A clock that is read out every second cannot be listened to: the beginning and these moments are enough.
    const moments = (answering ? [30, WARN_SECONDS] : [WARN_SECONDS]).filter((moment) => !seconds || moment < seconds);
    let isOver = false;
    const showOver = (/** @type {boolean} */ over) => {
      isOver = over;
      this.#find("[data-clock-over]").hidden = !over;
      if (over) announce(words("recording-over", { seconds: grace }));
    };
    if (answering) showOver(false);
    const begins = answering ? (seconds ? "recording-begins" : "recording-begins-free") : "think-begins";
    announce(words(begins, { seconds }));
    return startClock({
      seconds,
      grace,
      onTick: (left, elapsed) => {
        if (answering && isOver !== left <= 0) showOver(left <= 0);
        const shown = left === Infinity ? elapsed : Math.ceil(isOver ? grace + left : left);
        time.textContent = minutesAndSeconds(shown);
        bar.value = left === Infinity ? 0 : elapsed / (elapsed + left);
        if (answering) this.#find("[data-clock-free]").hidden = left !== Infinity;
        if (answering) this.#find("[data-clock-name]").hidden = isOver || left === Infinity;
        if (answering) {
          clock.classList.toggle("is-ending", left <= WARN_SECONDS);
          frameClock(minutesAndSeconds(elapsed));
        }
        if (left > moments[0]) return;
        const moment = moments.shift();
        if (moment) announce(words(answering ? "recording-left" : "think-ends", { seconds: moment }));
      },
      onEnd,
    });
  }

  /**
   * What can be done with what was recorded.
   * @param {object} offer
   * @param {boolean} offer.keep
   * @param {number} offer.takesLeft
   * @param {boolean} offer.ready false: the server has not yet said how many recordings are left
   * @param {boolean} [offer.again] false: another recording would be refused as well
   */
  offer({ keep, takesLeft, ready, again: mayAgain = true }) {
    this.#button("keep").hidden = !keep;
    const again = this.#button("again");
    again.hidden = !mayAgain || takesLeft <= 0;
    again.ariaDisabled = ready ? null : "true";
    this.#find("[data-takes-words]").textContent = words("takes-left", { count: takesLeft });
    this.#find("[data-again-note]").hidden = !keep || takesLeft <= 0;
    this.#find("[data-last-take]").hidden = takesLeft > 0;
  }

  /** @param {boolean} offered to go on with the answer that the server already has */
  offerEarlier(offered) {
    this.#button("earlier").hidden = !offered;
  }

  /** @param {boolean} waits the applicant wants to go on, and the answer is not saved yet */
  showKeepWaits(waits) {
    this.#button("keep").ariaDisabled = waits ? "true" : null;
    if (!waits) return;
    announce(words("keep-waits"));
    this.showWhy(words("keep-waits"));
  }

  /**
   * An answer that was cut short, and what can be done with it.
   * @param {object} cut
   * @param {string} cut.why "": a crash or a reload, which needs no explanation
   * @param {number | null} cut.seconds that are saved; null: this is being found out
   * @param {number} cut.left seconds; Infinity: no limit
   */
  showResume({ why, seconds, left }) {
    const ready = seconds !== null;
    const sentence = ready ? words("resume-safe", { time: minutesAndSeconds(seconds) }) : words("resume-waits");
    this.#find("[data-resume-words]").textContent = [why, sentence].filter(Boolean).join(" ");
    this.#find("[data-resume-actions]").hidden = !ready;
    const goOn = this.#button("continue");
    goOn.hidden = left <= 0;
    goOn.textContent =
      left === Infinity ? words("resume-continue-free") : words("resume-continue", { time: minutesAndSeconds(left) });
    if (ready) announce(sentence);
  }

  /** @param {import("./watchdog.js").Trouble | ""} trouble while recording; "": there is none */
  showTrouble(trouble) {
    const notice = this.#find("[data-trouble]");
    notice.hidden = !trouble;
    /** @type {HTMLElement} */ (notice.firstElementChild).textContent = trouble && words(`trouble-${trouble}`);
  }

  /** @param {boolean} soundOnly the picture is not recorded */
  showSoundOnly(soundOnly) {
    this.#find("[data-sound-only]").hidden = !soundOnly;
  }

  /** @param {string} sentence why recording stopped; "" takes it away */
  showWhy(sentence) {
    const line = this.#find("[data-why-stopped]");
    line.hidden = !sentence;
    line.textContent = sentence;
  }

  /** @param {string} sentence "" takes it away */
  showProblem(sentence) {
    const notice = this.#find("[data-problem]");
    notice.hidden = !sentence;
    /** @type {HTMLElement} */ (notice.firstElementChild).textContent = sentence;
  }

  /** @param {import("./recording.js").Recording} recording on its way to the server */
  showSaved({ upload, isOver, savedSeconds, recordedSeconds }) {
    const time = minutesAndSeconds(savedSeconds);
    const where = upload.isKept ? "kept" : "tab";
    if (!isOver) this.showUpload(savedSeconds ? `saved-to-${where}` : `sending-${where}`, { time });
    else if (upload.offset < upload.size) {
      this.showUpload("finishing", { time, total: minutesAndSeconds(recordedSeconds) });
    } else this.showUpload("checking");
  }

  /**
   * The server was not reached.
   * @param {number} savedSeconds
   * @param {boolean} isKept the rest is on this device, not only in this tab
   */
  showRetry(savedSeconds, isKept) {
    this.showUpload(isKept ? "retrying-kept" : "retrying-tab", { time: minutesAndSeconds(savedSeconds) });
  }

  /**
   * @param {UploadState} state
   * @param {Record<string, string>} [values] for its sentence
   */
  showUpload(state, values) {
    const line = this.#find("[data-upload]");
    const sentence = words(`upload-${state}`, values);
    if (line.dataset.state !== state && (state.startsWith("retrying") || state === "saved")) announce(sentence);
    line.dataset.state = state;
    /** @type {HTMLElement} */ (line.firstElementChild).textContent = sentence;
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.section.querySelector(selector));
  }

  /** @param {Deed} deed */
  #button(deed) {
    return /** @type {HTMLButtonElement} */ (this.section.querySelector(`[data-do="${deed}"]`));
  }
}
