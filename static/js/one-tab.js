// @ts-check
/** One interview, one tab: two would record over each other. */

/**
 * @param {string} interview id
 * @returns {string} name of the lock that the recording tab holds
 */
const lockName = (interview) => `greenroom-interview-${interview}`;

/**
 * @param {string} interview id
 * @param {object} outcome
 * @param {() => void} outcome.onHeld this tab may record
 * @param {() => void} outcome.onElsewhere another tab records
 * @param {() => void} outcome.onLost another tab has taken over
 */
export function holdTab(interview, { onHeld, onElsewhere, onLost }) {
  if (!navigator.locks) return onHeld(); // only on insecure pages and old browsers
  let held = false;
  navigator.locks
    .request(lockName(interview), { ifAvailable: true }, (lock) => {
      if (!lock) return onElsewhere();
      held = true;
      onHeld();
      return new Promise(() => {}); // held until the tab goes or another takes over
    })
    .catch(() => held && onLost());
}

/**
 * Takes the interview over from the other tab.
 * @param {string} interview id
 * @returns {Promise<void>} when the other tab has lost it
 */
export function takeOver(interview) {
  return new Promise((resolve) => {
    void navigator.locks.request(lockName(interview), { steal: true }, async () => resolve());
  });
}
