// @ts-check
/**
 * Single keys on a review page. They never act while somebody types, with Ctrl, Alt or Meta, or where the focus has a
 * use of its own for them, and can be turned off (WCAG 2.1.4).
 */
import { allAnswers, answerOf, currentAnswer, videoOf, whenReplaced } from "./answers.js";
import { remember, remembered } from "./remembered.js";
import { changeSpeed, jump, toggle } from "./watching.js";
import { announce, words } from "./words.js";

const TYPING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button])";
const NOTE = "form[data-note-form] textarea";
const USES_SPACE = "button, a[href], input, summary, video, [role=button]";
const USES_ARROWS = "input, video";

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("keys"));
const onOff = /** @type {HTMLInputElement} */ (dialog.querySelector("[data-keys-on]"));
onOff.checked = remembered("keys", true);

function playOrPause() {
  const video = videoOf(currentAnswer());
  if (!video) return;
  if (video.paused) void video.play().catch(() => {}); // it may not be loadable; the player says so
  else video.pause();
}

/** @param {number} seconds */
function jumpBy(seconds) {
  const video = videoOf(currentAnswer());
  if (video) jump(video, seconds);
}

/** @param {HTMLFormElement} form */
const isRated = (form) => form.querySelector("input[name=level]:checked") !== null;

/** @returns {HTMLFormElement | undefined} from the answer at hand on, and from the first one again */
function nextToRate() {
  const forms = /** @type {HTMLFormElement[]} */ ([...document.querySelectorAll("form[data-rate]")]);
  const answer = currentAnswer();
  const begin = Math.max(
    0,
    forms.findIndex((form) => answer?.contains(form)),
  );
  return [...forms.slice(begin), ...forms.slice(0, begin)].find((form) => !isRated(form));
}

/** @param {string} level "1" to "5", or "none" */
function rate(level) {
  const focused = document.activeElement?.closest("form[data-rate]");
  const form = focused instanceof HTMLFormElement ? focused : nextToRate();
  if (!form) return;
  const choice = /** @type {HTMLInputElement} */ (form.querySelector(`input[name=level][value="${level}"]`));
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  if (focused) choice.focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
  const criterion = form.querySelector(".rate-name")?.textContent ?? "";
  const chosen = choice.closest("label")?.innerText.replace(/\s+/g, " ").trim() ?? "";
  announce(words("rated", { criterion, chosen }));
  if (!nextToRate()) announce(words("all-rated"));
}

/** @param {1 | -1} step */
function goToAnswer(step) {
  const answers = allAnswers();
  const here = answers.indexOf(/** @type {HTMLElement} */ (currentAnswer()));
  const answer = answers[Math.max(0, Math.min(here + step, answers.length - 1))];
  if (!answer) return;
  for (const other of answers) if (other !== answer) videoOf(other)?.pause();
  answer.scrollIntoView();
  focusHeading(answer);
}

/** @param {Element | null} answer */
function focusHeading(answer) {
  const heading = answer?.querySelector("h2");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function writeNote() {
  const field = currentAnswer()?.querySelector(NOTE);
  if (field instanceof HTMLElement) field.focus();
}

function goToFinish() {
  const button = document.querySelector("[data-finish] button");
  if (button instanceof HTMLElement) button.focus();
}

function goToSearch() {
  const field = /** @type {HTMLInputElement} */ (document.getElementById("find"));
  field.focus();
  field.select();
}

function goToNext() {
  const link = document.querySelector("[data-next-review]");
  if (link instanceof HTMLAnchorElement) link.click();
}

/** @type {Record<string, () => void>} */
const KEYS = {
  " ": playOrPause,
  k: playOrPause,
  j: () => jumpBy(-10),
  l: () => jumpBy(10),
  ArrowLeft: () => jumpBy(-5),
  ArrowRight: () => jumpBy(5),
  ",": () => changeSpeed(-1),
  ".": () => changeSpeed(1),
  p: () => toggle("pauses"),
  c: () => toggle("captions"),
  u: () => goToAnswer(-1),
  d: () => goToAnswer(1),
  0: () => rate("none"),
  f: goToFinish,
  s: goToSearch,
  w: writeNote,
  n: goToNext,
  "?": () => dialog.showModal(),
};
for (const level of ["1", "2", "3", "4", "5"]) KEYS[level] = () => rate(level);
const REPEATED = new Set(["j", "l", "ArrowLeft", "ArrowRight"]);

document.addEventListener("keydown", (event) => {
  const here = event.target instanceof Element ? event.target : document.body;
  // What was typed stays; the keys act again.
  if (event.key === "Escape" && onOff.checked && !event.isComposing && here.matches(NOTE)) return focusHeading(answerOf(here));
  const key = /^[A-Z]$/.test(event.key) ? event.key.toLowerCase() : event.key;
  const act = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  if (!act || !onOff.checked || dialog.open || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.altKey || event.metaKey || here.closest(TYPING)) return;
  // With Shift some keyboards write ? and digits; anything else with it belongs to the browser.
  if (event.shiftKey && /^(?:[a-z ]|Arrow\w+)$/.test(key)) return;
  if (event.repeat && !REPEATED.has(key)) return;
  if ((key === " " && here.closest(USES_SPACE)) || (key.startsWith("Arrow") && here.closest(USES_ARROWS))) return;
  event.preventDefault();
  act();
});

onOff.addEventListener("change", () => {
  remember("keys", onOff.checked);
  showNext();
});
for (const button of document.querySelectorAll("[data-show-keys]")) {
  button.addEventListener("click", () => dialog.showModal());
}

/** Digits go to the criterion that is marked, unless another one has the focus. */
function showNext() {
  const next = onOff.checked ? nextToRate() : undefined;
  for (const form of document.querySelectorAll("form[data-rate]")) form.classList.toggle("is-next", form === next);
}

let isDue = false;
function showNextSoon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    showNext();
  });
}
for (const kind of ["change", "focusin", "play", "scroll"]) {
  document.addEventListener(kind, showNextSoon, { capture: true, passive: true });
}
whenReplaced(showNext);
