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
 * Says a sentence to people who listen to the page, without moving them.
 * @param {string} sentence
 */
export function announce(sentence) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = sentence;
}
