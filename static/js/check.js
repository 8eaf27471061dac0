// @ts-check
/** The step before the questions: can we see and hear the applicant? */
import { CameraProblem, closeCamera, deviceInUse, devices, openCamera } from "./camera.js";
import { frameCamera, frameOff } from "./frame.js";
import { startMeter } from "./meter.js";
import { readTerms } from "./terms.js";
import { CannotRecord } from "./recording.js";
import { announce, words } from "./words.js";

const HEARD_LEVEL = 0.35;
const SILENCE_SECONDS = 5;
const CLOCK_WRONG_MS = 2 * 60_000;

/** @param {unknown} error */
export function cameraWords(error) {
  if (error instanceof CameraProblem) return words(`camera-${error.reason}`, { name: error.browserName });
  if (error instanceof CannotRecord) return words("camera-unsupported");
  throw error;
}

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Check {
  /** @param {{ uplink: import("./uplink.js").Uplink, onDone: () => void }} options */
  constructor({ uplink, onDone }) {
    this.uplink = uplink;
    /** @type {MediaStream | null} */
    this.stream = null;
    this.stopMeter = () => {};
    this.section = /** @type {HTMLElement} */ (document.querySelector('[data-step="check"]'));
    this.camera = /** @type {HTMLSelectElement} */ (element("camera"));
    this.microphone = /** @type {HTMLSelectElement} */ (element("microphone"));
    this.level = /** @type {HTMLMeterElement} */ (element("level"));
    element("check-start").addEventListener("click", () => this.open());
    for (const picker of [this.camera, this.microphone]) picker.addEventListener("change", () => this.open());
    element("check-done").addEventListener("click", () => {
      this.stopMeter();
      onDone();
    });
    navigator.mediaDevices?.addEventListener("devicechange", () => this.stream && this.#listDevices(this.stream));
  }

  /** @returns {import("./camera.js").Choice} */
  get choice() {
    const soundOnly = readTerms().audioOnly;
    /** @type {HTMLElement} */ (this.camera.parentElement).hidden = soundOnly;
    return { camera: this.camera.value, microphone: this.microphone.value, soundOnly };
  }

  /** Opens the chosen devices anew. */
  async open() {
    this.close();
    const problem = element("check-problem");
    problem.hidden = true;
    try {
      this.stream = await openCamera(this.choice);
    } catch (error) {
      /** @type {HTMLElement} */ (problem.firstElementChild).textContent = cameraWords(error);
      problem.hidden = false;
      // The chosen device may be the trouble: the next try takes any.
      this.camera.replaceChildren();
      this.microphone.replaceChildren();
      this.#showControls(false);
      return;
    }
    frameCamera(this.stream, "camera");
    await this.#listDevices(this.stream);
    this.#showControls(true);
    announce(words("camera-on"));
    this.#listen(this.stream);
    await this.uplink.measure();
    this.#tell("check-sound-only", this.uplink.quality.video === 0 && !readTerms().audioOnly);
    const { serverTime } = this.uplink;
    const isWrong = serverTime !== null && Math.abs(Date.now() - serverTime) > CLOCK_WRONG_MS;
    const [shown, right] = [Date.now(), serverTime ?? 0].map((time) => new Date(time).toLocaleString());
    this.#tell("check-clock", isWrong, { shown, right });
  }

  /**
   * @param {string} name of the sentence, and of its place
   * @param {boolean} applies
   * @param {Record<string, string>} [values]
   */
  #tell(name, applies, values) {
    element(name).hidden = !applies;
    element(name).textContent = applies ? words(name, values) : "";
  }

  /** Begins with the question for permission, as on the first time. */
  async openAnew() {
    this.#showControls(false);
    await this.open();
  }

  close() {
    this.stopMeter();
    closeCamera(this.stream);
    this.stream = null;
    frameOff();
  }

  /** @param {boolean} open */
  #showControls(open) {
    const before = /** @type {HTMLElement} */ (this.section.querySelector('[data-check="before"]'));
    const after = /** @type {HTMLElement} */ (this.section.querySelector('[data-check="after"]'));
    const hadFocus = before.contains(document.activeElement) || after.contains(document.activeElement);
    const wasOpen = !after.hidden;
    before.hidden = open;
    after.hidden = !open;
    if (hadFocus && open !== wasOpen) element(open ? "check-done" : "check-start").focus();
  }

  /** @param {MediaStream} stream */
  async #listDevices(stream) {
    for (const [picker, kind, track, unnamed] of /** @type {const} */ ([
      [this.camera, "videoinput", "video", "camera-unnamed"],
      [this.microphone, "audioinput", "audio", "microphone-unnamed"],
    ])) {
      const found = await devices(kind);
      const options = found.map(
        (device, index) => new Option(device.label || words(unnamed, { number: index + 1 }), device.deviceId),
      );
      picker.replaceChildren(...options);
      picker.value = deviceInUse(stream, track);
    }
  }

  /** @param {MediaStream} stream */
  #listen(stream) {
    const since = performance.now();
    this.#heard("waiting");
    let loudMoments = 0;
    this.stopMeter = startMeter(stream, (level) => {
      this.level.value = level;
      if (level >= HEARD_LEVEL) loudMoments += 1;
      if (loudMoments >= 4) this.#heard("yes");
      else if (performance.now() - since > SILENCE_SECONDS * 1000) this.#heard("no");
    });
  }

  /** @param {"waiting" | "yes" | "no"} state */
  #heard(state) {
    const line = element("heard");
    if (line.dataset.heard === state && line.textContent) return;
    line.dataset.heard = state;
    line.textContent = words(`heard-${state}`);
  }
}
