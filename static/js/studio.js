// @ts-check
/** The applicant's recording page: which step is shown, and what the steps share. */
import { closeCamera, isOpen, openCamera } from "./camera.js";
import { Check } from "./check.js";
import { frameOff, moveFrame } from "./frame.js";
import { holdTab, takeOver } from "./one-tab.js";
import { allowSubmit, onAnswerMissing, showAnswer } from "./overview.js";
import { findLengths } from "./playback.js";
import { Question } from "./question.js";
import { words } from "./words.js";

const page = /** @type {HTMLElement} */ (document.getElementById("studio"));
const interview = page.dataset.interview ?? "";
const steps = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("[data-step]")]);
const sections = steps.filter((step) => step.dataset.step === "question");
const way = /** @type {HTMLElement} */ (document.getElementById("way"));

const check = new Check({ onDone: goOn });
const questions = sections.map(
  (section) =>
    new Question(section, {
      camera: liveCamera,
      upload: {
        takesUrl: page.dataset.takesUrl ?? "",
        sliceBytes: Number(page.dataset.sliceBytes),
        maxTakeBytes: Number(page.dataset.maxTakeBytes),
      },
      onSaved: showAnswer,
      onKept: goOn,
    }),
);
const isMissing = (/** @type {Question} */ question) => !question.isAnswered;

/** @returns {Promise<MediaStream>} */
async function liveCamera() {
  if (!check.stream || !isOpen(check.stream)) {
    closeCamera(check.stream);
    check.stream = await openCamera({ camera: check.camera.value, microphone: check.microphone.value });
  }
  return check.stream;
}

/** @param {HTMLElement} step */
function show(step) {
  for (const other of steps) other.hidden = other !== step;
  moveFrame(step.querySelector(".step-frame"));
  const name = step.dataset.step;
  way.hidden = name !== "question" && name !== "review";
  const place = sections.indexOf(step) + 1;
  /** @type {HTMLElement} */ (document.getElementById("way-words")).textContent =
    name === "question" ? words("way", { number: place, total: sections.length }) : words("way-review");
  /** @type {HTMLProgressElement} */ (document.getElementById("way-bar")).value = place || sections.length;
  scrollTo(0, 0);
  /** @type {HTMLElement} */ (step.querySelector("h1")).focus({ preventScroll: true });
}

/** @param {string} name */
const stepNamed = (name) => /** @type {HTMLElement} */ (steps.find((step) => step.dataset.step === name));

/** To the first question without an answer, or to the review of all. */
function goOn() {
  const next = questions.find(isMissing);
  if (!next) {
    showReview();
    return;
  }
  show(next.section);
  void next.think();
}

function showReview() {
  check.close();
  allowSubmit(!questions.some(isMissing));
  show(stepNamed("review"));
}

function begin() {
  const next = questions.findIndex(isMissing);
  if (next < 0) {
    showReview();
    return;
  }
  const resume = /** @type {HTMLElement} */ (document.getElementById("resume-words"));
  const done = questions.filter((question) => question.isAnswered).length;
  resume.hidden = !done;
  resume.textContent = words("resume", { done, total: questions.length, number: next + 1 });
  show(stepNamed("check"));
}

findLengths(document);
onAnswerMissing(() => begin());

holdTab(interview, {
  onHeld: begin,
  onElsewhere: () => show(stepNamed("elsewhere")),
  onLost: () => {
    for (const question of questions) question.giveUp();
    check.close();
    frameOff();
    show(stepNamed("elsewhere"));
  },
});

/** @type {HTMLElement} */ (document.getElementById("use-this-tab")).addEventListener("click", async () => {
  await takeOver(interview);
  location.reload(); // the other tab may have saved answers since this page was made
});

addEventListener("beforeunload", (event) => {
  if (questions.some((question) => question.isUnsaved)) event.preventDefault();
});
