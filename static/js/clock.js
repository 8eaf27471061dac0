// @ts-check
/** A clock that counts down. It measures; a browser that wakes it late does not make it slow. */

/**
 * @param {object} options
 * @param {number} options.seconds
 * @param {(left: number, elapsed: number) => void} options.onTick seconds, about four times a second
 * @param {() => void} options.onEnd
 * @returns {{ stop: () => number, elapsed: () => number }} stop() and elapsed() give the seconds since the start
 */
export function startClock({ seconds, onTick, onEnd }) {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const tick = () => {
    const passed = elapsed();
    onTick(Math.max(0, seconds - passed), passed);
    if (passed < seconds) return;
    clearInterval(timer);
    onEnd();
  };
  const timer = setInterval(tick, 250);
  onTick(seconds, 0);
  return {
    elapsed,
    stop() {
      clearInterval(timer);
      return elapsed();
    },
  };
}
