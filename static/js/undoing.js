// @ts-check
/** What was done last is offered to be taken back for as long as it can be. */

const undoing = document.getElementById("undoing");
if (undoing) {
  setTimeout(() => {
    if (undoing.contains(document.activeElement)) document.getElementById("content")?.focus();
    undoing.remove();
  }, Number(undoing.dataset.msLeft));
}
