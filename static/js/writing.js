// @ts-check
/**
 * An answer that is written. What is typed lies in this browser until the server has it, and is called saved only
 * then. The server refuses a text that was made from an older one than it holds; the applicant then chooses.
 */
import { csrfToken } from "./csrf.js";
import { forget, recall, remember, waitAfter } from "./unsent.js";
import { announce, words } from "./words.js";

const PAUSE_MS = 800;

/** @typedef {{ text: string, version: number }} Draft `version`: the server's, that the text was made from */
/** @typedef {"idle" | "unsaved" | "saving" | "saved" | "retrying" | "elsewhere" | "refused"} WritingState */

export class Writing {
  /**
   * @param {HTMLElement} section of a question, with a textarea that holds what the server has
   * @param {string} url of this question's text
   */
  constructor(section, url) {
    this.url = url;
    this.key = `greenroom:${url}`;
    this.area = /** @type {HTMLTextAreaElement} */ (section.querySelector("textarea"));
    this.status = /** @type {HTMLElement} */ (section.querySelector("[data-writing]"));
    this.elsewhere = /** @type {HTMLElement} */ (section.querySelector("[data-elsewhere]"));
    this.version = Number(this.area.dataset.version);
    this.saved = this.area.defaultValue;
    this.area.value = this.saved; // a reload must not bring back what the browser remembers of the form
    this.tries = 0;
    this.isLeaving = false;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {Promise<void> | null} */
    this.sending = null;
    /** @type {Draft | null} what the server holds instead */
    this.other = null;
    this.area.addEventListener("input", () => this.#typed());
    addEventListener("online", () => void this.save());
    addEventListener("beforeunload", () => {
      this.isLeaving = true;
    });
    const choose = (/** @type {string} */ which, /** @type {() => void} */ act) =>
      section.querySelector(`[data-do="${which}"]`)?.addEventListener("click", act);
    choose("mine", () => this.#resolve(this.area.value));
    choose("theirs", () => this.#resolve(this.other?.text ?? ""));
    this.#recall();
  }

  get isUnsaved() {
    return this.area.value !== this.saved;
  }

  /** @returns {Promise<boolean>} whether the server has everything that is typed */
  async save() {
    clearTimeout(this.timer);
    while (this.isUnsaved && !this.other) {
      this.sending ??= this.#send().finally(() => {
        this.sending = null;
      });
      await this.sending;
      if (this.tries) return false; // it did not get through; the timer tries again
    }
    return !this.isUnsaved;
  }

  /**
   * The text becomes the answer.
   * @returns {Promise<{ take: string, bytes: number, text: string } | string>} or the sentence why it did not
   */
  async keep() {
    if (!(await this.save())) return this.status.textContent ?? "";
    const reply = await this.#ask(`${this.url}keep/`, "POST", { version: this.version }).catch(() => null);
    if (!reply) return words("writing-not-kept");
    if (reply.ok) return reply.body;
    if (reply.body.error === "changed_elsewhere") this.#show("elsewhere", reply.body);
    return reply.body.message || words("writing-not-kept");
  }

  /** What an earlier page could not send any more. */
  #recall() {
    const kept = this.#kept();
    if (!kept || kept.text === this.saved) {
      forget(this.key);
      if (this.saved) this.#show("saved");
      return;
    }
    this.area.value = kept.text;
    if (kept.version >= this.version) {
      this.version = kept.version; // newer where this page was made before the last one's text was saved
      void this.save();
    } else this.#show("elsewhere", { text: this.saved, version: this.version });
  }

  #typed() {
    this.#remember();
    if (this.other) return; // first the applicant chooses
    this.#show(this.isUnsaved ? "unsaved" : "saved");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), PAUSE_MS);
  }

  async #send() {
    const text = this.area.value;
    this.#show("saving");
    const reply = await this.#ask(this.url, "PUT", { text, version: this.version }).catch(() => null);
    if (!reply || reply.status >= 500) {
      this.tries += 1;
      this.#show("retrying");
      this.timer = setTimeout(() => void this.save(), waitAfter(this.tries));
      return;
    }
    this.tries = 0;
    if (reply.ok) {
      this.version = reply.body.version;
      this.saved = text;
      // The page that comes next may have been made before this was saved.
      if (this.isUnsaved || this.isLeaving) this.#remember();
      else forget(this.key);
      this.#show(this.isUnsaved ? "unsaved" : "saved");
    } else if (reply.body.error === "changed_elsewhere") this.#show("elsewhere", reply.body);
    else {
      this.tries = 1;
      this.#show("refused", reply.body.message);
    }
  }

  /**
   * @param {string} url
   * @param {string} method
   * @param {object} body
   */
  async #ask(url, method, body) {
    const reply = await fetch(url, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
    return { ok: reply.ok, status: reply.status, body: await reply.json().catch(() => ({})) };
  }

  /** @param {string} text the one to go on with */
  #resolve(text) {
    if (!this.other) return;
    ({ text: this.saved, version: this.version } = this.other);
    this.other = null;
    this.elsewhere.hidden = true;
    this.area.value = text;
    this.#remember();
    this.area.focus();
    void this.save().then((saved) => saved && this.#show("saved"));
  }

  /**
   * @param {WritingState} state
   * @param {any} [detail] elsewhere: the server's draft; refused: its sentence
   */
  #show(state, detail) {
    if (state === "elsewhere") {
      this.other = { text: detail.text, version: detail.version };
      this.elsewhere.hidden = false;
      /** @type {HTMLElement} */ (this.elsewhere.querySelector("[data-other-text]")).textContent = detail.text;
    }
    const count = this.area.value.split(/\s+/).filter(Boolean).length;
    const sentence = state === "refused" ? detail : words(`writing-${state}`, { count });
    if (this.status.dataset.state !== state && ["retrying", "elsewhere", "refused"].includes(state)) announce(sentence);
    this.status.dataset.state = state;
    this.status.textContent = sentence;
  }

  /** @returns {Draft | null} */
  #kept() {
    try {
      return JSON.parse(recall(this.key) ?? "null");
    } catch {
      return null; // not ours
    }
  }

  #remember() {
    remember(this.key, JSON.stringify({ text: this.area.value, version: this.version }));
  }
}
