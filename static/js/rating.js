// @ts-check
/**
 * A reviewer's ratings, saved with each click. What was chosen lies in this browser until the server has it, and is
 * called saved only then; a page that is closed too early sends it when it is opened again.
 */
import { forget, recall, remember, send, waitAfter } from "./unsent.js";
import { announce, words } from "./words.js";

const PAUSE_MS = 800;
const FEED_WITHIN_MS = 4000;

/** @typedef {"unsaved" | "saving" | "saved" | "retrying" | "choose" | "refused"} RatingState */

/** @type {WeakMap<HTMLFormElement, Rating>} */
const known = new WeakMap();

/** One criterion of one answer. */
class Rating {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.key = `greenroom:${form.action}:${form.dataset.rate}`;
    this.saved = form.dataset.state === "saved" ? this.#filledIn() : "";
    this.status = /** @type {HTMLElement} */ (form.querySelector("[data-rate-state]"));
    this.tries = 0;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {Promise<void> | null} */
    this.sending = null;
    addEventListener("online", () => void this.save());
  }

  get isUnsaved() {
    return this.form.isConnected && this.#hasLevel() && this.#filledIn() !== this.saved;
  }

  /** What an earlier page could not send any more. */
  recall() {
    const kept = recall(this.key);
    if (!kept) return;
    const values = new URLSearchParams(kept);
    for (const input of this.form.querySelectorAll("input[name=level]")) {
      if (input instanceof HTMLInputElement) input.checked = input.value === values.get("level");
    }
    /** @type {HTMLTextAreaElement} */ (this.form.querySelector("textarea[name=note]")).value = values.get("note") ?? "";
    void this.save();
  }

  /** @param {boolean} isTyping more is likely to follow at once */
  changed(isTyping) {
    if (!this.#hasLevel()) return this.#show("choose");
    remember(this.key, this.#filledIn());
    clearTimeout(this.timer);
    if (!this.isUnsaved) return this.#show("saved");
    this.#show("unsaved");
    if (isTyping) this.timer = setTimeout(() => void this.save(), PAUSE_MS);
    else void this.save();
  }

  /** @returns {Promise<boolean>} whether the server has what is filled in */
  async save() {
    clearTimeout(this.timer);
    while (this.isUnsaved) {
      this.sending ??= this.#send().finally(() => {
        this.sending = null;
      });
      await this.sending;
      if (this.tries) return false; // it did not get through; the timer tries again
    }
    return true;
  }

  async #send() {
    const filledIn = this.#filledIn();
    this.#show("saving");
    const reply = await send(this.form.action, filledIn);
    if (!reply || reply.status >= 500) {
      this.tries += 1;
      this.#show("retrying");
      this.timer = setTimeout(() => void this.save(), waitAfter(this.tries));
      return;
    }
    if (!reply.ok) {
      this.tries = 1;
      this.#show("refused", reply.body.message);
      return;
    }
    this.tries = 0;
    this.saved = filledIn;
    if (this.isUnsaved) return;
    forget(this.key);
    this.#show("saved");
    const count = document.querySelector("[data-rated]");
    const bar = document.querySelector("#own-review progress");
    if (count) count.textContent = String(reply.body.rated);
    if (bar instanceof HTMLProgressElement) bar.value = reply.body.rated;
  }

  #hasLevel() {
    return this.form.querySelector("input[name=level]:checked") !== null;
  }

  /** The form as it is sent, but for its token, which changes with each sign-in. */
  #filledIn() {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) {
      if (name !== "csrfmiddlewaretoken" && typeof value === "string") values.set(name, value);
    }
    return values.toString();
  }

  /**
   * @param {RatingState} state
   * @param {string} [sentence] of the server
   */
  #show(state, sentence = words(`rate-${state}`)) {
    if (this.form.dataset.state !== state && ["retrying", "refused"].includes(state)) announce(sentence);
    this.form.dataset.state = state;
    this.status.textContent = sentence;
  }
}

/** @param {EventTarget | null} target */
function ratingOf(target) {
  const form = target instanceof Element ? target.closest("form[data-rate]") : null;
  if (!(form instanceof HTMLFormElement)) return null;
  const rating = known.get(form) ?? new Rating(form);
  known.set(form, rating);
  return rating;
}

function all() {
  return [...document.querySelectorAll("form[data-rate]")].map((form) => /** @type {Rating} */ (ratingOf(form)));
}

/** @param {HTMLFormElement} form */
async function finish(form) {
  const problem = /** @type {HTMLElement} */ (form.querySelector("[data-finish-problem]"));
  const say = (/** @type {string} */ sentence) => {
    problem.hidden = !sentence;
    problem.textContent = sentence;
  };
  say("");
  const saved = await Promise.all(all().map((rating) => rating.save()));
  if (saved.includes(false)) return say(words("finish-unsaved"));
  const reply = await send(form.action, "");
  if (!reply || reply.status >= 500) return say(words("finish-failed"));
  if (!reply.ok) return say(reply.body.message);
  // The open line brings what is revealed now. Where it is down, the page is loaded again.
  setTimeout(() => form.isConnected && location.reload(), FEED_WITHIN_MS);
}

// On the document: the forms are replaced while the page is open.
document.addEventListener("change", (event) => ratingOf(event.target)?.changed(false));
document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLTextAreaElement) ratingOf(event.target)?.changed(true);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  const rating = ratingOf(form);
  const isFinish = form.hasAttribute("data-finish");
  if (!rating && !isFinish) return;
  event.preventDefault();
  if (isFinish) void finish(form);
  else rating?.changed(false);
});

for (const rating of all()) rating.recall();
for (const button of document.querySelectorAll("[data-without-script]")) button.setAttribute("hidden", "");
