import { textOf } from "@fogline/findings";
import type { Log } from "@fogline/service";

/** Runs `work` once at a time; calls during a run lead to one more run after it. */
export const serially = (work: () => Promise<void>, log: Log): (() => void) => {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await work().catch((thrown: unknown) => log.error({ cause: textOf(thrown) }, "following the repository failed"));
    } while (again);
    running = false;
  };
  return () => void run();
};
