import type { Execution, ExecutionReport, PlacementExplanation, TaskRecord, TaskResult, TaskSpec } from "@fogline/contracts";
import type { ExecutionRow, TaskRow } from "./schema.ts";
import { type ExecutionState, executionIdOf, type TaskState } from "./task-state.ts";

/** A record above this travels without the long parts, so that a page of them and an event stay below the bus's 256 KiB. */
export const recordBytesMax = 48 * 1024;
const shortOutputCharacters = 2_048;

const parsed = <Value>(text: string | null): Value | null => (text === null ? null : (JSON.parse(text) as Value));

export const recordOf = (row: TaskRow): TaskRecord => ({
  id: row.id,
  spec: JSON.parse(row.spec) as TaskSpec,
  status: row.status,
  reason: row.reason,
  attempt: row.attempt,
  node: row.node,
  executionId: row.execution_id,
  placement: parsed<PlacementExplanation>(row.placement),
  result: parsed<TaskResult>(row.result),
  createdAtMs: row.created_at_ms,
  startedAtMs: row.started_at_ms,
  finishedAtMs: row.finished_at_ms,
  version: row.version,
});

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The record as it travels in a list or an event: a large one without its placement and with its output cut; `tasks.get` answers all of it. */
export const travelling = (record: TaskRecord): TaskRecord => {
  if (bytesOf(record) <= recordBytesMax) return record;
  const bare = { ...record, placement: null };
  if (record.result === null || bytesOf(bare) <= recordBytesMax) return bare;
  const { stdout, stderr } = record.result;
  const result = { ...record.result, stdout: stdout.slice(0, shortOutputCharacters), stderr: stderr.slice(0, shortOutputCharacters) };
  return { ...bare, result: { ...result, outputTruncated: true } };
};

export const executionStateOf = (row: ExecutionRow): ExecutionState => ({
  id: row.id,
  attempt: row.attempt,
  node: row.node,
  status: row.status,
  outcome: row.outcome,
});

export const taskStateOf = (
  row: Pick<TaskRow, "id" | "status" | "reason" | "attempt" | "execution_id">,
  spec: TaskSpec,
  executions: readonly ExecutionRow[],
): TaskState => ({
  id: row.id,
  rules: { duplicates: spec.duplicates, attemptsMax: spec.attemptsMax, restart: spec.restart },
  status: row.status,
  reason: row.reason,
  attempt: row.attempt,
  executionId: row.execution_id,
  executions: executions.map(executionStateOf),
});

/** What the agent reported at the end of an execution. */
export const resultOf = (node: string, report: ExecutionReport): TaskResult => ({
  executionId: report.executionId,
  node,
  outcome: report.outcome ?? "interrupted",
  exitCode: report.exitCode ?? null,
  signal: report.signal ?? null,
  stdout: report.stdout ?? "",
  stderr: report.stderr ?? "",
  outputTruncated: report.outputTruncated ?? false,
  message: report.message ?? null,
  finishedAtMs: report.atMs,
});

/** What the agent is handed. A task that may not run twice is never restarted by its agent either. */
export const handOver = (taskId: string, attempt: number, spec: TaskSpec): Execution => ({
  executionId: executionIdOf(taskId, attempt),
  taskId,
  attempt,
  command: spec.command,
  ...(spec.image === undefined ? {} : { image: spec.image }),
  env: spec.env,
  cpuCores: spec.cpuCores,
  memoryBytes: spec.memoryBytes,
  processesMax: spec.processesMax,
  timeoutMs: spec.timeoutMs,
  outputBytesMax: spec.outputBytesMax,
  restart: spec.duplicates === "forbidden" ? "never" : spec.restart,
});
