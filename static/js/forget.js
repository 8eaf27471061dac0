// @ts-check
/** On the receipt and beside the certificate: nothing of the interview is kept on this device any more. */
import { openKept } from "./kept.js";

const { interview = "" } = /** @type {HTMLElement} */ (document.querySelector("[data-forget]")).dataset;
const kept = await openKept();
await kept?.forget(await kept.segments(interview)).catch(() => {});
