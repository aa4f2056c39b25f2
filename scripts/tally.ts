/** Adds up what vitest's JSON reports say, for the last line of `npm test` and of `.ci/run`. */
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { argv, exit } from "node:process";
import { root } from "./root.ts";

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
  readonly testResults: readonly FileReport[];
}

interface FileReport {
  readonly status: string;
  /** Where the file lies. */
  readonly name: string;
  /** Why the file did not load; empty when it did. */
  readonly message?: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages?: readonly string[] }[];
}

/** Nothing ran yet. */
export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

/** Files that failed without a failed test in them: they did not load, or a hook threw. vitest itself counts none. */
const brokenFiles = ({ testResults }: Report): FileReport[] =>
  testResults.filter(({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"));

/** Counts one report. A broken file counts as one failure. */
export const count = (report: Report): Tally => ({
  passed: report.numPassedTests,
  failed: report.numFailedTests + brokenFiles(report).length,
  skipped: report.numPendingTests + report.numTodoTests,
});

const firstLine = (text: string | undefined): string => (text ?? "").split("\n", 1)[0]?.slice(0, 300) ?? "";

/** A line for each failure of a report: the file, the test in it, and the first line of why. */
export const failures = (report: Report): string[] => [
  ...report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => `${relative(root, name)} > ${fullName}: ${firstLine(failureMessages?.[0])}`),
  ),
  ...brokenFiles(report).map(({ name, message }) => `${relative(root, name)}: ${firstLine(message)}`),
];

/** Sums two tallies. */
export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** A file that is missing counts nothing: its suite did not run, or fell before it could write. */
const readReports = (files: readonly string[]): Report[] =>
  files.filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, "utf8")) as Report);

/** The sum over report files. */
export const tallyOf = (files: readonly string[]): Tally => readReports(files).map(count).reduce(add, nothing);

/** The line that ends a run. */
export const line = ({ passed, failed, skipped }: Tally): string => `${passed} passed, ${failed} failed, ${skipped} skipped`;

if (import.meta.main) {
  const reports = argv.slice(2);
  for (const failure of readReports(reports).flatMap(failures)) console.log(`failed: ${failure}`);
  const total = tallyOf(reports);
  console.log(line(total));
  exit(total.failed === 0 ? 0 : 1);
}
