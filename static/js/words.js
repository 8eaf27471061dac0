// @ts-check
/** What scripts say to people stands in the page, in `<template id="words">`, where it is translated. */

/**
 * @param {string} name which sentence
 * @param {Record<string, string | number>} [values] what takes the place of each {name} in it
 * @returns {string}
 */
export function words(name, values = {}) {
  const store = /** @type {HTMLTemplateElement} */ (document.getElementById("words"));
  const sentence = store.content.querySelector(`[data-word="${name}"]`);
  if (!sentence) throw new Error(`no words for "${name}"`);
  return (sentence.textContent ?? "").replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}

/**
 * Says a sentence to people who listen to the page, without moving them. It is added to a log: a second one that comes
 * at once does not silence the first, and the same one can be said again.
 * @param {string} sentence
 */
export function announce(sentence) {
  const announcer = document.getElementById("announcer");
  if (!announcer || !sentence) return;
  announcer.append(Object.assign(document.createElement("p"), { textContent: sentence }));
  while (announcer.childElementCount > 5) announcer.firstElementChild?.remove();
}
