import type { Clock } from "@fogline/ports";

/** A clock that can stand still: time does not pass and timers do not run until it is thawed, then both go on where they stopped. */
export interface FreezableClock extends Clock {
  freeze(): void;
  thaw(): void;
  readonly frozen: boolean;
}

/** A clock that moves only when it is told to. */
export interface VirtualClock extends FreezableClock {
  /**
   * Moves time forward by `ms` and runs what falls due, in order of due time and then of setting. Between two due times everything that
   * became ready (promises, messages on an in-process bus) gets its turn; sockets and files are not waited for. Does nothing while frozen. Calls queue up behind each other.
   */
  advance(ms: number): Promise<void>;
  /** Timers that are set and have not run. */
  readonly pending: number;
}

interface Timer {
  readonly dueMs: number;
  /** Counts the settings; of equal due times the first set one runs first. */
  readonly order: number;
  readonly run: () => void;
}

/** Timers by due time, then by order of setting. */
const timeline = () => {
  const timers: Timer[] = [];
  let orders = 0;
  /** Where a timer with this time and order is, or belongs. */
  const place = (dueMs: number, order: number): number => {
    let [low, high] = [0, timers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = timers[middle];
      if (at !== undefined && (at.dueMs < dueMs || (at.dueMs === dueMs && at.order < order))) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add: (dueMs: number, run: () => void): (() => void) => {
      const timer = { dueMs, order: orders++, run };
      timers.splice(place(dueMs, timer.order), 0, timer);
      return () => {
        const index = place(dueMs, timer.order);
        if (timers[index] === timer) timers.splice(index, 1);
      };
    },
    /** Removes and gives the first timer that is due at `limitMs`. */
    take: (limitMs: number): Timer | undefined => {
      const first = timers[0];
      return first !== undefined && first.dueMs <= limitMs ? timers.shift() : undefined;
    },
    size: () => timers.length,
  };
};

/** Turns of the event loop given to what became ready: enough for a request, its handler, what that publishes, and the answer. */
const settleTurns = 6;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < settleTurns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
};

const sleepOn = (after: Clock["after"], ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });

/** A virtual clock that shows `startMs` (milliseconds since the Unix epoch). */
export const virtualClock = (startMs = 0): VirtualClock => {
  let elapsedMs = 0;
  let frozen = false;
  let moving: Promise<void> = Promise.resolve();
  const timers = timeline();

  const move = async (ms: number): Promise<void> => {
    await settle();
    if (frozen) return;
    const targetMs = elapsedMs + ms;
    // A timer may freeze the clock: then nothing further is due.
    while (!frozen) {
      const timer = timers.take(targetMs);
      if (timer === undefined) break;
      elapsedMs = Math.max(elapsedMs, timer.dueMs);
      timer.run();
      await settle();
    }
    if (!frozen) elapsedMs = targetMs;
  };

  const after: Clock["after"] = (ms, run) => timers.add(elapsedMs + Math.max(0, ms), run);

  return {
    now: () => Math.floor(startMs + elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) => sleepOn(after, ms, signal),
    after,
    advance: (ms) => {
      moving = moving.then(() => move(ms));
      return moving;
    },
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
    get frozen() {
      return frozen;
    },
    get pending() {
      return timers.size();
    },
  };
};

/** A clock that follows `clock` and can be frozen by itself: one device of a simulation, while the others go on. It lags behind by what it stood still. */
export const freezableClock = (clock: Clock): FreezableClock => {
  const timers = new Set<{ dueMs: number; run: () => void; cancel: () => void }>();
  let lagMs = 0;
  let frozenAtMs: number | undefined;
  const monotonicMs = () => (frozenAtMs ?? clock.monotonicMs()) - lagMs;

  const arm = (timer: { dueMs: number; run: () => void; cancel: () => void }) => {
    timer.cancel = clock.after(timer.dueMs - monotonicMs(), () => {
      timers.delete(timer);
      timer.run();
    });
  };

  const after: Clock["after"] = (ms, run) => {
    const timer = { dueMs: monotonicMs() + Math.max(0, ms), run, cancel: () => {} };
    timers.add(timer);
    if (frozenAtMs === undefined) arm(timer);
    return () => {
      timers.delete(timer);
      timer.cancel();
    };
  };

  return {
    now: () => Math.floor(clock.now() - (clock.monotonicMs() - monotonicMs())),
    monotonicMs,
    sleep: (ms, signal) => sleepOn(after, ms, signal),
    after,
    freeze: () => {
      if (frozenAtMs !== undefined) return;
      frozenAtMs = clock.monotonicMs();
      for (const timer of timers) timer.cancel();
    },
    thaw: () => {
      if (frozenAtMs === undefined) return;
      lagMs += clock.monotonicMs() - frozenAtMs;
      frozenAtMs = undefined;
      for (const timer of timers) arm(timer);
    },
    get frozen() {
      return frozenAtMs !== undefined;
    },
  };
};
