import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./root.ts";
import { add, count, failures, line, tallyOf } from "./tally.ts";

const report = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    { status: "passed", name: join(root, "a.test.ts"), assertionResults: [{ status: "passed", fullName: "a holds" }] },
    {
      status: "failed",
      name: join(root, "b.test.ts"),
      assertionResults: [{ status: "failed", fullName: "b holds", failureMessages: ["Error: it does not\n    at b.test.ts:1"] }],
    },
  ],
};

const broken = { status: "failed", name: join(root, "c.test.ts"), message: "no such module\nat c", assertionResults: [] };

describe("the tally", () => {
  it("counts planned tests as skipped", () => {
    expect(count(report)).toEqual({ passed: 5, failed: 1, skipped: 3 });
  });

  it("counts a test file that did not load as one failure", () => {
    expect(count({ ...report, testResults: [...report.testResults, broken] }).failed).toBe(2);
  });

  it("has a line for each failure, so that the end of a long run says which they were", () => {
    expect(failures({ ...report, testResults: [...report.testResults, broken] })).toEqual([
      "b.test.ts > b holds: Error: it does not",
      "c.test.ts: no such module",
    ]);
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
