/** Adds up what vitest's JSON reports say, for the last line of `npm test` and of `.ci/run`. */
import { existsSync, readFileSync } from "node:fs";
import { argv, exit } from "node:process";

/** Numbers of tests, over any number of suites. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

/** Nothing ran yet. */
export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

/**
 * Counts one report. A test file that failed without a failed test in it (it did not load, or a hook threw) counts as one failure,
 * because vitest itself counts none.
 */
export const count = (report: Report): Tally => {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
};

/** Sums two tallies. */
export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** Reads report files. A file that is missing counts nothing: its suite did not run, or fell before it could write. */
export const tallyOf = (files: readonly string[]): Tally =>
  files
    .filter((file) => existsSync(file))
    .map((file) => count(JSON.parse(readFileSync(file, "utf8")) as Report))
    .reduce(add, nothing);

/** The line that ends a run. */
export const line = ({ passed, failed, skipped }: Tally): string => `${passed} passed, ${failed} failed, ${skipped} skipped`;

if (import.meta.main) {
  const total = tallyOf(argv.slice(2));
  console.log(line(total));
  exit(total.failed === 0 ? 0 : 1);
}
