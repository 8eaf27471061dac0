// @ts-check
/**
 * What was recorded and is not known to be on the server yet, kept on this device (IndexedDB), so that a crash, a
 * reload or an empty battery costs no more than the slice that was just being made.
 *
 * Bytes are removed as the server confirms them. A segment's own line stays until its take is whole: the digests of
 * its pieces are asked for then.
 */

/**
 * @typedef {object} Segment one unbroken recording: a take, or a part of it
 * @property {string} id made here
 * @property {string} interview
 * @property {string} question
 * @property {string} type
 * @property {string} writer names the page that recorded it to the server
 * @property {Created | null} created null as long as the server has not answered
 * @property {string} continues take that it goes on with; "" where it begins one
 * @property {boolean} whole the answer was brought to its end: only sending was left
 * @property {number} confirmed bytes that the server has, as far as is known
 * @property {Uint8Array[] | null} pieces SHA-256 of each piece up to there, as they were sent; null: not known of all
 * @property {number} length bytes that were kept
 * @property {number} seconds of the whole answer, at their end
 */

/**
 * @typedef {object} Created what the server made of it
 * @property {string} take
 * @property {string} segment
 * @property {string} address
 * @property {string} finish address
 */

/**
 * @typedef {object} Slice
 * @property {string} segment
 * @property {number} offset of its first byte
 * @property {number} end
 * @property {number} seconds of the whole answer, at its end
 * @property {ArrayBuffer} bytes
 */

const DATABASE = "greenroom";
const SEGMENTS = "segments";
const SLICES = "slices";

/** @returns {Promise<Kept | null>} null where this browser keeps nothing, as in some private windows */
export async function openKept() {
  try {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(SEGMENTS, { keyPath: "id" }).createIndex("interview", "interview");
      opening.result.createObjectStore(SLICES, { keyPath: ["segment", "offset"] });
    };
    return new Kept(await done(opening));
  } catch {
    return null;
  }
}

export class Kept {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    // Another tab with a newer version of this page must not wait for this one.
    database.onversionchange = () => database.close();
  }

  /**
   * @param {string} interview
   * @returns {Promise<Segment[]>}
   */
  segments(interview) {
    const store = this.database.transaction(SEGMENTS).objectStore(SEGMENTS);
    return done(store.index("interview").getAll(interview));
  }

  /**
   * @param {string} segment
   * @returns {Promise<Slice[]>} in order
   */
  slices(segment) {
    const store = this.database.transaction(SLICES).objectStore(SLICES);
    return done(store.getAll(slicesOf(segment)));
  }

  /**
   * @param {Segment} segment as it is from now on
   * @param {Slice} [slice] new
   * @returns {Promise<void>} when both are on the disk
   */
  put(segment, slice) {
    return this.#change("strict", (segments, slices) => {
      segments.put(segment);
      if (slice) slices.put(slice);
    });
  }

  /**
   * The server has more of it. Where this is lost in a crash, the server says it again.
   * @param {Segment} segment as it is from now on
   * @param {number} offset of the last slice that the server has in full
   */
  drop(segment, offset) {
    return this.#change("relaxed", (segments, slices) => {
      segments.put(segment);
      slices.delete(IDBKeyRange.bound([segment.id, 0], [segment.id, offset]));
    });
  }

  /** @param {Segment[]} gone that nothing is to be known of any more */
  forget(gone) {
    return this.#change("relaxed", (segments, slices) => {
      for (const { id } of gone) {
        slices.delete(slicesOf(id));
        segments.delete(id);
      }
    });
  }

  /**
   * @param {IDBTransactionDurability} durability
   * @param {(segments: IDBObjectStore, slices: IDBObjectStore) => void} change
   * @returns {Promise<void>}
   */
  #change(durability, change) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction([SEGMENTS, SLICES], "readwrite", { durability });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      change(transaction.objectStore(SEGMENTS), transaction.objectStore(SLICES));
    });
  }
}

/** @param {string} segment */
function slicesOf(segment) {
  return IDBKeyRange.bound([segment, 0], [segment, Infinity]);
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
