// @ts-check
/**
 * A long list leaves as a file: the page says how much of it has come, saves it once it is whole, and can stop it. A
 * download of the browser's own would say neither, and keep a piece of a file that broke off as if it were the file.
 */

const COUNT = "Greenroom-Interviews"; // each stands on a line of its own, after one for the heading
const LINE_FEED = 10;
const READ_BY_MS = 60_000; // some browsers begin to read it after the click

const state = /** @type {HTMLElement} */ (document.getElementById("exporting"));
const bar = /** @type {HTMLProgressElement} */ (state.querySelector("progress"));
const words = /** @type {HTMLElement} */ (state.querySelector("[role=status]"));
const come = /** @type {HTMLElement} */ (state.querySelector("[data-come]"));
const stop = /** @type {HTMLButtonElement} */ (state.querySelector("button"));
/** @type {AbortController | undefined} */
let running;

/** @param {string} text @param {{ isOver?: boolean }} [more] */
function say(text, { isOver = false } = {}) {
  state.hidden = false;
  words.textContent = text;
  bar.hidden = come.hidden = stop.hidden = isOver;
}

/** @param {number} count */
const figure = (count) => count.toLocaleString(document.documentElement.lang);

/** @param {BeforeUnloadEvent} event leaving the page ends what is on its way */
const ask = (event) => event.preventDefault();

/** @param {Uint8Array} piece */
const lines = (piece) => piece.reduce((count, byte) => count + Number(byte === LINE_FEED), 0);

/** @param {Response} reply @param {BlobPart[]} pieces */
async function read(reply, pieces) {
  const total = Number(reply.headers.get(COUNT));
  const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (reply.body).getReader();
  bar.max = Math.max(1, total);
  for (let count = -1; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    pieces.push(value);
    count = Math.min(total, count + lines(value));
    bar.value = Math.max(0, count);
    const said = (state.dataset.words ?? "").replace("{come}", figure(bar.value));
    come.textContent = said.replace("{total}", figure(total)); // not read aloud: the bar is
  }
}

/** @param {Response} reply @param {BlobPart[]} pieces */
function save(reply, pieces) {
  const name = /filename="([^"]+)"/.exec(reply.headers.get("Content-Disposition") ?? "")?.[1] ?? "";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(pieces, { type: reply.headers.get("Content-Type") ?? "" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ_BY_MS);
  say((state.dataset.saved ?? "").replace("{name}", name), { isOver: true });
}

/** @param {string} address */
async function take(address) {
  running?.abort();
  const mine = (running = new AbortController());
  bar.removeAttribute("value");
  come.textContent = "";
  say(state.dataset.begins ?? "");
  try {
    const reply = await fetch(address, { cache: "no-store", signal: mine.signal });
    if (!reply.ok || reply.redirected) return location.assign(address); // that page says why, or asks who it is
    addEventListener("beforeunload", ask);
    /** @type {BlobPart[]} */
    const pieces = [];
    await read(reply, pieces);
    save(reply, pieces);
  } catch {
    if (running === mine) say((mine.signal.aborted ? state.dataset.stopped : state.dataset.broken) ?? "", { isOver: true });
  } finally {
    if (running === mine) removeEventListener("beforeunload", ask);
  }
}

stop.addEventListener("click", () => running?.abort());
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-export]") : null;
  if (!(link instanceof HTMLAnchorElement)) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  take(link.href);
});
