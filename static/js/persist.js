// @ts-check
/** Requests that are repeated until there is an answer that repeating would not change. */
import { csrfToken } from "./csrf.js";

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 15_000;
const REPLY_FIRST_MS = 15_000;
const REPLY_MOST_MS = 60_000;
/** No other recording helps either: the invitation has ended, the interview is submitted, no recording is left. */
const NO_OTHER = new Set(["link", "not_yours", "wrong_state", "not_allowed"]);
/** These bytes may still be taken: the link is opened again, or this browser takes the interview over again. */
const NOT_FOR_GOOD = new Set(["not_yours", "taken_over"]);
const ELSEWHERE = new Set(["taken_over", "segment_closed"]);

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
    this.code = code;
  }

  /** Nor any other recording. */
  get isFinal() {
    return NO_OTHER.has(this.code);
  }

  /** Another tab or device goes on with it. */
  get isElsewhere() {
    return ELSEWHERE.has(this.code);
  }

  /** What this device has of it is of no use any more. */
  get isForGood() {
    return !NOT_FOR_GOOD.has(this.code);
  }
}

/**
 * @param {string} address
 * @param {() => RequestInit | Promise<RequestInit>} request made anew for each try
 * @param {object} patience
 * @param {AbortSignal} patience.stop
 * @param {() => void} patience.onRetry a try has failed and another follows
 * @returns {Promise<Response>}
 */
export async function persist(address, request, { stop, onRetry }) {
  for (let tries = 0; ; tries++) {
    const init = await request();
    stop.throwIfAborted();
    const attempt = new AbortController();
    const giveUp = () => attempt.abort();
    const timer = setTimeout(giveUp, Math.min(REPLY_MOST_MS, REPLY_FIRST_MS * 2 ** tries));
    stop.addEventListener("abort", giveUp);
    let wait = Math.random() * Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** tries);
    const token = csrfToken();
    try {
      const reply = await fetch(address, {
        ...init,
        headers: { ...init.headers, "Tus-Resumable": "1.0.0", "X-CSRFToken": token },
        credentials: "same-origin",
        cache: "no-store",
        signal: attempt.signal,
      });
      const isForgery = isTakenForForged(reply);
      if (!isForgery && !isPassing(reply.status)) return reply;
      if (isForgery && csrfToken() !== token) continue; // changed on the way: a sign-in in another tab
      if (isForgery) await fetch(location.href, { cache: "no-store", signal: attempt.signal }); // brings a new cookie
      wait = Math.max(wait, 1000 * (Number(reply.headers.get("Retry-After")) || 0));
    } catch {
      stop.throwIfAborted();
    } finally {
      clearTimeout(timer);
      stop.removeEventListener("abort", giveUp);
    }
    onRetry();
    await pause(wait, stop);
  }
}

/** @param {Response} reply */
export async function refusal(reply) {
  const body = await reply.json().catch(() => ({}));
  const text = (/** @type {unknown} */ value) => (typeof value === "string" ? value : "");
  return new UploadRefused(reply.status, text(body.message), text(body.error));
}

/** @param {number} status 460: damaged on the way, so the same piece again; 507: the server makes room */
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
