// @ts-check
/**
 * Keeps an open page true. The page was made with everything up to number `data-after`; this asks for what came after
 * it, swaps elements by id, and says plainly when it cannot.
 *
 *   => {"topics": [...], "after": 811}     on open, then every 20 s as heartbeat
 *   <- {"last": 812, "html": "<template data-replace=…>"}    something new, everything up to 812
 *   <- {"last": 815}                       nothing new for this page up to 815
 *   <- {"ticks": {"<interview>": [2, 1400000]}}    bytes of an answer that is arriving; shown for a moment, not kept
 *   <- {"here": {"<interview>": ["ada", "kim"]}}   who has this review open now; not kept when the line is lost
 *   <- {"reload": true}                    too far behind: read the page again
 *   closed with 4403                       the visitor may not, or no longer, see this
 *   closed with 4400                       the server does not understand this page: it is from before an update
 *
 * Told to read it again while it does so, a page leaves that be: it asks with its new number when it is done. Before it
 * reads again it rests for as long as that took last, so that it is not all that the server does.
 *
 * What the clock alone changes (a deadline passes) says so: `data-changes-at`, a moment. The page is read again with the
 * first heartbeat after it.
 *
 * Other scripts hear `live:applied` on the document after each change, and have the page read again by `live:read-again`.
 */

const HEARTBEAT_MS = 20_000;
const REPLY_WITHIN_MS = 10_000;
const TICK_SHOWN_MS = 10_000;
const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 30_000;
/** @type {Record<number, "refused" | "outdated">} close codes after which connecting again would not help */
const FINAL = { 4400: "outdated", 4403: "refused" };

/**
 * Puts fragments where they belong. A `<template data-replace="x">` replaces the element with id x. If there is none,
 * it goes into the element that `data-into` names: by its `data-order`, a number, or else first; what is then more than
 * that element's `data-at-most` goes. If it is missing too, the fragment is for another page. An element with
 * `data-newcomers` takes none in by itself: its page says that they are there, and the reader has them shown.
 * An element whose `data-keep` is unchanged stays: a video goes on playing. What is typed in a field with `data-typed`
 * stays as well. `<template data-remove="x">` takes x away.
 * @param {Document} document
 * @param {string} html
 * @returns {string[]} what people who listen to the page should hear
 */
export function applyHtml(document, html) {
  const parcel = document.createElement("template");
  parcel.innerHTML = html;
  const news = [];
  for (const fragment of parcel.content.querySelectorAll("template[data-replace], template[data-remove]")) {
    if (!(fragment instanceof HTMLTemplateElement)) continue;
    if (fragment.dataset.remove) remove(document.getElementById(fragment.dataset.remove));
    if (!fragment.content.firstElementChild) continue;
    const fresh = /** @type {HTMLElement} */ (document.importNode(fragment.content.firstElementChild, true));
    const old = document.getElementById(fragment.dataset.replace ?? "");
    const into = fragment.dataset.into ? document.getElementById(fragment.dataset.into) : null;
    if (old?.dataset.keep !== undefined && old.dataset.keep === fresh.dataset.keep) continue;
    if (old) replace(old, fresh);
    else if (!into || into.dataset.newcomers !== undefined) continue;
    if (into && (!old || old.dataset.order !== fresh.dataset.order)) place(fresh, into);
    if (fresh.dataset.announce && fresh.dataset.announce !== old?.dataset.announce) news.push(fresh.dataset.announce);
  }
  for (const counter of document.querySelectorAll("[data-count-of]")) {
    const counted = document.getElementById(counter.getAttribute("data-count-of") ?? "");
    if (counted) counter.textContent = String(counted.childElementCount);
  }
  return news;
}

/**
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
function replace(old, fresh) {
  const focused = old.contains(old.ownerDocument.activeElement) ? old.ownerDocument.activeElement : null;
  for (const details of old.querySelectorAll("details[open][id]")) {
    fresh.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute("open", "");
  }
  for (const typed of /** @type {NodeListOf<HTMLInputElement>} */ (old.querySelectorAll("[data-typed][id]"))) {
    const same = /** @type {HTMLInputElement | null} */ (fresh.querySelector(`#${CSS.escape(typed.id)}`));
    if (same) same.value = typed.value;
  }
  for (const tick of old.querySelectorAll(".pick input[id]:checked")) {
    const same = fresh.querySelector(`#${CSS.escape(tick.id)}`);
    if (same instanceof HTMLInputElement) same.checked = true;
  }
  old.replaceWith(fresh);
  if (!(focused instanceof HTMLElement)) return;
  const same = focused.id ? old.ownerDocument.getElementById(focused.id) : null;
  if (!same) fresh.tabIndex = -1;
  (same ?? fresh).focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} fresh
 * @param {HTMLElement} into
 */
function place(fresh, into) {
  const order = Number(fresh.dataset.order);
  const others = /** @type {HTMLElement[]} */ ([...into.children]);
  const next = fresh.dataset.order === undefined ? others[0] : others.find((other) => Number(other.dataset.order) > order);
  if (next !== fresh) into.insertBefore(fresh, next ?? null);
  const most = Number(into.dataset.atMost ?? Infinity);
  while (into.childElementCount > most) into.lastElementChild?.remove();
}

/** @param {HTMLElement | null} old */
function remove(old) {
  const list = old?.parentElement;
  if (!old || !list) return;
  const isFocused = old.contains(old.ownerDocument.activeElement);
  old.remove();
  if (!isFocused) return;
  list.tabIndex = -1;
  list.focus({ preventScroll: true });
}

/**
 * Changes the page without moving what the reader is looking at.
 * @param {() => void} change
 */
function holdingStill(change) {
  const seen = document.elementsFromPoint(innerWidth / 2, innerHeight / 3);
  const anchors = [...seen.filter((element) => !element.closest("[data-live-region]")), ...seen]
    .concat([...document.querySelectorAll("main [id]")].filter((element) => element.getBoundingClientRect().top >= 0))
    .map((element) => ({ id: element.id, element, top: element.getBoundingClientRect().top }));
  change();
  if (!scrollY) return;
  for (const { id, element, top } of anchors) {
    const now = element.isConnected ? element : id ? document.getElementById(id) : null;
    if (!now || now.matches("html, body, main")) continue;
    scrollBy(0, now.getBoundingClientRect().top - top);
    return;
  }
}

/**
 * Says how far a recording has come that is arriving now. Taken away again when nothing more is heard of it.
 * @param {Document} document
 * @param {Record<string, [number, number]>} ticks
 */
export function showTicks(document, ticks) {
  for (const [interview, [question, bytes]] of Object.entries(ticks)) {
    const line = document.querySelector(`[data-tick="${CSS.escape(interview)}"]`);
    if (!(line instanceof HTMLElement)) continue;
    const size = new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit",
      unit: "megabyte",
      maximumFractionDigits: 1,
    }).format(bytes / 1e6);
    line.textContent = (line.dataset.words ?? "").replace("%1", String(question)).replace("%2", size);
    line.hidden = false;
    setTimeout(() => {
      if (line.textContent?.endsWith(size)) line.hidden = true;
    }, TICK_SHOWN_MS);
  }
}

/**
 * Names the colleagues who look at the same interview. A page that has not heard for certain names nobody.
 * @param {Document} document
 * @param {Record<string, string[]>} here
 */
export function showHere(document, here) {
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-here]"))) {
    const names = (here[line.dataset.here ?? ""] ?? []).filter((name) => name !== line.dataset.me);
    line.hidden = !names.length;
    const list = new Intl.ListFormat(document.documentElement.lang).format(names);
    line.textContent = names.length ? (line.dataset.words ?? "").replace("%1", list) : "";
  }
}

/** One page's line to the server. */
export class LiveFeed {
  /** @param {HTMLElement} status the element with `data-topics` and `data-after` */
  constructor(status) {
    this.status = status;
    this.#follow(status);
    this.tries = 0;
    this.lastHeard = new Date();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.isOver = false;
    this.wasLive = false;
    this.isReading = false;
    this.readUntil = 0;
    this.readFor = 0;
    /** @type {number | undefined} */
    this.retryTimer = undefined;
    /** @type {number | undefined} */
    this.replyTimer = undefined;
    setInterval(() => this.beat(), HEARTBEAT_MS);
    document.addEventListener("live:read-again", () => void this.#readPageAgain());
    addEventListener("online", () => this.connect());
    addEventListener("offline", () => this.drop());
    addEventListener("pageshow", () => this.connect());
    // A page with an open socket cannot be kept for the way back.
    addEventListener("pagehide", () => this.drop());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.connect();
      this.beat();
    });
  }

  /** Asks whether anything is new, unless what is shown is out of date by the clock. */
  beat() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const moments = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-changes-at]"));
    const hasChanged = [...moments].some((it) => Date.parse(it.dataset.changesAt ?? "") <= Date.now());
    if (hasChanged) void this.#receive({ reload: true });
    else this.ask();
  }

  /** Connects now, unless connected or turned away for good. */
  connect() {
    if (this.isOver || this.socket) return;
    clearTimeout(this.retryTimer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    // In the language of this page, whatever was chosen in another tab since.
    const socket = new WebSocket(`${scheme}://${location.host}/ws/feed/?language=${document.documentElement.lang}`);
    this.socket = socket;
    this.#expectReply();
    socket.addEventListener("open", () => {
      this.#show("catching-up");
      this.ask();
    });
    socket.addEventListener("message", (event) => {
      if (socket === this.socket) void this.#receive(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.#closed(event.code);
    });
  }

  /** Asks for everything after what the page shows. */
  ask() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ topics: this.topics, after: this.after }));
    this.#expectReply();
  }

  /** Lets go of a line that may be dead; does not wait for its closing handshake, which a dead line never answers. */
  drop() {
    const socket = this.socket;
    if (!socket) return;
    this.#closed(0);
    socket.close();
  }

  #expectReply() {
    clearTimeout(this.replyTimer);
    this.replyTimer = setTimeout(() => this.drop(), REPLY_WITHIN_MS);
  }

  /** @param {number} code */
  #closed(code) {
    this.socket = null;
    clearTimeout(this.replyTimer);
    showHere(document, {});
    if (FINAL[code] && !(code === 4403 && this.wasLive)) {
      this.isOver = true;
      this.#show(FINAL[code]);
      return;
    }
    // A sign-in elsewhere in this browser renews the session: the next socket carries the new one.
    this.wasLive = false;
    this.#show("stale");
    // Full jitter: pages that lost one server together do not come back together.
    const wait = Math.random() * Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** this.tries);
    this.tries += 1;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), wait);
  }

  /** @param {{ last?: number, html?: string, reload?: boolean, error?: string, ticks?: Record<string, [number, number]>, here?: Record<string, string[]> }} message */
  async #receive(message) {
    if (message.ticks) return showTicks(document, message.ticks);
    if (message.here) return showHere(document, message.here);
    if (message.error) return; // closed with 4400 next
    clearTimeout(this.replyTimer);
    this.tries = 0;
    this.lastHeard = new Date();
    if (message.reload) {
      if (this.isReading) return;
      this.isReading = true;
      this.#show("catching-up");
      const rest = this.readUntil + this.readFor - performance.now();
      if (rest > 0) await new Promise((done) => setTimeout(done, rest));
      await this.#readPageAgain().finally(() => {
        this.isReading = false;
      });
      return;
    }
    if (message.html) {
      holdingStill(() => this.#tell(applyHtml(document, message.html ?? "")));
      document.dispatchEvent(new Event("live:applied"));
    }
    this.after = Math.max(this.after, message.last ?? 0);
    this.wasLive = true;
    this.#show("live");
  }

  /**
   * Too much has happened to replay: takes every live region from the page as it is now, and its number with them. The
   * browser goes to where the page leads elsewhere by now, and to what is another page (`data-page`) by now.
   */
  async #readPageAgain() {
    const began = performance.now();
    const reply = await fetch(location.href, { cache: "no-store", redirect: "manual" }).catch(() => null);
    if (!reply) return this.drop();
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const status = page.getElementById("live");
    if (!reply.ok || !status || status.dataset.page !== this.status.dataset.page) return location.reload();
    holdingStill(() => {
      for (const region of page.querySelectorAll("[data-live-region][id]")) {
        const old = document.getElementById(region.id);
        const fresh = /** @type {HTMLElement} */ (document.importNode(region, true));
        if (old && (old.dataset.keep === undefined || old.dataset.keep !== fresh.dataset.keep)) replace(old, fresh);
      }
      applyHtml(document, "");
    });
    document.dispatchEvent(new Event("live:applied"));
    this.#follow(status);
    this.readUntil = performance.now();
    this.readFor = this.readUntil - began;
    this.ask(); // a socket that was opened meanwhile asked with the number of before
  }

  /** @param {HTMLElement} status of the page as it is now: it may list more than before, or less */
  #follow(status) {
    /** @type {string[]} */
    this.topics = JSON.parse(status.dataset.topics ?? "[]");
    this.after = Number(status.dataset.after);
  }

  /** @param {string[]} news */
  #tell(news) {
    const line = document.getElementById("live-news");
    for (const sentence of news) {
      line?.append(Object.assign(document.createElement("span"), { textContent: `${sentence}. ` }));
    }
    while (line && line.childElementCount > 20) line.firstElementChild?.remove();
  }

  /** @param {"live" | "catching-up" | "stale" | "refused" | "outdated"} state */
  #show(state) {
    if (state === "stale") {
      const since = /** @type {HTMLTimeElement} */ (this.status.querySelector("[data-live-since]"));
      since.dateTime = this.lastHeard.toISOString();
      const isToday = this.lastHeard.toDateString() === new Date().toDateString();
      since.textContent = this.lastHeard.toLocaleString(document.documentElement.lang, {
        ...(isToday ? {} : { month: "short", day: "numeric" }),
        hour: "numeric",
        minute: "2-digit",
      });
    }
    /** @type {HTMLElement} */ (this.status.parentElement).dataset.state = state;
    for (const words of /** @type {NodeListOf<HTMLElement>} */ (this.status.querySelectorAll("[data-when]"))) {
      words.hidden = words.dataset.when !== state;
    }
  }
}

const status = globalThis.document?.getElementById("live");
if (status) new LiveFeed(status).connect();
