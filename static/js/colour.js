// @ts-check
/** A colour is typed or picked: either shows what the other has. Empty is none. Without this script, it is typed. */

const COLOUR = /^#?([0-9a-f]{6})$/i;

for (const field of document.querySelectorAll("[data-colour]")) {
  const picker = /** @type {HTMLInputElement} */ (field.querySelector("input[type=color]"));
  const text = /** @type {HTMLInputElement} */ (field.querySelector("input[type=text]"));
  const none = /** @type {HTMLButtonElement} */ (field.querySelector("button"));
  const ours = picker.defaultValue;

  function follow() {
    const colour = COLOUR.exec(text.value.trim())?.[1];
    picker.value = colour ? `#${colour}` : ours;
    none.disabled = !text.value;
  }

  picker.addEventListener("input", () => {
    text.value = picker.value;
    none.disabled = false;
  });
  none.addEventListener("click", () => {
    text.value = "";
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus(); // it is disabled now
  });
  text.addEventListener("input", follow);
  follow();
  picker.hidden = none.hidden = false;
}
