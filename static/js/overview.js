// @ts-check
/** The last step: every answer once more, and Submit. */
import { takeLength } from "./takes.js";
import { words } from "./words.js";

const REACHED_WITHIN_MS = 15_000;
const form = /** @type {HTMLFormElement} */ (document.getElementById("submit-form"));
const submit = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
const waits = /** @type {HTMLElement} */ (document.getElementById("submit-waits"));

const oneDecimal = new Intl.NumberFormat(document.documentElement.lang, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  useGrouping: false,
});

/**
 * As the server writes it for answers saved before.
 * @param {number} bytes
 */
function sizeWords(bytes) {
  const kilobytes = bytes / 1024;
  return kilobytes < 1024
    ? words("kilobytes", { size: oneDecimal.format(kilobytes) })
    : words("megabytes", { size: oneDecimal.format(kilobytes / 1024) });
}

/**
 * @param {string} question id
 * @param {import("./takes.js").Take} take the one that counts
 * @param {{ takesLeft: number, isClosed: boolean }} terms isClosed: it cannot be changed any more
 */
export function showAnswer(question, take, { takesLeft, isClosed }) {
  const card = /** @type {HTMLElement} */ (document.querySelector(`[data-review-of="${CSS.escape(question)}"]`));
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (card.querySelector(selector));
  card.dataset.answered = "";
  find("[data-when-answered]").hidden = false;
  find("[data-when-missing]").hidden = true;
  find("[data-answer-now]").hidden = true;
  find("[data-answer-length]").textContent = takeLength(take);
  find("[data-answer-size]").textContent = sizeWords(take.bytes);
  find("[data-when-open]").hidden = isClosed;
  find("[data-when-closed]").hidden = !isClosed;
  find("[data-answer-again]").hidden = isClosed || (takesLeft <= 0 && !take.text);
  find("[data-answer-takes]").textContent = words("takes-left", { count: takesLeft });
  const video = /** @type {HTMLVideoElement} */ (card.querySelector("video"));
  const text = find("[data-answer-text]");
  text.textContent = take.text;
  text.hidden = !take.text;
  video.hidden = Boolean(take.text);
  if (take.text) video.removeAttribute("src");
  else video.src = take.url;
}

/** @param {boolean} complete every question has an answer on the server */
export function allowSubmit(complete) {
  submit.disabled = !complete;
  waits.hidden = complete;
}

/** @param {(question: string) => void} onAsk the question that the applicant wants to answer, or to answer again */
export function onAnswerAsked(onAsk) {
  for (const card of document.querySelectorAll("[data-review-of]")) {
    for (const button of card.querySelectorAll("[data-answer-now], [data-answer-again]")) {
      button.addEventListener("click", () => onAsk(card.getAttribute("data-review-of") ?? ""));
    }
  }
}

form.addEventListener("submit", async (event) => {
  // A form that is sent without a connection leaves the page for the browser's own, which says nothing of answers.
  event.preventDefault();
  const problem = /** @type {HTMLElement} */ (document.getElementById("submit-offline"));
  problem.hidden = true;
  submit.disabled = true;
  try {
    await fetch(form.dataset.reach ?? "", { cache: "no-store", signal: AbortSignal.timeout(REACHED_WITHIN_MS) });
  } catch {
    problem.hidden = false;
    submit.disabled = false;
    return;
  }
  form.submit();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // what was submitted meanwhile, the server knows
});
