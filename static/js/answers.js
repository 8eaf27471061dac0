// @ts-check
/** The answers on a review page: their videos and words. Parts of them are replaced while the page is open. */

/** @typedef {{ elements: HTMLElement[], starts: number[] }} Said the words of one transcript, and their first seconds */

/** @type {WeakMap<Element, Said>} */
const read = new WeakMap();
const NONE = /** @type {Said} */ ({ elements: [], starts: [] });

export function allAnswers() {
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-answer]")]);
}

/** @param {EventTarget | null} part */
export function answerOf(part) {
  return part instanceof Element ? /** @type {HTMLElement | null} */ (part.closest("[data-answer]")) : null;
}

/** @param {Element | null} answer */
export function videoOf(answer) {
  return answer?.querySelector("video") ?? null;
}

/** @param {Element} answer */
export function saidIn(answer) {
  const transcript = answer.querySelector(".transcript");
  if (!transcript) return NONE;
  const known = read.get(transcript);
  if (known) return known;
  const elements = /** @type {HTMLElement[]} */ ([...transcript.querySelectorAll("[data-word]")]);
  const said = { elements, starts: elements.map((word) => Number(word.dataset.start)) };
  read.set(transcript, said);
  return said;
}

/**
 * @param {Said} said
 * @param {number} second
 * @returns {number} the last word that has begun by then; -1 for none
 */
export function wordAt({ starts }, second) {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= second) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** What keys act on: what plays, else what has the focus, else what is in view. */
export function currentAnswer() {
  const answers = allAnswers();
  return (
    answers.find((answer) => videoOf(answer)?.paused === false) ??
    answerOf(document.activeElement) ??
    answers.find((answer) => answer.getBoundingClientRect().bottom > innerHeight / 3) ??
    answers.at(-1) ??
    null
  );
}

/**
 * Calls back now, and whenever a part of the page has been replaced.
 * @param {() => void} refresh
 */
export function whenReplaced(refresh) {
  refresh();
  const page = document.getElementById("content") ?? document.body;
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    if (added.some((node) => node instanceof Element && node.matches("[data-live-region]"))) refresh();
  }).observe(page, { childList: true, subtree: true });
}
