// @ts-check
/** A moment that is named in a comment, `data-moment` in seconds, plays that answer from there. */
import { playFrom } from "./playback.js";

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-moment]") : null;
  if (!(button instanceof HTMLElement)) return;
  const answer = document.getElementById(button.dataset.of ?? "")?.closest("[data-answer]");
  answer?.scrollIntoView({ block: "start" });
  const video = answer?.querySelector("video");
  if (video) playFrom(video, Number(button.dataset.moment));
});
