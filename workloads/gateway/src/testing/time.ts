import type { Clock } from "@fogline/ports";
import { systemClock } from "@fogline/system";

/** The real clock with a wall time that a test can set: sockets and timers go on as they do. */
export const settableClock = (): Clock & { skip(ms: number): void } => {
  let aheadMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    skip: (ms) => {
      aheadMs += ms;
    },
  };
};
