// @ts-check
/** The applicant's time and conditions, as the page shows them now. They may change while it is open. */

/**
 * @typedef {object} QuestionTerms
 * @property {number} thinkSeconds 0: no clock
 * @property {number} answerSeconds 0: no limit
 * @property {number} expectedSeconds about how long the question takes
 * @property {number} takesLeft
 * @property {boolean} isAskedAgain an answer is there, and another one is wanted
 * @property {boolean} isClosed was submitted; others were asked for again
 */

/**
 * @typedef {object} Terms
 * @property {boolean} isOver the deadline has passed: nothing new can be begun
 * @property {boolean} audioOnly
 * @property {boolean} written answers may be written
 * @property {boolean} captions
 * @property {Record<string, QuestionTerms>} questions by id
 */

/** @returns {Terms} */
export function readTerms() {
  const terms = /** @type {HTMLElement} */ (document.getElementById("terms"));
  return { ...JSON.parse(terms.dataset.terms ?? "{}"), isOver: terms.dataset.over === "yes" };
}

/** @param {(terms: Terms) => void} apply called after each change */
export function onTermsChange(apply) {
  const place = /** @type {HTMLElement} */ (document.getElementById("terms")?.parentElement);
  let before = JSON.stringify(readTerms());
  new MutationObserver(() => {
    const terms = readTerms();
    const now = JSON.stringify(terms);
    if (now === before) return;
    before = now;
    apply(terms);
  }).observe(place, { childList: true });
}
