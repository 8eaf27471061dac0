// @ts-check
/**
 * Sends one segment of a take while it is being recorded: each slice is kept on this device first, then sent in order
 * with its offset and digest (tus 1.0), and dropped here once the server has it on its disk.
 *
 * What this page recorded itself stays in memory too until the page goes, so it can be played at once, and sent even
 * where the device has no room left. Nothing here calls a byte saved before the server has answered with an offset
 * past it.
 */
import { UploadRefused, persist, refusal } from "./persist.js";

const FIRST_PIECE = 128 * 1024;
const SMALLEST_PIECE = 16 * 1024;

/**
 * @typedef {object} Site what every upload of this page shares
 * @property {string} interview
 * @property {string} uploadsUrl
 * @property {number} sliceBytes the most that one request may carry
 * @property {number} maxTakeBytes
 * @property {string} writer names this page to the server: of two that record, only one may go on
 * @property {import("./kept.js").Kept | null} kept
 * @property {import("./uplink.js").Uplink} uplink
 */

/** @typedef {{ segment: string, length: number, digest: string | null }} Part a segment, as finishing names it */

/**
 * @typedef {object} Unfinished an answer that can be gone on with
 * @property {string} take
 * @property {number} seconds that are safe on the server
 * @property {string} finish address
 * @property {string} claim address
 * @property {Part[]} parts in order
 */

/**
 * @typedef {object} StoredTake what the server says it has
 * @property {string} take
 * @property {number} bytes
 * @property {number | null} seconds
 * @property {string} sha256
 * @property {string} received_at
 * @property {number} takes_left
 */

/**
 * @typedef {object} Listeners
 * @property {() => void} [onSaved] the server has confirmed more
 * @property {() => void} [onUnkept] this device has no room: from now on only this page has what the server has not
 * @property {() => void} [onRetry] a try has failed and another will follow
 * @property {(error: unknown) => void} [onRefused] while recording; later, drained() throws it
 */

export class SegmentUpload {
  /**
   * @param {Site} site
   * @param {import("./kept.js").Segment} segment
   * @param {Listeners} listeners
   */
  constructor(site, segment, listeners = {}) {
    this.site = site;
    this.segment = segment;
    this.listeners = listeners;
    /** @type {Blob[]} from `start` on */
    this.recorded = [];
    this.start = segment.length;
    /** @type {{ offset: number, end: number, seconds: number }[]} those that may be sent */
    this.slices = [];
    this.size = segment.length;
    /** What the server has confirmed, in bytes. */
    this.offset = segment.confirmed;
    /** Seconds of the whole answer that the server has of this and earlier segments; as far as this page knows. */
    this.savedSeconds = 0;
    /** Each slice so far is on this device. */
    this.isKept = Boolean(site.kept);
    /** @type {Uint8Array[] | null} SHA-256 of each piece that the server has taken; null: not known of all of them */
    this.pieces = segment.pieces;
    /** @type {Map<number, Uint8Array>} of the pieces tried from `offset` on, by their end */
    this.tried = new Map();
    this.pieceBytes = Math.min(site.sliceBytes, FIRST_PIECE);
    this.isEnding = false;
    this.stopping = new AbortController();
    /** @type {Promise<void>} each slice waits for the one before it */
    this.adding = Promise.resolve();
    /** @type {Promise<void>} so does each step of sending */
    this.sending = Promise.resolve();
  }

  /**
   * A new recording of this page.
   * @param {Site} site
   * @param {{ question: string, type: string, continues: string }} what
   * @param {Listeners} listeners
   */
  static begin(site, what, listeners) {
    const { interview, writer } = site;
    const blank = { created: null, whole: false, confirmed: 0, pieces: [], length: 0, seconds: 0 };
    return new SegmentUpload(site, { id: crypto.randomUUID(), interview, writer, ...what, ...blank }, listeners);
  }

  /**
   * What an earlier page has left on this device; it is sent at once.
   * @param {Site} site
   * @param {import("./kept.js").Segment} segment
   * @param {import("./kept.js").Slice[]} slices
   */
  static recover(site, segment, slices) {
    const upload = new SegmentUpload(site, segment);
    upload.slices = slices.map(({ offset, end, seconds }) => ({ offset, end, seconds }));
    upload.recorded = slices.map((slice) => new Blob([slice.bytes]));
    upload.start = slices[0]?.offset ?? segment.length;
    upload.sending = upload.#askOffset();
    upload.#send();
    return upload;
  }

  /** What this page has of it. */
  whole() {
    return new Blob(this.recorded, { type: baseType(this.segment.type) });
  }

  /**
   * @param {Blob} slice
   * @param {number} seconds of the whole answer, at its end
   */
  add(slice, seconds) {
    this.recorded.push(slice);
    const offset = this.size;
    const end = offset + slice.size;
    this.size = end;
    this.adding = this.adding.then(async () => {
      if (this.isKept) {
        const { length, seconds: before } = this.segment;
        const bytes = await slice.arrayBuffer();
        this.segment = { ...this.segment, length: end, seconds };
        await this.#keep({ segment: this.segment.id, offset, end, seconds, bytes });
        // What is kept must have no gap: after a slice for which there was no room, none is kept.
        if (!this.isKept) this.segment = { ...this.segment, length, seconds: before };
      }
      this.slices.push({ offset, end, seconds });
      this.#send();
    });
  }

  /**
   * All that was recorded is with the server.
   * @throws {UploadRefused}
   */
  async drained() {
    this.isEnding = true;
    await this.adding;
    this.#send();
    await this.sending;
  }

  /** The answer is at its end: should the page go now, the next one sends the rest and finishes. */
  async markWhole() {
    await this.adding;
    this.segment = { ...this.segment, whole: true };
    await this.#keep();
  }

  /**
   * This segment, as finishing names it.
   * @returns {Promise<Part>}
   */
  async part() {
    const { pieces, offset } = this;
    const digest = pieces && (await crypto.subtle.digest("SHA-256", Uint8Array.from(pieces.flatMap((piece) => [...piece]))));
    return { segment: this.segment.created?.segment ?? "", length: offset, digest: digest && hex(digest) };
  }

  /** Gives up. What the server has stays there; what this device has stays here. */
  abandon() {
    this.stopping.abort();
  }

  #send() {
    this.sending = this.sending.then(() => this.#sendAll());
    this.sending.catch((error) => {
      if (this.isEnding || this.stopping.signal.aborted) return;
      this.stopping.abort();
      this.listeners.onRefused?.(error);
    });
  }

  async #sendAll() {
    if (!this.segment.created) await this.#create();
    while (this.offset < this.#ready) {
      const began = performance.now();
      let sent = 0;
      let failed = false;
      const reply = await persist(
        this.#address,
        async () => {
          const piece = await this.#cut();
          sent = piece.byteLength;
          return this.#patch(piece);
        },
        this.#patience(() => {
          // On a line too slow for a whole piece within the time allowed, a smaller one gets through.
          this.pieceBytes = Math.max(SMALLEST_PIECE, this.pieceBytes / 2);
          failed = true;
        }),
      );
      // 409: the server has another offset than we thought, for instance because its last answer got lost.
      if (!reply.ok && !(reply.status === 409 && reply.headers.has("Upload-Offset"))) throw await refusal(reply);
      if (reply.ok && !failed) {
        this.pieceBytes = Math.min(this.site.sliceBytes, this.pieceBytes * 2);
        this.site.uplink.note(sent, performance.now() - began);
      }
      this.#moveTo(reply);
    }
  }

  /** Where the last slice ends that may be sent: those after it are not on this device yet. */
  get #ready() {
    return this.slices.at(-1)?.end ?? this.start;
  }

  async #cut() {
    const end = Math.min(this.#ready, this.offset + this.pieceBytes);
    return new Blob(this.recorded).slice(this.offset - this.start, end - this.start).arrayBuffer();
  }

  /**
   * @param {ArrayBuffer} piece
   * @returns {Promise<RequestInit>}
   */
  async #patch(piece) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", piece));
    const end = this.offset + piece.byteLength;
    this.tried.set(end, digest);
    return {
      method: "PATCH",
      headers: {
        "Upload-Offset": String(this.offset),
        "Upload-Checksum": `sha256 ${btoa(String.fromCharCode(...digest))}`,
        "Upload-Writer": this.segment.writer,
        "Recorded-Ms": String(Math.round(1000 * this.#secondsAt(end))),
        "Content-Type": "application/offset+octet-stream",
      },
      body: piece,
    };
  }

  async #create() {
    const { id, question, type, continues, writer } = this.segment;
    const told = { question, filetype: baseType(type), writer, client: id, ...(continues && { take: continues }) };
    const pairs = Object.entries(told).map(([key, value]) => `${key} ${btoa(value)}`);
    const reply = await persist(
      this.site.uploadsUrl,
      () => ({ method: "POST", headers: { "Upload-Defer-Length": "1", "Upload-Metadata": pairs.join(",") } }),
      this.#patience(),
    );
    if (!reply.ok) throw await refusal(reply);
    const { take, segment, finish } = await reply.json();
    this.segment = { ...this.segment, created: { take, segment, finish, address: reply.headers.get("Location") ?? "" } };
    await this.#keep();
  }

  async #askOffset() {
    if (!this.segment.created) return;
    const reply = await persist(this.#address, () => ({ method: "HEAD" }), this.#patience());
    if (!reply.ok) throw new UploadRefused(reply.status, "");
    this.#moveTo(reply);
  }

  /** @param {Response} reply */
  #moveTo(reply) {
    const offset = Number(reply.headers.get("Upload-Offset"));
    if (!Number.isInteger(offset) || offset < this.start) throw new UploadRefused(reply.status, "");
    if (offset !== this.offset) {
      // A piece is taken whole or not at all; which of those that were tried it was, its end tells.
      const piece = this.tried.get(offset);
      this.pieces = piece && this.pieces ? [...this.pieces, piece] : null;
      this.tried.clear();
    }
    // After a crash the server may have what this device had no room for.
    this.size = Math.max(this.size, offset);
    this.offset = offset;
    this.savedSeconds = Math.max(this.savedSeconds, this.#secondsAt(offset));
    const gone = this.slices.findLast((slice) => slice.end <= offset);
    if (gone) {
      this.segment = { ...this.segment, confirmed: offset, pieces: this.pieces };
      // Where this fails the bytes are sent once more after a crash, and the server says that it has them.
      void this.site.kept?.drop(this.segment, gone.offset).catch(() => {});
    }
    this.listeners.onSaved?.();
  }

  /** @param {import("./kept.js").Slice} [slice] */
  async #keep(slice) {
    try {
      if (!this.site.kept) throw new Error("this browser keeps nothing");
      await this.site.kept.put(this.segment, slice);
    } catch {
      this.isKept = false;
      this.listeners.onUnkept?.();
    }
  }

  get #address() {
    return /** @type {import("./kept.js").Created} */ (this.segment.created).address;
  }

  /** @param {() => void} [onFailure] of one try */
  #patience(onFailure) {
    return {
      stop: this.stopping.signal,
      onRetry: () => {
        onFailure?.();
        this.listeners.onRetry?.();
      },
    };
  }

  /** @param {number} offset */
  #secondsAt(offset) {
    return this.slices.findLast((slice) => slice.end <= offset)?.seconds ?? 0;
  }
}

/** @param {string} type "video/webm;codecs=vp8,opus" -> "video/webm" */
function baseType(type) {
  return type.split(";")[0];
}

/** @param {ArrayBuffer} digest */
function hex(digest) {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
