// @ts-check
/** How loud the microphone is. */

// Full scale is never reached by speech; these make a normal voice fill most of the bar.
const QUIET_DB = -60;
const LOUD_DB = -15;

/**
 * @param {MediaStream} stream
 * @param {(level: number) => void} onLevel 0 (silence) to 1 (loud), about fifteen times a second
 * @returns {() => void} stops it
 */
export function startMeter(stream, onLevel) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibels = power > 0 ? 10 * Math.log10(power) : QUIET_DB;
    onLevel(Math.min(1, Math.max(0, (decibels - QUIET_DB) / (LOUD_DB - QUIET_DB))));
  }, 66);
  void context.resume();
  return () => {
    clearInterval(timer);
    if (context.state !== "closed") void context.close();
  };
}
