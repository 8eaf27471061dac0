// @ts-check
/** Addresses of moments: `#answer-2&t=35` leads to the second answer and its 35th second. */
import { answerOf, videoOf } from "./answers.js";
import { seekTo } from "./playback.js";
import { announce, words } from "./words.js";

const COPIED_MS = 2500;
/** @type {WeakMap<Element, ChildNode[]>} what buttons say when they do not say what became of a press */
const names = new WeakMap();

/**
 * @param {string} answer id of its section
 * @param {number} second
 */
export function momentAddress(answer, second) {
  const address = new URL(location.href);
  address.hash = `${answer}&t=${Math.floor(second * 10) / 10}`;
  return address.href;
}

function open() {
  const named = /^#(answer-\d+)(?:&?t=(\d+(?:\.\d+)?))?$/.exec(location.hash);
  const answer = named && document.getElementById(named[1]);
  if (!answer) return;
  answer.scrollIntoView();
  const heading = answer.querySelector("h2");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  const video = videoOf(answer);
  if (video && named[2]) seekTo(video, Number(named[2]));
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy-moment]") : null;
  const answer = answerOf(button);
  const video = videoOf(answer);
  if (!button || !answer || !video) return;
  const address = momentAddress(answer.id, video.currentTime);
  history.replaceState(history.state, "", address);
  // Browsers give the clipboard to secure pages only; the address bar has it in any case.
  const isCopied = await navigator.clipboard?.writeText(address).then(
    () => true,
    () => false,
  );
  const name = names.get(button) ?? [...button.childNodes];
  names.set(button, name);
  const said = words(isCopied ? "copied" : "in-address");
  button.replaceChildren(said);
  announce(said);
  setTimeout(() => button.replaceChildren(...name), COPIED_MS);
});

addEventListener("hashchange", open);
open();
