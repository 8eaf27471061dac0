// @ts-check
/**
 * Answers that were cut short: by a crash, a reload, an empty battery, a camera that stopped. What this device kept is
 * sent first; then the server says what it has, from whichever device that came. Here an answer is finished, too, and
 * what this device knows of it forgotten.
 */
import { UploadRefused, persist, refusal } from "./persist.js";
import { keepingLock } from "./recording.js";
import { SegmentUpload } from "./upload.js";

/**
 * @typedef {object} Listed an unfinished take, as the server lists it
 * @property {string} take
 * @property {string} question
 * @property {number} number
 * @property {number} bytes
 * @property {number | null} seconds
 * @property {boolean} writer_is_set
 * @property {string | null} last_bytes_at
 * @property {string} finish address
 * @property {string} claim address
 * @property {{ segment: string, received: number }[]} segments in order
 */

/**
 * @typedef {object} Listeners
 * @property {(seconds: number) => void} [onSaved] how much of the answer the server has
 * @property {() => void} [onRetry] the server was not reached, another try follows
 */

/** @typedef {{ stored: import("./upload.js").StoredTake } | { unfinished: import("./upload.js").Unfinished | null }} Outcome */

/** Someone whose last bytes are no older than this is still at it. */
const STILL_RECORDING_MS = 10_000;
/** The last slice of the tab that recorded before is on this device by then. */
const LAST_SLICE_WITHIN_MS = 5_000;
const CLAIMED = "greenroom-claimed";

export class Recovery {
  /** @param {import("./upload.js").Site} site */
  constructor(site) {
    this.site = site;
    /** @type {SegmentUpload[]} what earlier pages left on this device */
    this.found = [];
    /** @type {Listed[]} */
    this.listed = [];
    /** @type {Map<string, Promise<Outcome>>} by question */
    this.settling = new Map();
    /** @type {Listeners} */
    this.listeners = {};
    this.stopping = new AbortController();
  }

  /**
   * Finds what was left, and begins to send it.
   * @param {Listed[]} listed what the server had when it made this page
   */
  async begin(listed) {
    this.listed = listed;
    const { kept, interview } = this.site;
    await navigator.locks
      ?.request(keepingLock(interview), { signal: AbortSignal.timeout(LAST_SLICE_WITHIN_MS) }, () => {})
      .catch(() => {});
    for (const segment of (await kept?.segments(interview)) ?? []) {
      const slices = await /** @type {import("./kept.js").Kept} */ (kept).slices(segment.id);
      this.found.push(SegmentUpload.recover(this.site, segment, slices));
    }
  }

  /** Another tab goes on. */
  giveUp() {
    this.stopping.abort();
    for (const upload of this.found) upload.abandon();
  }

  /**
   * @param {string} question id
   * @returns {boolean} whether an answer to it was cut short
   */
  has(question) {
    return this.#foundOf(question).length > 0 || this.listed.some((take) => isOf(take, question));
  }

  /**
   * @param {string} question id
   * @returns {boolean} whether an answer to it was at its end, and only has to be sent
   */
  isWhole(question) {
    return this.#foundOf(question).some((upload) => upload.segment.whole);
  }

  /** @returns {Promise<boolean>} whether another device is recording at this moment */
  async isElsewhere() {
    if (!this.#others().length) return false;
    await this.#list();
    const now = (await this.site.uplink.time()) ?? Date.now();
    return this.#others().some((take) => now - Date.parse(take.last_bytes_at ?? "") < STILL_RECORDING_MS);
  }

  /** From now on this browser writes what another device was recording. */
  async takeOver() {
    for (const take of this.#others()) await this.claim(take);
  }

  /**
   * From now on this page writes the take, and no other.
   * @param {{ take: string, claim: string }} unfinished
   */
  async claim({ take, claim }) {
    const body = JSON.stringify({ writer: this.site.writer });
    const reply = await this.#post(claim, body);
    if (!reply.ok) throw await refusal(reply);
    sessionStorage.setItem(CLAIMED, take);
  }

  /**
   * Sends what this device kept of an answer, and finishes it where it was at its end. Takes as long as that takes.
   * @param {string} question id
   * @param {Listeners} listeners
   * @returns {Promise<Outcome>}
   * @throws {UploadRefused}
   */
  settle(question, listeners = {}) {
    this.listeners = listeners;
    let settling = this.settling.get(question);
    if (!settling) {
      settling = this.#settle(question).finally(() => this.settling.delete(question));
      this.settling.set(question, settling);
    }
    return settling;
  }

  /**
   * Finishes the answers that were at their end when an earlier page went.
   * @param {(question: string, stored: import("./upload.js").StoredTake) => void} onStored
   */
  async settleWhole(onStored) {
    const whole = this.found.filter((upload) => upload.segment.whole);
    await Promise.all(
      whole.map(async ({ segment: { question } }) => {
        const outcome = await this.settle(question).catch(() => null); // the question itself says why, when it comes
        if (outcome && "stored" in outcome) onStored(question, outcome.stored);
      }),
    );
  }

  /**
   * @param {string} question
   * @returns {Promise<Outcome>}
   */
  async #settle(question) {
    for (const upload of this.#foundOf(question)) {
      upload.listeners = {
        onSaved: () => this.listeners.onSaved?.(upload.savedSeconds),
        onRetry: () => this.listeners.onRetry?.(),
      };
      try {
        await upload.drained();
      } catch (error) {
        if (!(error instanceof UploadRefused)) throw error;
        if (error.isForGood) await this.#forget([upload]);
        else if (error.code !== "taken_over") throw error;
      }
    }
    await this.#list();
    const newest = this.listed.filter((take) => isOf(take, question)).at(-1);
    if (!newest) {
      await this.#forget(this.#foundOf(question));
      return { unfinished: null };
    }
    const unfinished = await this.#unfinished(newest);
    const whole = this.found.find(({ segment }) => segment.whole && segment.created?.take === newest.take);
    if (!whole) return { unfinished };
    return { stored: await this.finish(unfinished, whole.segment.writer) };
  }

  /**
   * Sends the rest of a recording and finishes its take. Should the page go now, the next one does.
   * @param {import("./recording.js").Recording} recording
   * @param {Listeners} listeners
   * @returns {Promise<import("./upload.js").StoredTake>}
   * @throws {UploadRefused}
   */
  async finishRecording({ upload, earlier }, listeners) {
    this.listeners = listeners;
    await upload.markWhole();
    await upload.drained();
    const { take, finish } = /** @type {import("./kept.js").Created} */ (upload.segment.created);
    const parts = [...earlier, await upload.part()];
    return this.finish({ take, finish, parts }, upload.segment.writer);
  }

  /**
   * Has the server compare the take with what was sent and make it the answer. Nothing of it stays on this device.
   * @param {{ take: string, finish: string, parts: import("./upload.js").Part[] }} take
   * @param {string} writer
   * @returns {Promise<import("./upload.js").StoredTake>}
   * @throws {UploadRefused}
   */
  async finish({ take, finish, parts }, writer = this.site.writer) {
    const body = JSON.stringify({ segments: parts, writer });
    const reply = await this.#post(finish, body);
    if (!reply.ok) throw await refusal(reply);
    const stored = await reply.json();
    await this.forget(take);
    return stored;
  }

  /**
   * What this device knows of a take is of no use any more: it is whole, refused, or recorded again.
   * @param {string} take
   */
  async forget(take) {
    const { kept, interview } = this.site;
    this.found = this.found.filter((upload) => upload.segment.created?.take !== take);
    this.listed = this.listed.filter((listed) => listed.take !== take);
    const segments = (await kept?.segments(interview).catch(() => undefined)) ?? [];
    await kept?.forget(segments.filter((segment) => segment.created?.take === take)).catch(() => {});
  }

  /** Takes that another device has begun, and this browser has not taken over. */
  #others() {
    const own = new Set(this.found.map((upload) => upload.segment.created?.take));
    own.add(sessionStorage.getItem(CLAIMED) ?? "");
    return this.listed.filter((take) => take.writer_is_set && take.bytes > 0 && !own.has(take.take));
  }

  /** @param {SegmentUpload[]} uploads */
  async #forget(uploads) {
    this.found = this.found.filter((upload) => !uploads.includes(upload));
    await this.site.kept?.forget(uploads.map((upload) => upload.segment)).catch(() => {});
  }

  /** @param {string} question */
  #foundOf(question) {
    return this.found.filter((upload) => upload.segment.question === question);
  }

  /**
   * @param {Listed} listed
   * @returns {Promise<import("./upload.js").Unfinished>}
   */
  async #unfinished({ take, seconds, finish, claim, segments }) {
    const parts = segments.map(async ({ segment, received }) => {
      const own = this.found.find((upload) => upload.segment.created?.segment === segment && upload.offset === received);
      return own ? own.part() : { segment, length: received, digest: null };
    });
    return { take, seconds: seconds ?? 0, finish, claim, parts: await Promise.all(parts) };
  }

  async #list() {
    const reply = await this.#ask(this.site.uploadsUrl, {});
    if (!reply.ok) throw await refusal(reply);
    this.listed = (await reply.json()).unfinished;
  }

  /**
   * @param {string} address
   * @param {string} body JSON
   */
  #post(address, body) {
    return this.#ask(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  }

  /**
   * @param {string} address
   * @param {RequestInit} request
   */
  #ask(address, request) {
    const onRetry = () => this.listeners.onRetry?.();
    return persist(address, () => request, { stop: this.stopping.signal, onRetry });
  }
}

/**
 * @param {Listed} take
 * @param {string} question
 */
function isOf(take, question) {
  return String(take.question) === question && take.bytes > 0;
}
