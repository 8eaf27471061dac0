// @ts-check
/**
 * Notes at a second of a recording. What is typed lies in this browser until the server has it, with the second at which
 * the writing began; saved, it comes into the list by the feed, as everybody else's does. Only its writer changes a note.
 */
import { minutesAndSeconds } from "./times.js";
import { forget, recall, remember, send, waitAfter } from "./unsent.js";
import { announce, words } from "./words.js";

/** @typedef {"unsaved" | "saving" | "saved" | "retrying" | "elsewhere" | "refused" | "busy" | "deleted" | "failed" | ""} NoteState */

/** @type {WeakMap<HTMLFormElement, NoteForm>} */
const known = new WeakMap();

/** The form of one answer: for a new note, or for another text of one that is there. */
class NoteForm {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.key = `greenroom:${form.action}:${form.dataset.noteForm}`;
    this.status = /** @type {HTMLElement} */ (form.querySelector("[data-note-state]"));
    this.undo = /** @type {HTMLButtonElement} */ (form.querySelector("[data-note-undo]"));
    this.tries = 0;
    /** Wanted by its writer, and not on the server yet. */
    this.isDue = false;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.isSending = false;
    form.classList.add("is-by-script");
    addEventListener("online", () => void this.#send());
    this.#recall();
  }

  /** From the first letter on, the note has its second, and an id by which a repeated request is known. */
  typed() {
    if (!this.#get("note")) {
      this.#set("note", newId());
      this.takeSecond();
    }
    if (!this.#get("text") && this.#get("version") === "0") this.#clear();
    else this.#remember();
    this.#show(this.#get("text") ? "unsaved" : "");
  }

  /** The one that plays now. */
  takeSecond() {
    const video = this.form.closest("[data-answer]")?.querySelector("video");
    if (video) this.#set("second", String(Math.floor(video.currentTime)));
    this.#remember();
    this.#draw();
  }

  /** @param {HTMLElement} item a note of one's own, to be written otherwise */
  edit(item) {
    if (this.#get("text")) return this.#show("busy");
    this.#set("note", item.dataset.note ?? "");
    this.#set("version", item.dataset.version ?? "");
    this.#set("second", item.dataset.second ?? "");
    this.#set("text", /** @type {HTMLElement} */ (item.querySelector(".note-text")).innerText);
    this.#remember();
    this.#draw();
    this.#show("");
    this.#focus();
  }

  save() {
    if (!this.#get("text").trim()) return;
    this.isDue = true;
    this.#remember();
    void this.#send();
  }

  cancel() {
    this.#clear();
    this.#show("");
    this.#focus();
  }

  /**
   * @param {"delete" | "restore"} act
   * @param {string} note
   * @param {string} version
   */
  async change(act, note, version) {
    const reply = await send(this.form.action, new URLSearchParams({ act, note, version }).toString());
    if (!reply || reply.status >= 500) return this.#show("failed");
    if (!reply.ok) return this.#show("refused", reply.body.message);
    this.#show(act === "delete" ? "deleted" : "saved");
    Object.assign(this.undo.dataset, { note, version: String(reply.body.version) });
    if (act === "delete") this.undo.focus();
    else this.#focus();
  }

  async #send() {
    clearTimeout(this.timer);
    if (!this.isDue || this.isSending || !this.form.isConnected) return;
    this.isSending = true;
    const sent = this.#filledIn();
    this.#show("saving");
    const reply = await send(this.form.action, sent);
    this.isSending = false;
    if (!reply || reply.status >= 500) {
      this.tries += 1;
      this.#show("retrying");
      this.timer = setTimeout(() => void this.#send(), waitAfter(this.tries));
      return;
    }
    this.#answered(reply, sent);
  }

  /**
   * @param {import("./unsent.js").Reply} reply
   * @param {string} sent
   */
  #answered(reply, sent) {
    this.tries = 0;
    this.isDue = false;
    if (reply.ok && this.#filledIn() === sent) {
      this.#clear();
      return this.#show("saved");
    }
    const isElsewhere = reply.body.error === "changed_elsewhere";
    if (reply.ok || isElsewhere) this.#set("version", String(reply.body.version));
    this.#remember();
    if (reply.ok) this.#show("unsaved"); // more was typed meanwhile
    else if (isElsewhere) this.#show("elsewhere", words("note-elsewhere", reply.body));
    else this.#show("refused", reply.body.message);
  }

  #clear() {
    clearTimeout(this.timer);
    forget(this.key);
    this.isDue = false;
    for (const [name, value] of Object.entries({ note: "", version: "0", second: "", text: "" })) this.#set(name, value);
    this.#draw();
  }

  #focus() {
    /** @type {HTMLElement} */ (this.form.querySelector("textarea")).focus();
  }

  /** @param {string} name */
  #field(name) {
    const field = this.form.elements.namedItem(name);
    return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field : null;
  }

  /** @param {string} name */
  #get(name) {
    return this.#field(name)?.value ?? "";
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #set(name, value) {
    const field = this.#field(name);
    if (field) field.value = value;
  }

  /** As it is sent, but for its token, which changes with each sign-in. */
  #filledIn() {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) {
      if (name !== "csrfmiddlewaretoken" && typeof value === "string") values.set(name, value);
    }
    return values.toString();
  }

  #remember() {
    remember(this.key, JSON.stringify({ filledIn: this.#filledIn(), isDue: this.isDue }));
  }

  /** What an earlier page could not send any more, or left unfinished; nothing of what the browser itself remembers. */
  #recall() {
    /** @type {{ filledIn: string, isDue: boolean } | null} */
    let kept = null;
    try {
      kept = JSON.parse(recall(this.key) ?? "null");
    } catch {
      // not ours
    }
    const values = new URLSearchParams(kept?.filledIn ?? "version=0");
    for (const name of ["note", "version", "second", "text"]) this.#set(name, values.get(name) ?? "");
    this.isDue = kept?.isDue ?? false;
    this.#draw();
    this.#show(this.#get("text") ? "unsaved" : "");
    void this.#send();
  }

  #draw() {
    const isBegun = this.#get("note") !== "";
    const now = this.form.querySelector("[data-note-now]");
    if (now instanceof HTMLElement) {
      now.hidden = !isBegun;
      now.textContent = words("note-at", { time: minutesAndSeconds(Number(this.#get("second"))) });
    }
    /** @type {HTMLElement} */ (this.form.querySelector("[data-note-cancel]")).hidden = !isBegun;
  }

  /**
   * @param {NoteState} state
   * @param {string} [sentence]
   */
  #show(state, sentence = state && words(`note-${state}`)) {
    if (this.form.dataset.state !== state && ["retrying", "elsewhere", "refused"].includes(state)) announce(sentence);
    this.form.dataset.state = state;
    this.status.textContent = sentence;
    this.undo.hidden = state !== "deleted";
  }
}

/** A random UUID, also where the page did not come by TLS and `crypto.randomUUID` is not there. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {EventTarget | null} target something in the notes of an answer */
function formOf(target) {
  const form = target instanceof Element ? target.closest("[data-noting]")?.querySelector("form[data-note-form]") : null;
  if (!(form instanceof HTMLFormElement)) return null;
  const found = known.get(form) ?? new NoteForm(form);
  known.set(form, found);
  return found;
}

/** Fragments are the same for everybody: whoever wrote a note sees its buttons by this. */
function showTools() {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-noting]"))) {
    const canWrite = formOf(part.firstElementChild) !== null;
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll("[data-note]"))) {
      const tools = /** @type {HTMLElement} */ (item.querySelector(".note-tools"));
      tools.hidden = !canWrite || item.dataset.by !== part.dataset.me;
    }
  }
}

// On the document: lists and forms are replaced while the page is open.
const isNote = (/** @type {EventTarget | null} */ target) =>
  target instanceof HTMLTextAreaElement && target.closest("form[data-note-form]") !== null;
document.addEventListener("input", (event) => {
  if (isNote(event.target)) formOf(event.target)?.typed();
});
document.addEventListener("submit", (event) => {
  if (!(event.target instanceof HTMLFormElement) || event.target.dataset.noteForm === undefined) return;
  event.preventDefault();
  formOf(event.target)?.save();
});
document.addEventListener("keydown", (event) => {
  if (!isNote(event.target) || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  formOf(event.target)?.save();
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  const form = formOf(button);
  if (!button || !form) return;
  const { note = "", version = "" } = /** @type {HTMLElement | null} */ (button.closest("[data-note]"))?.dataset ?? button.dataset;
  if ("noteEdit" in button.dataset) form.edit(/** @type {HTMLElement} */ (button.closest("[data-note]")));
  if ("noteDelete" in button.dataset) void form.change("delete", note, version);
  if ("noteUndo" in button.dataset) void form.change("restore", note, version);
  if ("noteNow" in button.dataset) form.takeSecond();
  if ("noteCancel" in button.dataset) form.cancel();
});

showTools();
new MutationObserver((changes) => {
  if (changes.some((change) => [...change.addedNodes].some((node) => node instanceof Element))) showTools();
}).observe(document.body, { childList: true, subtree: true });
