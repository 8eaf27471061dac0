// @ts-check
/**
 * Sends one take while it is being recorded: slices in order, each with its offset and digest.
 *
 * What was recorded is kept whole until the page goes, so a slice can be cut again at whatever offset the server
 * says it has. Nothing here calls a byte saved before the server has answered with an offset past it.
 */
import { csrfToken } from "./csrf.js";

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 30_000;
const REPLY_WITHIN_MS = 60_000;
const SMALLEST_SLICE = 64 * 1024;
/** The invitation has ended or belongs to another browser; the interview is submitted; no recording is left. */
const FINAL = new Set(["link", "not_yours", "wrong_state", "not_allowed"]);
const TUS = { "Tus-Resumable": "1.0.0" };

/** The server will not take it, however often it is asked. */
export class UploadRefused extends Error {
  /**
   * @param {number} status
   * @param {string} message the server's sentence for the person; "" when it gave none
   * @param {string} [code] the server's word for it
   */
  constructor(status, message, code = "") {
    super(message);
    this.status = status;
    /** Nor any other recording. */
    this.isFinal = FINAL.has(code);
  }
}

/**
 * @typedef {object} StoredTake what the server says it has
 * @property {string} take
 * @property {number} bytes
 * @property {number | null} seconds
 * @property {string} sha256
 * @property {string} received_at
 * @property {number} takes_left
 */

export class TakeUpload {
  /**
   * @param {object} options
   * @param {string} options.uploadsUrl
   * @param {string} options.question id
   * @param {string} options.type of the recording, as the recorder names it
   * @param {number} options.sliceBytes the most that one request may carry
   * @param {(offset: number) => void} options.onSaved bytes that the server has confirmed
   * @param {() => void} options.onRetry a try has failed and another will follow
   * @param {(error: unknown) => void} options.onRefused while recording; later, finish() throws it
   */
  constructor({ uploadsUrl, question, type, sliceBytes, onSaved, onRetry, onRefused }) {
    this.uploadsUrl = uploadsUrl;
    this.question = question;
    this.type = type;
    this.mostBytes = sliceBytes;
    this.sliceBytes = sliceBytes;
    this.onSaved = onSaved;
    this.onRetry = onRetry;
    this.onRefused = onRefused;
    this.isFinishing = false;
    /** @type {Blob[]} */
    this.recorded = [];
    this.size = 0;
    this.offset = 0;
    this.address = "";
    this.finishAddress = "";
    this.segment = "";
    /** @type {ArrayBuffer[]} the digest of each piece that the server has taken, in order */
    this.pieces = [];
    /** Whether they are all there is: not when the server has cut a piece elsewhere. */
    this.knowsPieces = true;
    this.stopping = new AbortController();
    /** @type {Promise<void>} each step of sending waits for the one before it */
    this.sending = Promise.resolve();
  }

  /** Everything recorded so far. */
  whole() {
    return new Blob(this.recorded, { type: baseType(this.type) });
  }

  /** @param {Blob} slice */
  add(slice) {
    this.recorded.push(slice);
    this.size += slice.size;
    this.sending = this.sending.then(() => this.#send());
    this.sending.catch((error) => {
      if (this.isFinishing || this.stopping.signal.aborted) return;
      this.stopping.abort();
      this.onRefused(error);
    });
  }

  /**
   * Sends what is left and has the server compare the whole.
   * @returns {Promise<StoredTake>}
   * @throws {UploadRefused}
   */
  async finish() {
    this.isFinishing = true;
    await this.sending;
    await this.#send();
    const body = JSON.stringify({
      segments: [{ segment: this.segment, length: this.size, digest: await this.#digest() }],
    });
    for (let tries = 0; tries < 3; tries++) {
      const reply = await this.#persist(this.finishAddress, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
      });
      if (reply.ok) return reply.json();
      if (reply.status !== 409 || !reply.headers.has("Upload-Offset")) throw await refusal(reply);
      await this.#askOffset();
      await this.#send();
    }
    throw new UploadRefused(409, "");
  }

  /** Gives up. What the server has of this take stays unfinished there and counts for nothing. */
  abandon() {
    this.stopping.abort();
  }

  async #create() {
    const reply = await this.#persist(this.uploadsUrl, {
      method: "POST",
      headers: {
        ...TUS,
        "Upload-Defer-Length": "1",
        "Upload-Metadata": `question ${btoa(this.question)},filetype ${btoa(baseType(this.type))}`,
      },
    });
    if (!reply.ok) throw await refusal(reply);
    const { segment, finish } = await reply.json();
    this.segment = segment;
    this.finishAddress = finish;
    this.address = reply.headers.get("Location") ?? "";
  }

  /** @returns {Promise<string | null>} of the digests of all pieces; null: not known here */
  async #digest() {
    if (!this.knowsPieces) return null;
    return hex(await crypto.subtle.digest("SHA-256", await new Blob(this.pieces).arrayBuffer()));
  }

  async #send() {
    if (!this.address) await this.#create();
    while (this.offset < this.size) {
      const slice = await this.whole().slice(this.offset, this.offset + this.sliceBytes).arrayBuffer();
      const digest = await crypto.subtle.digest("SHA-256", slice);
      const reply = await this.#persist(this.address, {
        method: "PATCH",
        headers: {
          ...TUS,
          "Upload-Offset": String(this.offset),
          "Upload-Checksum": `sha256 ${btoa(String.fromCharCode(...new Uint8Array(digest)))}`,
          "Content-Type": "application/offset+octet-stream",
        },
        body: slice,
      });
      // 409: the server has another offset than we thought, for instance because its last answer got lost.
      if (!reply.ok && !(reply.status === 409 && reply.headers.has("Upload-Offset"))) throw await refusal(reply);
      const expected = this.offset + slice.byteLength;
      this.#moveTo(reply);
      if (this.offset === expected) this.pieces.push(digest);
      else if (this.offset !== expected - slice.byteLength) this.knowsPieces = false;
    }
  }

  async #askOffset() {
    const reply = await this.#persist(this.address, { method: "HEAD", headers: TUS });
    if (!reply.ok) throw new UploadRefused(reply.status, "");
    this.#moveTo(reply);
  }

  /** @param {Response} reply */
  #moveTo(reply) {
    const offset = Number(reply.headers.get("Upload-Offset"));
    if (!Number.isInteger(offset) || offset < 0 || offset > this.size) throw new UploadRefused(reply.status, "");
    this.offset = offset;
    this.onSaved(offset);
  }

  /**
   * Asks until there is an answer that asking again would not change.
   * @param {string} address
   * @param {RequestInit} request
   * @returns {Promise<Response>}
   */
  async #persist(address, request) {
    for (let tries = 0; ; tries++) {
      this.stopping.signal.throwIfAborted();
      const attempt = new AbortController();
      const giveUp = () => attempt.abort();
      const timer = setTimeout(giveUp, REPLY_WITHIN_MS);
      this.stopping.signal.addEventListener("abort", giveUp);
      let wait = Math.random() * Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** tries);
      const token = csrfToken();
      try {
        const reply = await fetch(address, {
          ...request,
          headers: { ...request.headers, "X-CSRFToken": token },
          credentials: "same-origin",
          cache: "no-store",
          signal: attempt.signal,
        });
        const isForgery = isTakenForForged(reply);
        if (!isForgery && !isPassing(reply.status)) {
          this.sliceBytes = Math.min(this.mostBytes, this.sliceBytes * 2);
          return reply;
        }
        if (isForgery && csrfToken() !== token) continue; // changed on the way: a sign-in in another tab
        if (isForgery) await fetch(location.href, { cache: "no-store", signal: attempt.signal }); // brings a new cookie
        wait = Math.max(wait, 1000 * (Number(reply.headers.get("Retry-After")) || 0));
      } catch {
        this.stopping.signal.throwIfAborted();
        // On a line too slow for a whole slice within the time allowed, a smaller one gets through.
        this.sliceBytes = Math.max(SMALLEST_SLICE, this.sliceBytes / 2);
      } finally {
        clearTimeout(timer);
        this.stopping.signal.removeEventListener("abort", giveUp);
      }
      this.onRetry();
      await pause(wait, this.stopping.signal);
    }
  }
}

/** @param {number} status 460: damaged on the way, so the same slice again */
function isPassing(status) {
  return status >= 500 || status === 408 || status === 429 || status === 460;
}

/**
 * Whether the token was refused. What the upload's own addresses refuse, they refuse as JSON; this is a page.
 * @param {Response} reply
 */
function isTakenForForged(reply) {
  return reply.status === 403 && !reply.headers.get("Content-Type")?.includes("json");
}

/** @param {Response} reply */
async function refusal(reply) {
  const body = await reply.json().catch(() => ({}));
  const text = (/** @type {unknown} */ value) => (typeof value === "string" ? value : "");
  return new UploadRefused(reply.status, text(body.message), text(body.error));
}

/**
 * @param {number} milliseconds less when the connection comes back meanwhile
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}

/** @param {string} type "video/webm;codecs=vp8,opus" -> "video/webm" */
function baseType(type) {
  return type.split(";")[0];
}

/** @param {ArrayBuffer} digest */
function hex(digest) {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
