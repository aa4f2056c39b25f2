import type { PlacementExplanation, TaskResult, TaskStatus } from "@fogline/contracts";
import type { Transaction } from "kysely";
import type { ExecutionRow, SchedulerSchema, TaskRow } from "./schema.ts";
import type { ExecutionState, ExecutionStatus, TaskState, Transition } from "./task-state.ts";

export interface Storing {
  readonly row: TaskRow;
  readonly before: TaskState;
  readonly transition: Transition;
  readonly now: number;
  /** What the agent reported with a `finished`. */
  readonly result: TaskResult | undefined;
  readonly placement: PlacementExplanation | undefined;
}

/**
 * Writes the difference between two states of a task: its row (only when it changed) and the executions that did. The row goes first: of two
 * transactions that change one task at once, the later then fails at the row, where the database makes it run again.
 */
export const storeTransition = async (transaction: Transaction<SchedulerSchema>, storing: Storing): Promise<TaskRow> => {
  const change = storing.transition.effect === "changed" ? rowChange(storing, storing.transition.task) : {};
  if (storing.transition.effect === "changed") await transaction.updateTable("tasks").set(change).where("id", "=", storing.row.id).execute();
  await storeExecutions(transaction, storing);
  return { ...storing.row, ...change };
};

const over: ReadonlySet<TaskStatus> = new Set(["succeeded", "failed", "cancelled", "unknown"]);
const left: ReadonlySet<ExecutionStatus> = new Set(["lost", "superseded", "finished"]);

const rowChange = ({ row, now, result, placement }: Storing, after: TaskState): Partial<TaskRow> => {
  const execution = after.executions.find((other) => other.id === after.executionId);
  const isOver = over.has(after.status);
  return {
    status: after.status,
    reason: after.reason,
    attempt: after.attempt,
    execution_id: after.executionId,
    node: after.status === "queued" ? null : (execution?.node ?? null),
    ...(placement === undefined ? {} : { placement: JSON.stringify(placement) }),
    ...(result !== undefined && result.executionId === after.executionId ? { result: JSON.stringify(result) } : {}),
    started_at_ms: startedAt(row, after.status, now),
    finished_at_ms: isOver ? (row.status === after.status ? row.finished_at_ms : now) : null,
    version: row.version + 1,
  };
};

/** The start of the attempt that the task speaks of; a short execution may finish before it was ever reported running. */
const startedAt = (row: TaskRow, status: TaskStatus, now: number): number | null => {
  if (status === "queued" || status === "assigned") return null;
  return row.started_at_ms ?? (status === "running" || status === "succeeded" || status === "failed" ? now : null);
};

const storeExecutions = async (transaction: Transaction<SchedulerSchema>, { before, transition, now, result }: Storing): Promise<void> => {
  const old = new Map(before.executions.map((execution) => [execution.id, execution]));
  for (const execution of transition.task.executions) {
    const known = old.get(execution.id);
    old.delete(execution.id);
    if (known === undefined)
      await transaction
        .insertInto("executions")
        .values(newRow(before.id, execution, now))
        .execute();
    else if (known !== execution && (known.status !== execution.status || known.outcome !== execution.outcome)) {
      const ended = result !== undefined && result.executionId === execution.id ? { result: JSON.stringify(result) } : {};
      const because = transition.effect === "changed" && left.has(execution.status) ? { reason: transition.task.reason } : {};
      const change = { status: execution.status, outcome: execution.outcome, ...times(execution, now), ...ended, ...because };
      await transaction.updateTable("executions").set(change).where("id", "=", execution.id).execute();
    }
  }
  for (const withdrawn of old.keys()) await transaction.deleteFrom("executions").where("id", "=", withdrawn).execute();
};

const times = (execution: ExecutionState, now: number): Partial<ExecutionRow> => {
  if (execution.status === "accepted") return { accepted_at_ms: now };
  if (execution.status === "running") return { started_at_ms: now };
  return execution.status === "finished" ? { finished_at_ms: now } : {};
};

const newRow = (taskId: string, execution: ExecutionState, now: number): ExecutionRow => ({
  ...{ id: execution.id, task_id: taskId, attempt: execution.attempt, node: execution.node, status: execution.status, outcome: execution.outcome },
  ...{ result: null, assigned_at_ms: now, accepted_at_ms: null, started_at_ms: null, finished_at_ms: null, reason: null },
});
