// @ts-check
/** What this device remembers of how somebody likes to watch. */

/**
 * @template {string | number | boolean} Value
 * @param {string} name
 * @param {Value} otherwise also where there is no storage, as in private windows
 * @returns {Value}
 */
export function remembered(name, otherwise) {
  try {
    const value = JSON.parse(localStorage.getItem(`greenroom:${name}`) ?? "null");
    return typeof value === typeof otherwise ? value : otherwise;
  } catch {
    return otherwise;
  }
}

/**
 * @param {string} name
 * @param {string | number | boolean} value
 */
export function remember(name, value) {
  try {
    localStorage.setItem(`greenroom:${name}`, JSON.stringify(value));
  } catch {
    // for this page only, then
  }
}
