import type { ExecutionOutcome } from "@fogline/contracts";
import type { ExecutionState, ReportedNews, TaskRules, TaskState } from "./task-state.ts";

/** What a finished execution means for its task. `queued`: it gets another attempt. */
export interface Verdict {
  readonly kind: "succeeded" | "failed" | "queued" | "unknown";
  readonly reason: string;
}

type Meaning = "good" | "bad" | "never-started" | "no-answer";

const meanings: Record<ExecutionOutcome, (report: ReportedNews) => Meaning> = {
  exited: (report) => (report.exitCode === 0 ? "good" : "bad"),
  signalled: () => "bad",
  "timed-out": () => "bad",
  "out-of-memory": () => "bad",
  cancelled: () => "no-answer",
  "could-not-start": () => "never-started",
  interrupted: () => "no-answer",
};

const sentences: Record<ExecutionOutcome, (report: ReportedNews) => string> = {
  exited: (report) => `exited with code ${report.exitCode ?? "unknown"}`,
  signalled: (report) => `was ended by ${report.signal ?? "a signal"}`,
  "timed-out": () => "ran longer than its timeout",
  "out-of-memory": () => "needed more memory than it was promised",
  cancelled: () => "was ended by its agent",
  "could-not-start": () => "could not start",
  interrupted: () => "was interrupted: its agent ended while it ran",
};

/** A superseded attempt may still decide the task when running twice is allowed and it ended well: the first finish wins. */
export const lateFinish = (rules: TaskRules, report: ReportedNews): boolean =>
  rules.duplicates === "allowed" && rules.restart !== "always" && report.outcome === "exited" && report.exitCode === 0;

/**
 * What the end of `execution` means for its task. A bad end is final unless the task restarts; an execution that never started is tried
 * elsewhere even when the task may not run twice; one that ended without an answer is tried again when it may run twice.
 */
export const verdictOf = (task: TaskState, execution: ExecutionState, report: ReportedNews): Verdict => {
  const outcome = report.outcome ?? "interrupted";
  const meaning = meanings[outcome](report);
  const said = report.message === undefined || report.message === "" ? "" : ` (${report.message})`;
  const reason = `${sentences[outcome](report)} on ${execution.node}${said}`;
  const { restart, duplicates, attemptsMax } = task.rules;
  if (meaning === "good" && (restart !== "always" || duplicates === "forbidden")) return { kind: "succeeded", reason };
  if (meaning === "bad" && (restart === "never" || outcome === "timed-out")) return { kind: "failed", reason };
  if (duplicates === "forbidden" && meaning !== "never-started") return { kind: outcome === "interrupted" ? "unknown" : "failed", reason };
  if (task.attempt < attemptsMax) return { kind: "queued", reason: `${reason}; attempt ${task.attempt + 1} of ${attemptsMax} follows` };
  return { kind: "failed", reason: attemptsMax === 1 ? reason : `${reason}; it was the last of ${attemptsMax} attempts` };
};
