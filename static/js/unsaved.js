// Asks before a page is left on which something was typed and not sent.

const form = document.querySelector("[data-unsaved]");
let isUnsaved = form.dataset.unsaved === "yes";

form.addEventListener("input", () => {
  isUnsaved = true;
});
form.addEventListener("submit", () => {
  isUnsaved = false;
});
addEventListener("beforeunload", (event) => {
  if (isUnsaved) event.preventDefault();
});
