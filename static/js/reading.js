// @ts-check
/**
 * A transcript by keyboard: Tab reaches it once, arrows lead from word to word and from time to time, Enter plays.
 * Words are reached from its times, which are buttons: so readers of screens hear a text and not hundreds of buttons.
 */
import { allAnswers, whenReplaced } from "./answers.js";

/** @type {Record<string, { step: number, among: string }>} */
const MOVES = {
  ArrowRight: { step: 1, among: "[data-word], .moment" },
  ArrowLeft: { step: -1, among: "[data-word], .moment" },
  ArrowDown: { step: 1, among: ".moment" },
  ArrowUp: { step: -1, among: ".moment" },
  Home: { step: -Infinity, among: ".moment" },
  End: { step: Infinity, among: "[data-word]" },
};

/** One stop for Tab in each transcript: where its reader was last, else its beginning. */
function setStops() {
  for (const answer of allAnswers()) {
    if (answer.querySelector(".words [tabindex='0']")) continue;
    const moments = /** @type {NodeListOf<HTMLElement>} */ (answer.querySelectorAll(".moment"));
    moments.forEach((moment, number) => {
      moment.tabIndex = number ? -1 : 0;
    });
  }
}

/**
 * @param {Element} text
 * @param {HTMLElement} to
 */
function move(text, to) {
  for (const stop of /** @type {NodeListOf<HTMLElement>} */ (text.querySelectorAll("[tabindex='0']"))) {
    stop.tabIndex = -1;
    stop.removeAttribute("role");
  }
  to.tabIndex = 0;
  if (to.dataset.word !== undefined) to.role = "button"; // the one stop says what it is good for
  to.focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const here = event.target;
  const text = here instanceof HTMLElement && here.matches(".moment, [data-word]") ? here.closest(".words") : null;
  if (!text || !(here instanceof HTMLElement)) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const to = MOVES[event.key];
  if (to) {
    const all = /** @type {HTMLElement[]} */ ([...text.querySelectorAll(".moment, [data-word]")]);
    const some = all.filter((it) => it === here || it.matches(to.among));
    const place = Math.max(0, Math.min(some.indexOf(here) + to.step, some.length - 1));
    event.preventDefault();
    move(text, some[place]);
  } else if ((event.key === "Enter" || event.key === " ") && here.dataset.word !== undefined) {
    event.preventDefault();
    here.click();
  }
});

whenReplaced(setStops);
