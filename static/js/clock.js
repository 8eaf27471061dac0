// @ts-check
/** A clock that counts down, or up where no time is set. It measures; a browser that wakes it late does not make it slow. */

/**
 * @typedef {object} Clock
 * @property {() => number} stop gives the seconds since the start
 * @property {() => number} elapsed
 * @property {(seconds: number) => void} allow another length, also while it runs; 0: no end
 */

/**
 * @param {object} options
 * @param {number} options.seconds 0: counts up, without an end
 * @param {number} [options.grace] seconds that follow the end before onEnd
 * @param {(left: number, elapsed: number) => void} options.onTick seconds, about four times a second; `left` is below
 *   zero in the grace, and Infinity where there is no end
 * @param {() => void} options.onEnd
 * @returns {Clock}
 */
export function startClock({ seconds, grace = 0, onTick, onEnd }) {
  const started = performance.now();
  let allowed = seconds || Infinity;
  const elapsed = () => (performance.now() - started) / 1000;
  const tick = () => {
    const passed = elapsed();
    onTick(Math.max(-grace, allowed - passed), passed);
    if (passed < allowed + grace) return;
    clearInterval(timer);
    onEnd();
  };
  const timer = setInterval(tick, 250);
  onTick(allowed, 0);
  return {
    elapsed,
    stop() {
      clearInterval(timer);
      return elapsed();
    },
    allow(more) {
      allowed = more || Infinity;
    },
  };
}
