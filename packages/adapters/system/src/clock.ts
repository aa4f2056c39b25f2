import { performance } from "node:perf_hooks";
import type { Clock } from "@fogline/ports";

/** The longest delay that one Node timer can hold; longer ones are made of several. */
const timerMsMax = 2 ** 31 - 1;

/** Runs `run` once `ms` have passed on the monotonic clock. Node's timers may fire a fraction of a millisecond early, so the rest is waited for. */
const arm = (ms: number, keepsProcess: boolean, run: () => void): (() => void) => {
  const dueMs = performance.now() + ms;
  let timer: NodeJS.Timeout | undefined;
  const wait = (restMs: number) => {
    timer = setTimeout(check, Math.min(Math.max(Math.ceil(restMs), 0), timerMsMax));
    if (!keepsProcess) timer.unref();
  };
  const check = () => {
    const restMs = dueMs - performance.now();
    if (restMs > 0) wait(restMs);
    else run();
  };
  wait(ms);
  return () => clearTimeout(timer);
};

/** The clock of this machine. `sleep` keeps the process alive, `after` does not. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = arm(ms, true, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    }),
  after: (ms, run) => arm(ms, false, run),
};
