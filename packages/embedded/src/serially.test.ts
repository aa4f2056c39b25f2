import { describe, expect, it } from "vitest";
import { serially } from "./serially.ts";

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe("work that runs serially", () => {
  it("runs once at a time, and once more for any number of calls during a run", async () => {
    const runs: PromiseWithResolvers<void>[] = [];
    const call = serially(
      () => {
        const run = Promise.withResolvers<void>();
        runs.push(run);
        return run.promise;
      },
      () => undefined,
    );
    call();
    call();
    call();
    expect(runs.length).toBe(1);
    runs[0]?.resolve();
    await turns();
    expect(runs.length).toBe(2);
    runs[1]?.resolve();
    await turns();
    expect(runs.length).toBe(2);
  });

  it("tells what was thrown and takes the next call", async () => {
    const failures: unknown[] = [];
    let runs = 0;
    const call = serially(
      async () => {
        runs++;
        if (runs === 1) throw new Error("the disk is full");
      },
      (thrown) => failures.push(thrown),
    );
    call();
    await turns();
    call();
    await turns();
    expect(runs).toBe(2);
    expect(failures).toEqual([new Error("the disk is full")]);
  });
});
