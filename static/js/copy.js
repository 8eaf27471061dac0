// @ts-check
/** Buttons with `data-copy` put that text on the clipboard and say so. */

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  await navigator.clipboard.writeText(button.dataset.copy ?? "");
  button.setAttribute("aria-label", button.dataset.copied ?? "");
  button.textContent = button.dataset.copied ?? "";
});
