// @ts-check
/** Buttons with `data-copy` put that text on the clipboard and say so. */

// Browsers give the clipboard to secure pages only.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (button instanceof HTMLElement) button.hidden = !navigator.clipboard;
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  await navigator.clipboard.writeText(button.dataset.copy ?? "");
  button.setAttribute("aria-label", button.dataset.copied ?? "");
  button.textContent = button.dataset.copied ?? "";
});
