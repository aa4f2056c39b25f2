/** Time as an argument. Real in production, virtual in simulations; nothing else may ask what time it is. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch, an integer. May jump. */
  now(): number;
  /** Milliseconds that only grow; for durations. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms` unless the returned function was called first. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}
