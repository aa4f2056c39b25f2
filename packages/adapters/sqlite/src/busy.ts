import { setTimeout as sleep } from "node:timers/promises";

/** Tries against another process that holds the write lock, and the longest pause between two; together about five seconds. */
const triesMax = 40;
const pauseMsMax = 100;

/** SQLite's primary result code for "another connection is writing". */
const busy = 5;

const isBusy = (thrown: unknown): boolean =>
  thrown instanceof Error && "errcode" in thrown && typeof thrown.errcode === "number" && (thrown.errcode & 0xff) === busy;

/** Runs `step` again while another process is writing; gives up with SQLite's own error. */
export const retryWhileBusy = async <Value>(step: () => Value | Promise<Value>): Promise<Value> => {
  for (let tries = 1; ; tries++) {
    try {
      return await step();
    } catch (thrown) {
      if (!isBusy(thrown) || tries >= triesMax) throw thrown;
      await sleep(Math.min(tries * 5, pauseMsMax));
    }
  }
};
