// @ts-check
/** Writes times in the reader's zone and language, and lengths as minutes and seconds; also in fragments that arrive later.
 * `data-ago`: how long ago, with the exact time where the pointer rests. */

const language = document.documentElement.lang;
// "en" alone would be American: a reader whose browser says en-GB reads British times.
const locale = navigator.languages.find((wanted) => wanted.split("-")[0] === language) ?? language;
const moment = new Intl.DateTimeFormat(locale, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  timeZoneName: "short",
});

/**
 * @param {number} seconds
 * @returns {string} "1:05"; whole seconds, rounded down: a clock never runs ahead
 */
export function minutesAndSeconds(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const since = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
/** @type {[Intl.RelativeTimeFormatUnit, number][]} each with its seconds, the largest first */
const UNITS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

/**
 * @param {number} seconds
 * @returns {string} "6 days ago", in the largest unit of which there is a whole one; less than a minute is "now"
 */
export function ago(seconds) {
  const [unit, length] = UNITS.find(([, of]) => seconds >= of) ?? ["second", 1];
  return unit === "second" ? since.format(0, "second") : since.format(-Math.floor(seconds / length), unit);
}

/** @param {Element} root */
function rewrite(root) {
  const within = (/** @type {string} */ selector) => [
    ...(root.matches(selector) ? [root] : []),
    ...root.querySelectorAll(selector),
  ];
  for (const time of within("time[data-local]")) {
    const at = new Date(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) continue;
    time.setAttribute("title", time.textContent ?? "");
    time.removeAttribute("data-local");
    time.textContent = moment.format(at);
  }
  for (const time of within("time[data-ago]")) {
    const at = new Date(time.getAttribute("datetime") ?? "");
    if (!Number.isNaN(at.getTime())) time.setAttribute("title", moment.format(at));
  }
  if (within("time[data-ago]").length) growOlder();
  for (const length of within("[data-seconds]")) {
    length.textContent = minutesAndSeconds(Number(length.getAttribute("data-seconds")));
  }
}

/** Times that people wait for: "in 40 s", "now". */
function countDown() {
  for (const time of document.querySelectorAll("time[data-until]")) {
    const left = Math.ceil((Date.parse(time.getAttribute("datetime") ?? "") - Date.now()) / 1000);
    if (Number.isNaN(left)) continue;
    const units = left > 99 ? { value: Math.ceil(left / 60), unit: "minute" } : { value: Math.max(0, left), unit: "second" };
    const format = new Intl.RelativeTimeFormat(locale, { style: "short" });
    const text = format.format(units.value, /** @type {"minute" | "second"} */ (units.unit));
    if (time.textContent !== text) time.textContent = text;
  }
}

function growOlder() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.now() - Date.parse(time.getAttribute("datetime") ?? "")) / 1000;
    if (Number.isNaN(seconds)) continue;
    const text = ago(seconds);
    if (time.textContent !== text) time.textContent = text;
  }
}

rewrite(document.documentElement);
countDown();
setInterval(countDown, 1000);
setInterval(growOlder, 20_000);
// Only added elements are looked at: what rewrite() itself adds is text, so it does not call itself.
new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) if (node instanceof Element) rewrite(node);
  }
}).observe(document.body, { childList: true, subtree: true });
