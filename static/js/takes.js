// @ts-check
/** The complete recordings of one question, and which of them counts. */
import { csrfToken } from "./csrf.js";
import { minutesAndSeconds } from "./times.js";
import { announce, words } from "./words.js";

/**
 * @typedef {object} Take
 * @property {string} id
 * @property {number} number as the applicant counts
 * @property {number | null} seconds
 * @property {number} bytes
 * @property {string} url where it can be watched
 * @property {string} text "" of a recording
 * @property {boolean} counts
 */

/**
 * How much it is, in words.
 * @param {Take} take
 */
export function takeLength(take) {
  if (take.text) return words("written", { count: take.text.split(/\s+/).filter(Boolean).length });
  return take.seconds === null ? "" : minutesAndSeconds(take.seconds);
}

export class Takes {
  /**
   * @param {object} options
   * @param {string} options.question id; every `[data-takes-of]` with it shows the list, once there is a choice
   * @param {string} options.takesUrl
   * @param {Omit<Take, "url">[]} options.stored oldest first
   * @param {(place: Element, url: string) => void} options.onWatch
   * @param {(take: Take) => void} options.onCounts
   */
  constructor({ question, takesUrl, stored, onWatch, onCounts }) {
    this.takesUrl = takesUrl;
    this.onWatch = onWatch;
    this.onCounts = onCounts;
    /** @type {Take[]} */
    this.takes = stored.map((take) => ({ ...take, url: `${takesUrl}${take.id}/media/` }));
    this.places = [...document.querySelectorAll(`[data-takes-of="${CSS.escape(question)}"]`)];
    for (const [index, place] of this.places.entries()) {
      place.addEventListener("change", (event) => {
        const radio = event.target;
        if (radio instanceof HTMLInputElement) void this.#choose(radio.value);
      });
      place.id = `takes-${question}-${index}`;
    }
    this.#draw();
  }

  /** @returns {Take | undefined} */
  get counting() {
    return this.takes.find((take) => take.counts);
  }

  /**
   * The server has one more, and counts it.
   * @param {{ id: string, seconds: number | null, bytes: number, url: string, text?: string }} take
   */
  add(take) {
    if (this.takes.some((other) => other.id === take.id)) return;
    this.takes = this.takes.map((other) => ({ ...other, counts: false }));
    this.takes.push({ text: "", ...take, number: this.takes.length + 1, counts: true });
    this.#tell("");
    this.#draw();
  }

  /** @param {string} id */
  async #choose(id) {
    const chosen = /** @type {Take} */ (this.takes.find((take) => take.id === id));
    this.#tell(words("choice-saving"));
    let problem = words("choice-failed", { number: this.counting?.number ?? "" });
    try {
      const reply = await fetch(`${this.takesUrl}${id}/choose/`, {
        method: "POST",
        headers: { "X-CSRFToken": csrfToken() },
        credentials: "same-origin",
        cache: "no-store",
      });
      const body = await reply.json();
      if (reply.ok) {
        this.takes = this.takes.map((take) => ({ ...take, counts: take.id === body.take }));
        this.onCounts(chosen);
        problem = "";
      } else problem = body.message;
    } catch {
      // no connection, or not our own answer: the sentence above says so
    }
    this.#draw();
    this.#tell(problem || words("choice-saved", { number: chosen.number }));
  }

  /** @param {string} sentence */
  #tell(sentence) {
    for (const place of this.places) {
      /** @type {HTMLElement} */ (place.querySelector("[data-takes-words]")).textContent = sentence;
    }
    if (sentence) announce(sentence);
  }

  #draw() {
    const line = /** @type {HTMLTemplateElement} */ (document.getElementById("take-line"));
    for (const place of this.places) {
      const focused = place.contains(document.activeElement) ? document.activeElement?.getAttribute("value") : null;
      const list = /** @type {HTMLElement} */ (place.querySelector("ol"));
      list.replaceChildren(
        ...this.takes.map((take) => {
          const item = /** @type {DocumentFragment} */ (document.importNode(line.content, true));
          const radio = /** @type {HTMLInputElement} */ (item.querySelector("input"));
          Object.assign(radio, { name: place.id, value: take.id, checked: take.counts });
          const length = takeLength(take);
          /** @type {HTMLElement} */ (item.querySelector("[data-take-name]")).textContent = words(
            take.text ? "take-text" : "take",
            { number: take.number },
          );
          /** @type {HTMLElement} */ (item.querySelector("[data-take-length]")).textContent = length;
          /** @type {HTMLElement} */ (item.querySelector("[data-take-counts]")).hidden = !take.counts;
          const watch = /** @type {HTMLButtonElement} */ (item.querySelector("button"));
          watch.hidden = Boolean(take.text);
          watch.ariaLabel = words("take-watch", { number: take.number });
          watch.addEventListener("click", () => this.onWatch(place, take.url));
          return item;
        }),
      );
      if (focused) /** @type {HTMLElement | null} */ (list.querySelector(`[value="${focused}"]`))?.focus();
      /** @type {HTMLElement} */ (place).hidden = this.takes.length < 2;
    }
  }
}
