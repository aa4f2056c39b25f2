/** How long a slow answer is remembered: after this time without another one, a third of it counts (Finagle's default). */
const decayMs = 10_000;

/** A moving average of latencies that rises at once and falls slowly. */
export interface Latency {
  /** 0 before the first sample. */
  readonly ms: number;
  readonly atMs: number;
}

export const unmeasured: Latency = { ms: 0, atMs: 0 };

/**
 * Adds a sample: the peak EWMA of Finagle's `PeakEwma`. A sample above the average becomes the average, so that a replica that gets slow is left
 * alone at once; one below it pulls it down by how much time has passed.
 */
export const sampled = (latency: Latency, sampleMs: number, nowMs: number): Latency => {
  if (sampleMs >= latency.ms) return { ms: sampleMs, atMs: nowMs };
  const kept = Math.exp(-Math.max(0, nowMs - latency.atMs) / decayMs);
  return { ms: latency.ms * kept + sampleMs * (1 - kept), atMs: nowMs };
};
