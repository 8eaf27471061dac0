// @ts-check
/** A day with its time is typed in the reader's zone and sent in UTC. Without this script, it is typed in UTC. */

const MINUTE_MS = 60_000;

/** @param {string} utc as "2026-11-27T18:00" */
function local(utc) {
  const at = new Date(`${utc}Z`);
  return new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-moment]"))) {
  const stored = input.defaultValue;
  const shown = stored && local(stored);
  input.value = shown;
  for (const zone of input.labels?.[0]?.querySelectorAll("[data-zone]") ?? []) {
    zone.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  }
  input.form?.addEventListener("formdata", (event) => {
    // What is half typed must not pass for none; and an hour that a clock shows twice stays the one that it was.
    const typed = input.value && new Date(input.value).toISOString();
    event.formData.set(input.name, input.validity.badInput ? "?" : input.value === shown ? stored : typed);
  });
}
