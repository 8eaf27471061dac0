// @ts-check
/**
 * Signing in, in any tab, gives the browser a new token against forged forms, and the one written into pages that are
 * already open no longer counts. The cookie always holds the one that does.
 */

/** @returns {string} the token that counts now; "" without a cookie. Not to be kept: it may change at any time. */
export function csrfToken() {
  return /(?:^|;\s*)(?:__Host-)?csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const input = form.querySelector("input[name=csrfmiddlewaretoken]");
  const token = csrfToken();
  if (input instanceof HTMLInputElement && token) input.value = token;
});
