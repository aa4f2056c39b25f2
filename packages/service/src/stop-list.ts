import type { Clock } from "@fogline/ports";
import type { Log } from "./log.ts";

export interface StopList {
  add(what: string, run: () => Promise<void> | void): void;
  /** Runs everything that was added, last first, one after the other; what fails is logged, what is left at the deadline is abandoned. */
  run(deadlineMs: number): Promise<void>;
}

export const stopList = (clock: Clock, log: Log): StopList => {
  const steps: { what: string; run: () => Promise<void> | void }[] = [];
  return {
    add: (what, run) => {
      steps.push({ what, run });
    },
    run: async (deadlineMs) => {
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(deadlineMs, () => late.resolve());
      // What stops within one turn of the event loop still counts after the deadline.
      const abandoned = late.promise.then(() => new Promise<boolean>((resolve) => setImmediate(() => resolve(false))));
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        const { what, run } = step;
        const done = (async () => run())()
          .catch((thrown: unknown) => log.error({ err: thrown, what }, "a part failed to stop"))
          .then(() => true);
        if (!(await Promise.race([done, abandoned]))) log.error({ what, deadlineMs }, "a part did not stop in time and is abandoned");
      }
      cancel();
    },
  };
};
