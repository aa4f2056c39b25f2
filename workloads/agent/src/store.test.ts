import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { acceptedReport, finishedReport, reportBytesMax, runningReport } from "./reports.ts";
import { sqliteStore } from "./store.ts";
import { executionOf } from "./testing/hub.ts";

const folder = mkdtempSync(join(tmpdir(), "fogline-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const first = executionOf("a.1", ["true"]);
const second = executionOf("b.1", ["true"], { restart: "always" });
const trace = { processGroup: 42, startTicks: 7, machineBoot: "boot", controlGroups: ["/x"], executionId: "b.1" };
const end = { outcome: "exited", exitCode: 0, signal: null, stdout: "out", stderr: "", outputTruncated: false } as const;

describe("the agent's store", () => {
  it("accepts an execution once, for ever, also after it finished and the file was opened again", () => {
    const path = join(folder, "once.db");
    const store = sqliteStore(path, 1);
    expect(store.accept(first, acceptedReport(first, 1))).toBe(true);
    expect(store.accept(first, acceptedReport(first, 2))).toBe(false);
    store.finish(finishedReport(first, 3, undefined, end), "");
    store.close();
    const again = sqliteStore(path, 1);
    expect(again.accept(first, acceptedReport(first, 4))).toBe(false);
    again.close();
  });

  it.each(["power-cut", "process"] as const)(
    "made to survive a %s knows after a crash what was accepted, what started, and by which process",
    (survives) => {
      const path = join(folder, `crash-${survives}.db`);
      const store = sqliteStore(path, 1, survives);
      store.accept(first, acceptedReport(first, 1));
      store.accept(second, acceptedReport(second, 1));
      store.start("b.1");
      store.running("b.1", trace, runningReport(second, 2, "runs"));
      // Not closed: the next one finds the files as a crash leaves them.
      const again = sqliteStore(path, 1, survives);
      expect(again.open()).toEqual([
        { execution: first, phase: "accepted", trace: undefined },
        { execution: second, phase: "started", trace },
      ]);
      again.suspend("b.1");
      expect(again.open()[1]).toEqual({ execution: second, phase: "accepted", trace: undefined });
      again.close();
      store.close();
    },
  );

  it("sends the newest of what it knows about an execution, and each result", () => {
    const store = sqliteStore(":memory:", 100);
    store.accept(first, acceptedReport(first, 1));
    store.start("a.1");
    store.running("a.1", trace, runningReport(first, 2, "runs"));
    expect(store.pending(0, 10).map(({ sequence, report }) => [sequence, report.status])).toEqual([[101, "running"]]);
    store.finish(finishedReport(first, 3, undefined, end), "the tail");
    store.accept(second, acceptedReport(second, 4));
    expect(store.pending(0, 10).map(({ sequence, report }) => [sequence, report.status])).toEqual([
      [102, "finished"],
      [103, "accepted"],
    ]);
    store.acknowledge(102);
    expect(store.pendingCount()).toBe(1);
    expect(store.tail("a.1")).toBe("the tail");
  });

  it("forgets what the hub has, and continues above a hub that knew an earlier folder", () => {
    const store = sqliteStore(":memory:", 10);
    store.accept(first, acceptedReport(first, 1));
    store.accept(second, acceptedReport(second, 1));
    store.resume(10);
    expect(store.pending(0, 10).map(({ sequence }) => sequence)).toEqual([11]);
    store.resume(500);
    expect(store.pending(0, 10).map(({ sequence, report }) => [sequence, report.executionId])).toEqual([[501, "b.1"]]);
    store.finish(finishedReport(second, 3, undefined, end), "");
    expect(store.pending(0, 10).map(({ sequence }) => sequence)).toEqual([502]);
  });
});

describe("a result", () => {
  it("fits into a frame whatever the output is, and stays well-formed", () => {
    const unit = fc.constantFrom("a", "\u0000", '"', "é", "😀", "\\");
    const times = fc.integer({ min: 0, max: 150_000 });
    fc.assert(
      fc.property(unit, times, unit, times, (out, outTimes, err, errTimes) => {
        const [stdout, stderr] = [out.repeat(outTimes), err.repeat(errTimes)];
        const report = finishedReport(first, 1, undefined, { ...end, stdout, stderr });
        expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThanOrEqual(reportBytesMax);
        expect(report.stdout?.isWellFormed()).toBe(true);
        expect(stdout.startsWith(report.stdout ?? "-")).toBe(true);
        expect(report.outputTruncated).toBe(report.stdout !== stdout || report.stderr !== stderr);
      }),
      { numRuns: 30 },
    );
  });
});
