import type { ExecutionReport } from "@fogline/contracts";
import { virtualClock } from "@fogline/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReportQueue } from "./reports.ts";

const report = (executionId: string): ExecutionReport => ({ executionId, taskId: "t", status: "running", atMs: 0 });

const open = (answers: readonly boolean[] = [], max = 10) => {
  const clock = virtualClock();
  const log: string[] = [];
  const left = [...answers];
  const queue = new ReportQueue({
    commit: async ({ executionId }) => {
      const committed = left.shift() ?? true;
      log.push(`${committed ? "committed" : "failed"} ${executionId}`);
      return committed;
    },
    acknowledge: (sequence) => void log.push(`ack ${sequence}`),
    clock,
    max,
  });
  return { clock, log, queue };
};

describe("the reports of a connection", () => {
  it("are acknowledged after their commit, in order", async () => {
    const { clock, log, queue } = open();
    queue.add(1, report("a"));
    queue.add(2, report("b"));
    await clock.advance(0);
    expect(log).toEqual(["committed a", "ack 1", "committed b", "ack 2"]);
  });

  it("are tried again until they are committed, and hold back those that came later", async () => {
    const { clock, log, queue } = open([false, false, true]);
    queue.add(1, report("a"));
    queue.add(2, report("b"));
    await clock.advance(200);
    expect(log).toEqual(["failed a"]);
    await clock.advance(60);
    expect(log).toEqual(["failed a", "failed a"]);
    await clock.advance(500);
    expect(log).toEqual(["failed a", "failed a", "committed a", "ack 1", "committed b", "ack 2"]);
  });

  it("that are sent again are acknowledged again, and not committed again", async () => {
    const { clock, log, queue } = open();
    queue.add(1, report("a"));
    queue.add(1, report("a"));
    await clock.advance(0);
    queue.add(1, report("a"));
    expect(log).toEqual(["committed a", "ack 1", "ack 1"]);
  });

  it("are refused when too many wait", () => {
    const { queue } = open([false], 2);
    expect([1, 2, 3].map((sequence) => queue.add(sequence, report("a")))).toEqual([true, true, false]);
  });

  it("are left alone when the connection ends: the agent sends them over the next one", async () => {
    const { clock, log, queue } = open([false, true]);
    queue.add(1, report("a"));
    await clock.advance(0);
    queue.end();
    await clock.advance(60_000);
    expect(log).toEqual(["failed a"]);
  });

  it("are never acknowledged before they and all earlier ones are committed, whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), fc.array(fc.nat(8), { maxLength: 12 }), async (answers, gaps) => {
        const { clock, log, queue } = open(answers, 100);
        let sequence = 0;
        const sent: number[] = [];
        for (const gap of gaps) {
          sequence += gap;
          if (sequence > 0) queue.add(sequence, report(String(sequence)));
          if (sequence > 0 && !sent.includes(sequence)) sent.push(sequence);
        }
        await clock.advance(600_000);
        const committed: number[] = [];
        for (const line of log) {
          const [what, number] = line.split(" ");
          if (what === "committed") committed.push(Number(number));
          if (what === "ack") expect(committed.at(-1)).toBe(Number(number));
        }
        expect(committed).toEqual(sent);
      }),
      { numRuns: 50 },
    );
  });
});
