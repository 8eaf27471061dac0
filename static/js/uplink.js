// @ts-check
/** How fast this connection carries bytes away, and how finely to record because of it. */
import { csrfToken } from "./csrf.js";

/**
 * @typedef {object} Quality bits per second
 * @property {number} video 0: only sound is recorded
 * @property {number} audio
 */

/** @type {{ from: number, quality: Quality }[]} `from`: bits per second that the connection carries */
const LADDER = [
  { from: 1_500_000, quality: { video: 1_000_000, audio: 64_000 } },
  { from: 900_000, quality: { video: 600_000, audio: 48_000 } },
  { from: 150_000, quality: { video: 250_000, audio: 32_000 } },
  { from: 0, quality: { video: 0, audio: 24_000 } },
];
const UNKNOWN = LADDER[1].quality;
const PROBE_BYTES = [8 * 1024, 32 * 1024, 128 * 1024, 256 * 1024];
const LONG_ENOUGH_MS = 400;
const GIVE_UP_MS = 8_000;
/** A request this small says more about the way than about the width of the line. */
const TELLING_BYTES = 16 * 1024;
const WEIGHT_OF_NEW = 0.3;

export class Uplink {
  /** @param {string} address takes any bytes and keeps none */
  constructor(address) {
    this.address = address;
    /** @type {number | null} when it was measured last, in milliseconds since 1970 by the server's clock */
    this.serverTime = null;
    /** @type {number | null} bits per second; null: not known yet */
    this.speed = null;
  }

  /** @returns {Quality} */
  get quality() {
    const { speed } = this;
    if (speed === null) return UNKNOWN;
    return /** @type {typeof LADDER[number]} */ (LADDER.find((step) => speed >= step.from)).quality;
  }

  /**
   * What a request has just shown.
   * @param {number} bytes
   * @param {number} milliseconds
   */
  note(bytes, milliseconds) {
    if (bytes < TELLING_BYTES || milliseconds <= 0) return;
    const seen = (8000 * bytes) / milliseconds;
    this.speed = this.speed === null ? seen : this.speed + WEIGHT_OF_NEW * (seen - this.speed);
  }

  /** @returns {Promise<number | null>} milliseconds since 1970 by the server's clock; null: it did not say */
  async time() {
    await this.#send(new Blob(), AbortSignal.timeout(GIVE_UP_MS)).catch(() => {});
    return this.serverTime;
  }

  /**
   * @param {Blob} bytes
   * @param {AbortSignal} signal
   */
  async #send(bytes, signal) {
    const headers = { "Content-Type": "application/octet-stream", "X-CSRFToken": csrfToken() };
    const reply = await fetch(this.address, { method: "POST", headers, body: bytes, cache: "no-store", signal });
    if (!reply.ok) throw new Error(`the server said ${reply.status}`);
    this.serverTime = Date.parse(reply.headers.get("Date") ?? "") || null;
  }

  /** Sends bytes that mean nothing, more each time, until a request takes long enough to tell. */
  async measure() {
    const deadline = AbortSignal.timeout(GIVE_UP_MS);
    for (const size of PROBE_BYTES) {
      const began = performance.now();
      try {
        await this.#send(noise(size), deadline);
      } catch {
        // Cut off: the line is no faster than what did not get through in that time. Offline says nothing.
        if (deadline.aborted) this.speed = Math.min(this.speed ?? Infinity, (8000 * size) / GIVE_UP_MS);
        return;
      }
      const took = performance.now() - began;
      this.speed = (8000 * size) / took;
      if (took >= LONG_ENOUGH_MS) return;
    }
  }
}

/** @param {number} size in bytes, a multiple of 8 KiB; nothing on the way can make it smaller */
function noise(size) {
  const piece = crypto.getRandomValues(new Uint8Array(8 * 1024));
  return new Blob(Array(size / piece.length).fill(piece));
}
