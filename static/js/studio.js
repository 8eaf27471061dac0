// @ts-check
/** The applicant's recording page: which step is shown, and what the steps share. */
import { closeCamera, isOpen, openCamera } from "./camera.js";
import { Check } from "./check.js";
import { frameOff, moveFrame } from "./frame.js";
import { holdTab, takeOver } from "./one-tab.js";
import { allowSubmit, onAnswerAsked, showAnswer } from "./overview.js";
import { findLengths } from "./playback.js";
import { Question } from "./question.js";
import { words } from "./words.js";

const page = /** @type {HTMLElement} */ (document.getElementById("studio"));
const interview = page.dataset.interview ?? "";
const steps = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("[data-step]")]);
const sections = steps.filter((step) => step.dataset.step === "question");
/** The server has refused to submit: the page shows why, and all answers. */
const submitProblem = document.getElementById("submit-problem");
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
/** @type {Question | undefined} the one that was asked for in the review */
let asked;
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
  for (const other of steps) {
    other.hidden = other !== step;
    if (other.hidden) for (const video of other.querySelectorAll("video")) video.pause();
  }
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

/** To the question that was asked for, to the first one without an answer, or to the review of all. */
function goOn() {
  const next = asked ?? questions.find(isMissing);
  asked = undefined;
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

/** @param {string} resume what stands above the camera: where the applicant goes on; "" at the beginning */
function showCheck(resume) {
  const line = /** @type {HTMLElement} */ (document.getElementById("resume-words"));
  line.hidden = !resume;
  line.textContent = resume;
  show(stepNamed("check"));
}

function begin() {
  const next = questions.findIndex(isMissing);
  if (next < 0 || submitProblem) {
    showReview();
    return;
  }
  const done = questions.filter((question) => question.isAnswered).length;
  showCheck(done ? words("resume", { done, total: questions.length, number: next + 1 }) : "");
}

// A page that a refused form has brought would send that form again on a reload.
if (submitProblem) history.replaceState(null, "", page.dataset.url);
findLengths(document);
onAnswerAsked((id) => {
  asked = questions.find((question) => question.id === id);
  if (!asked) return;
  submitProblem?.remove();
  showCheck(words(asked.isAnswered ? "asked-again" : "asked", { number: questions.indexOf(asked) + 1 }));
  void check.openAnew();
});

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
  location.replace(page.dataset.url ?? ""); // the other tab may have saved answers since this page was made
});

addEventListener("beforeunload", (event) => {
  if (questions.some((question) => question.isUnsaved)) event.preventDefault();
});
