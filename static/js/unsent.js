// @ts-check
/**
 * What was typed and is not on the server yet lies in this browser, and is sent again until there is an answer. What is
 * the same for answers that are written, ratings and notes.
 */
import { csrfToken } from "./csrf.js";

const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 30_000;

/** @typedef {{ ok: boolean, status: number, body: any }} Reply */

/**
 * @param {string} key
 * @returns {string | null}
 */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // no storage here
  }
}

/**
 * @param {string} key
 * @param {string} text
 */
export function remember(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // private windows may have no storage; then only the server keeps it
  }
}

/** @param {string} key */
export function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // as above
  }
}

/**
 * How long to wait after so many tries that did not get through, in milliseconds: full jitter.
 * @param {number} tries
 */
export const waitAfter = (tries) => Math.random() * Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** tries);

/**
 * A form, sent by script.
 * @param {string} address
 * @param {string} body
 * @returns {Promise<Reply | null>} null where no answer of ours came
 */
export async function send(address, body) {
  try {
    const reply = await fetch(address, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Accept: "application/json",
        "X-CSRFToken": csrfToken(),
      },
      body,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error", // to signing in
      keepalive: true, // whoever goes on to the next interview at once has rated all the same
    });
    return { ok: reply.ok, status: reply.status, body: await reply.json() };
  } catch {
    return null;
  }
}
