// @ts-check
/**
 * Puts a list in another order: by dragging, by the arrow keys on a handle, or by its buttons. Nothing is sent; each
 * item carries its place in a field, and the form is saved as it stands. Without this script the buttons save and move.
 */
import { announce, words } from "./words.js";

for (const list of document.querySelectorAll("[data-ordering]")) if (list instanceof HTMLElement) order(list);

/** @param {HTMLElement} list */
function order(list) {
  /** @type {HTMLElement | null} */
  let dragged = null;
  const items = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[data-ordered]")]);

  function number() {
    items().forEach((item, at) => {
      const place = item.querySelector("[data-place]");
      if (place instanceof HTMLInputElement) place.value = String(at + 1);
      for (const shown of item.querySelectorAll("[data-number]")) shown.textContent = String(at + 1);
      const [up, down] = item.querySelectorAll("[data-move]");
      if (up instanceof HTMLButtonElement) up.disabled = at === 0;
      if (down instanceof HTMLButtonElement) down.disabled = at === items().length - 1;
    });
  }

  /**
   * @param {HTMLElement} item
   * @param {number} to
   */
  function move(item, to) {
    const all = items();
    const from = all.indexOf(item);
    const other = all[to];
    if (!other || to === from) return;
    other.insertAdjacentElement(to > from ? "afterend" : "beforebegin", item);
    number();
    list.dispatchEvent(new Event("input", { bubbles: true }));
    announce(words("moved", { number: to + 1, total: all.length }));
  }

  list.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-move]") : null;
    const item = button?.closest("[data-ordered]");
    if (!(button instanceof HTMLButtonElement) || !(item instanceof HTMLElement)) return;
    event.preventDefault();
    move(item, items().indexOf(item) + Number(button.dataset.move));
    // At an end its own button is off: the other one takes the focus, so that it is not lost.
    const next = button.disabled ? item.querySelector("[data-move]:not(:disabled)") : button;
    if (next instanceof HTMLElement) next.focus();
  });

  list.addEventListener("keydown", (event) => {
    const handle = event.target instanceof Element ? event.target.closest("[data-handle]") : null;
    const item = handle?.closest("[data-ordered]");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !(handle instanceof HTMLElement) || !(item instanceof HTMLElement)) return;
    event.preventDefault();
    move(item, items().indexOf(item) + step);
    handle.focus();
  });

  list.addEventListener("dragstart", (event) => {
    const handle = event.target instanceof Element ? event.target.closest("[data-handle]") : null;
    const item = handle?.closest("[data-ordered]");
    if (!(item instanceof HTMLElement) || !event.dataTransfer) return;
    dragged = item;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(item, 0, 0);
  });
  list.addEventListener("dragover", (event) => {
    if (dragged) event.preventDefault();
  });
  list.addEventListener("drop", (event) => {
    const over = event.target instanceof Element ? event.target.closest("[data-ordered]") : null;
    if (!dragged || !(over instanceof HTMLElement)) return;
    event.preventDefault();
    move(dragged, items().indexOf(over));
  });
  list.addEventListener("dragend", () => {
    dragged = null;
  });

  // After an error the page comes back as it was sent, with the places that were chosen.
  const placeOf = (/** @type {HTMLElement} */ item) => {
    const place = item.querySelector("[data-place]");
    return place instanceof HTMLInputElement ? Number(place.value) : 0;
  };
  list.append(...items().sort((one, other) => placeOf(one) - placeOf(other)));
  for (const handle of list.querySelectorAll("[data-handle]")) if (handle instanceof HTMLElement) handle.hidden = false;
  number();
}
