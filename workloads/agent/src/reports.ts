import type { Execution, ExecutionOutcome, ExecutionReport } from "@fogline/contracts/agent-protocol";
import type { ProcessEnd } from "./ports.ts";

/** A report must fit into one frame together with its envelope, whatever escaping JSON adds to the output. */
export const reportBytesMax = 200_000;

/** How an execution ended: by itself, or as the agent decided. */
export interface Ending {
  readonly outcome: ExecutionOutcome;
  readonly message?: string;
}

const bare = (execution: Execution, status: ExecutionReport["status"], atMs: number): ExecutionReport => ({
  executionId: execution.executionId,
  taskId: execution.taskId,
  status,
  atMs,
});

export const acceptedReport = (execution: Execution, atMs: number): ExecutionReport => bare(execution, "accepted", atMs);

export const runningReport = (execution: Execution, atMs: number, message: string): ExecutionReport => ({
  ...bare(execution, "running", atMs),
  message,
});

/** The result. Why the agent ended the process outweighs how the process then ended; the output is there either way. */
export const finishedReport = (execution: Execution, atMs: number, ending: Ending | undefined, end: ProcessEnd | undefined): ExecutionReport => {
  const outcome = ending?.outcome ?? end?.outcome ?? "could-not-start";
  const message = ending === undefined ? end?.message : ending.message;
  const report: ExecutionReport = {
    ...bare(execution, "finished", atMs),
    outcome,
    exitCode: outcome === "exited" ? (end?.exitCode ?? null) : null,
    signal: end?.signal ?? null,
    ...(end === undefined ? {} : { stdout: end.stdout, stderr: end.stderr, outputTruncated: end.outputTruncated }),
    ...(message === undefined ? {} : { message: message.slice(0, 2000) }),
  };
  return fitted(report);
};

const encodedBytes = (report: ExecutionReport): number => Buffer.byteLength(JSON.stringify(report));

const fitted = (report: ExecutionReport): ExecutionReport => {
  let fits = report;
  while (encodedBytes(fits) > reportBytesMax && (fits.stdout || fits.stderr)) {
    const halve = (text = ""): string => {
      const half = text.slice(0, Math.floor(text.length / 2));
      // Not through the middle of a surrogate pair.
      return half.isWellFormed() ? half : half.slice(0, -1);
    };
    fits = { ...fits, stdout: halve(fits.stdout), stderr: halve(fits.stderr), outputTruncated: true };
  }
  return fits;
};
