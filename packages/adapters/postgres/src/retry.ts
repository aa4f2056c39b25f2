import { setTimeout as sleep } from "node:timers/promises";

/** Runs of one transaction before its conflict is reported, and the longest pause between two. */
const runsMax = 30;
const pauseMsMax = 200;

/** SQLSTATE (PostgreSQL, appendix A): serialization_failure and deadlock_detected. Both mean: nothing happened, run it again. */
const conflicts: ReadonlySet<unknown> = new Set(["40001", "40P01"]);

const isConflict = (thrown: unknown): boolean => thrown instanceof Error && "code" in thrown && conflicts.has(thrown.code);

/** Runs `work` again after a conflict with another transaction, each time after a longer random pause; gives up with PostgreSQL's own error. */
export const retryConflicts = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  for (let runs = 1; ; runs++) {
    try {
      return await work();
    } catch (thrown) {
      if (!isConflict(thrown) || runs >= runsMax) throw thrown;
      await sleep(Math.random() * Math.min(2 ** runs, pauseMsMax));
    }
  }
};
