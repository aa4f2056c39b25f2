import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { add, count, line, tallyOf } from "./tally.ts";

const report = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    { status: "passed", assertionResults: [{ status: "passed" }] },
    { status: "failed", assertionResults: [{ status: "failed" }] },
  ],
};

describe("the tally", () => {
  it("counts planned tests as skipped", () => {
    expect(count(report)).toEqual({ passed: 5, failed: 1, skipped: 3 });
  });

  it("counts a test file that did not load as one failure", () => {
    expect(count({ ...report, testResults: [...report.testResults, { status: "failed", assertionResults: [] }] }).failed).toBe(2);
  });

  it("adds suites and says the sum in one line", () => {
    expect(line(add({ passed: 5, failed: 1, skipped: 3 }, { passed: 2, failed: 0, skipped: 4 }))).toBe("7 passed, 1 failed, 7 skipped");
  });

  it("counts nothing for a report that was never written", () => {
    const folder = mkdtempSync(join(tmpdir(), "fogline-tally-"));
    writeFileSync(join(folder, "unit.json"), JSON.stringify(report));
    expect(tallyOf([join(folder, "unit.json"), join(folder, "system.json")])).toEqual({ passed: 5, failed: 1, skipped: 3 });
    rmSync(folder, { recursive: true });
  });
});
