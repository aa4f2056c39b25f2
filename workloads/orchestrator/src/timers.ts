import type { Clock } from "@fogline/ports";

/**
 * Runs `run` again and again with `everyMs` between the end of one and the start of the next, so that slow runs never overlap. The returned
 * function ends it and waits for a run in progress. A run that fails is told and does not end the series.
 */
export const every = (clock: Clock, everyMs: number, run: () => Promise<void>, failed: (error: unknown) => void): (() => Promise<void>) => {
  let stopped = false;
  let current: Promise<void> = Promise.resolve();
  let cancel: () => void = () => {};
  const schedule = () => {
    cancel = clock.after(everyMs, () => {
      current = run()
        .catch(failed)
        .finally(() => {
          if (!stopped) schedule();
        });
    });
  };
  schedule();
  return async () => {
    stopped = true;
    cancel();
    await current;
  };
};
