// @ts-check
/** The applicant's recording page: which step is shown, and what the steps share. */
import { closeCamera, isOpen, openCamera } from "./camera.js";
import { Check } from "./check.js";
import { csrfToken } from "./csrf.js";
import { frameCamera, frameOff, framePlayback, moveFrame } from "./frame.js";
import { openKept } from "./kept.js";
import { holdTab, takeOver } from "./one-tab.js";
import { allowSubmit, onAnswerAsked, showAnswer } from "./overview.js";
import { findLengths } from "./playback.js";
import { Question } from "./question.js";
import { Recovery } from "./recovery.js";
import { onTermsChange, readTerms } from "./terms.js";
import { minutesAndSeconds } from "./times.js";
import { Uplink } from "./uplink.js";
import { words } from "./words.js";

const page = /** @type {HTMLElement} */ (document.getElementById("studio"));
const SECONDS_BETWEEN_QUESTIONS = 30;
/** What an earlier page had left to send is waited for that long before the first step is shown. */
const SENT_SOON_MS = 3_000;

const interview = page.dataset.interview ?? "";
const steps = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("[data-step]")]);
const sections = steps.filter((step) => step.dataset.step === "question");
/** The server has refused to submit: the page shows why, and all answers. */
const submitProblem = document.getElementById("submit-problem");

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {import("./upload.js").Site} */
const site = {
  interview,
  uploadsUrl: page.dataset.uploadsUrl ?? "",
  sliceBytes: Number(page.dataset.sliceBytes),
  maxTakeBytes: Number(page.dataset.maxTakeBytes),
  writer: crypto.randomUUID(),
  kept: await openKept(),
  uplink: new Uplink(page.dataset.uplinkUrl ?? ""),
};
const recovery = new Recovery(site);
const check = new Check({ uplink: site.uplink, onDone: () => goOn() });
const all = sections.map(
  (section) =>
    new Question(section, {
      camera: liveCamera,
      site,
      recovery,
      takesUrl: page.dataset.takesUrl ?? "",
      textsUrl: page.dataset.textsUrl ?? "",
      closeCamera: () => check.close(),
      isWithoutCamera: () => isWithoutCamera,
      terms: readTerms,
      graceSeconds: Number(page.dataset.graceSeconds),
      onCounts: (question) => {
        if (question.isPractice) return;
        if (question.takes.counting) showAnswer(question.id, question.takes.counting, question);
      },
      onWatch: watch,
      onKept: goOn,
      onElsewhere: giveUp,
    }),
);
const practice = all.find((question) => question.isPractice);
const questions = all.filter((question) => !question.isPractice);
/** @type {Question | undefined} the one that was asked for in the review */
let asked;
/** The applicant has chosen to write everything. */
let isWithoutCamera = false;
let hasPractised = false;
/** @type {Question | undefined} the one that comes after the pause */
let next;
const isMissing = (/** @type {Question} */ question) => !question.isAnswered;
/** After the deadline, what was begun before it may still be finished. */
const mayAnswer = (/** @type {Question} */ question) =>
  !readTerms().isOver || recovery.has(question.id) || question.writing.area.value !== "";
const isOpenQuestion = (/** @type {Question} */ question) =>
  (isMissing(question) || question.isAskedAgain) && mayAnswer(question);

/** @returns {Promise<MediaStream>} */
async function liveCamera() {
  const isWanted = check.stream && readTerms().audioOnly === !check.stream.getVideoTracks().length;
  if (!check.stream || !isOpen(check.stream) || !isWanted) {
    closeCamera(check.stream);
    check.stream = await openCamera(check.choice);
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
  element("way").hidden = name === "elsewhere";
  const missing = questions.filter(isMissing);
  const done = questions.length - missing.length;
  const left = questions.filter((question) => isMissing(question) || question.isAskedAgain);
  const seconds = left.reduce((sum, question) => sum + question.expectedSeconds + SECONDS_BETWEEN_QUESTIONS, 0);
  element("way-words").textContent =
    name === "review"
      ? words("way-review")
      : words("way", { done, total: questions.length, minutes: Math.ceil(seconds / 60) });
  /** @type {HTMLProgressElement} */ (element("way-bar")).value = done;
  scrollTo(0, 0);
  /** @type {HTMLElement} */ (step.querySelector("h1")).focus({ preventScroll: true });
}

/** @param {string} name */
const stepNamed = (name) => /** @type {HTMLElement} */ (steps.find((step) => step.dataset.step === name));

/**
 * To the question that was asked for, to the first one without an answer, or to the review of all.
 * @param {Question} [kept] the one that was just answered
 */
function goOn(kept) {
  const isFresh = !asked && !questions.some((question) => question.isAnswered || recovery.has(question.id));
  if (practice && !hasPractised && isFresh && !isWithoutCamera && !readTerms().isOver) {
    hasPractised = true;
    show(stepNamed("practice"));
    return;
  }
  if (kept?.isPractice) {
    endPractice();
    kept = undefined;
  }
  next = asked && mayAnswer(asked) ? asked : questions.find(isOpenQuestion);
  asked = undefined;
  if (next) showPause(next, kept);
  else showReview();
}

/**
 * Between two questions no clock runs: the next one comes when the applicant says so.
 * @param {Question} question
 * @param {Question} [kept]
 */
function showPause(question, kept) {
  const saved = element("pause-saved");
  saved.hidden = !kept;
  if (kept) {
    /** @type {HTMLElement} */ (saved.lastElementChild).textContent = words("pause-saved", {
      number: questions.indexOf(kept) + 1,
    });
  }
  element("pause-heading").textContent = words(kept ? "pause-heading" : "pause-first");
  describe(question);
  if (check.stream && isOpen(check.stream)) frameCamera(check.stream, "camera");
  show(stepNamed("pause"));
}

/** @param {Question} question that comes after the pause */
function describe(question) {
  const number = questions.indexOf(question) + 1;
  const time = (/** @type {number} */ seconds) =>
    seconds ? words("time-limit", { time: minutesAndSeconds(seconds) }) : words("time-free");
  const isCut = recovery.has(question.id) && !recovery.isWhole(question.id);
  element("pause-next").textContent = words(isCut ? "pause-cut" : "pause-next", {
    number,
    total: questions.length,
    think: time(question.thinkSeconds),
    answer: time(question.answerSeconds),
  });
  element("pause-over").textContent = words("pause-over", { number });
}

/**
 * @param {Element} place
 * @param {string} url
 */
function watch(place, url) {
  const card = place.closest("[data-review-of]");
  const video = card?.querySelector("video");
  if (!video) {
    framePlayback(url);
    return;
  }
  video.src = url;
  void video.play().catch(() => {});
}

/** Deletes what was recorded for practice. Should this not get through, the server does it by itself within the hour. */
function endPractice() {
  const headers = { "X-CSRFToken": csrfToken() };
  void fetch(page.dataset.practiceEndUrl ?? "", { method: "POST", headers, keepalive: true }).catch(() => {});
}

if (practice) {
  element("practice-skip").addEventListener("click", () => goOn());
  element("practice-start").addEventListener("click", () => {
    show(practice.section);
    void practice.think();
  });
}

element("pause-over").addEventListener("click", () => {
  if (!next) return;
  show(next.section);
  void next.think();
});

function showReview() {
  check.close();
  allowSubmit(!questions.some(isMissing));
  show(stepNamed("review"));
}

/** @param {string} resume what stands above the camera: where the applicant goes on; "" at the beginning */
function showCheck(resume) {
  const line = element("resume-words");
  line.hidden = !resume;
  line.textContent = resume;
  show(stepNamed("check"));
}

async function begin() {
  await recovery.begin(JSON.parse(element("unfinished-takes").textContent ?? "[]"));
  if (await recovery.isElsewhere()) {
    show(stepNamed("elsewhere"));
    return;
  }
  const sent = recovery.settleWhole((id, stored) => questions.find((question) => question.id === id)?.saved(stored));
  await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, SENT_SOON_MS))]);
  const first = questions.findIndex(isOpenQuestion);
  if (first < 0 || submitProblem) {
    showReview();
    return;
  }
  const done = questions.filter((question) => question.isAnswered).length;
  const { id, isAnswered } = questions[first];
  const resume = isAnswered ? "asked-again" : done ? "resume" : "";
  const where = recovery.isWhole(id) ? "resume-sending" : recovery.has(id) ? "resume-cut" : resume;
  showCheck(where && words(where, { done, total: questions.length, number: first + 1 }));
}

/** Another tab or another device goes on. */
function giveUp() {
  for (const question of all) question.giveUp();
  recovery.giveUp();
  check.close();
  frameOff();
  show(stepNamed("elsewhere"));
}

// A page that a refused form has brought would send that form again on a reload.
if (submitProblem) history.replaceState(null, "", page.dataset.url);
findLengths(document);
onAnswerAsked((id) => {
  asked = questions.find((question) => question.id === id);
  if (!asked) return;
  submitProblem?.remove();
  if (isWithoutCamera) {
    goOn();
    return;
  }
  showCheck(words(asked.isAnswered ? "asked-again" : "asked", { number: questions.indexOf(asked) + 1 }));
  void check.openAnew();
});

function offerWriting() {
  element("check-skip").hidden = !readTerms().written;
}

element("check-skip").addEventListener("click", () => {
  isWithoutCamera = true;
  check.close();
  goOn();
});
element("check-start").addEventListener("click", () => {
  isWithoutCamera = false;
});
offerWriting();
onTermsChange(() => {
  offerWriting();
  for (const question of all) question.followTerms();
  if (next && !stepNamed("pause").hidden) describe(next);
});

holdTab(interview, {
  onHeld: () => void begin(),
  onElsewhere: () => show(stepNamed("elsewhere")),
  onLost: giveUp,
});

element("use-this-tab").addEventListener("click", async () => {
  // Before the lock, since losing one's own to oneself ends all that this page has under way.
  await recovery.takeOver().catch(() => {}); // the page that comes now asks again
  await takeOver(interview);
  location.replace(page.dataset.url ?? ""); // the other tab may have saved answers since this page was made
});

addEventListener("beforeunload", (event) => {
  if (all.some((question) => question.isUnsaved)) event.preventDefault();
});
