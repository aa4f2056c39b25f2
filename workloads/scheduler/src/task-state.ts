import type { ExecutionOutcome, ExecutionReport, TaskSpec, TaskStatus } from "@fogline/contracts";
import { lateFinish, verdictOf } from "./verdict.ts";

/**
 * What the scheduler knows of one attempt. `lost`: its node went away, it may still run there; taken back when the node returns with it.
 * `superseded`: not wanted any more (moved, or another attempt decided), to be cancelled where a node still lists it.
 */
export type ExecutionStatus = "assigned" | "accepted" | "running" | "lost" | "superseded" | "finished";

export interface ExecutionState {
  readonly id: string;
  readonly attempt: number;
  readonly node: string;
  readonly status: ExecutionStatus;
  readonly outcome: ExecutionOutcome | null;
}

/** The rules that a task was submitted under. */
export type TaskRules = Pick<TaskSpec, "duplicates" | "attemptsMax" | "restart">;

/**
 * One task with all its attempts, oldest first. Invariants, whatever arrives in whatever order:
 * - `succeeded`, `failed` and `cancelled` are never left; `unknown` is left only for one of them, by the execution's own report or by a person;
 * - at most one execution is live (assigned, accepted or running), and it is `executionId`;
 * - `attempt` never exceeds `attemptsMax`, and an execution id is never given to two nodes unless it provably reached neither;
 * - with duplicates forbidden, at most one execution exists whose start cannot be excluded.
 */
export interface TaskState {
  readonly id: string;
  readonly rules: TaskRules;
  readonly status: TaskStatus;
  readonly reason: string;
  readonly attempt: number;
  /** The execution that the status speaks of; null while the task never had one. */
  readonly executionId: string | null;
  readonly executions: readonly ExecutionState[];
}

export type ReportedNews = Pick<ExecutionReport, "status" | "outcome" | "exitCode" | "signal" | "message">;

export type TaskInput =
  /** The planner chose a node. */
  | { readonly kind: "assigned"; readonly node: string }
  /** The first hand-over found nobody who could have received it: the execution provably never reached an agent. */
  | { readonly kind: "withdrawn"; readonly executionId: string; readonly reason: string }
  | { readonly kind: "reported"; readonly executionId: string; readonly node: string; readonly report: ReportedNews }
  /** The node says that it holds the execution now. */
  | { readonly kind: "held"; readonly executionId: string; readonly node: string }
  /** The node went away, or lives and no longer holds the execution. */
  | { readonly kind: "nodeLost"; readonly executionId: string; readonly reason: string }
  /** It may not run again, and nobody has said for too long how it fares. */
  | { readonly kind: "givenUp"; readonly executionId: string; readonly reason: string }
  /** The agent should have ended it long ago. */
  | { readonly kind: "expired"; readonly executionId: string; readonly reason: string }
  | { readonly kind: "moved"; readonly executionId: string; readonly node: string; readonly reason: string }
  | { readonly kind: "cancelled"; readonly reason: string };

/**
 * `changed`: the task is another one now. `recorded`: only an old execution's row is, the task stays as it was.
 * `ignored`: the input is late or makes no sense here, nothing changes.
 */
export type Transition =
  | { readonly effect: "changed"; readonly task: TaskState }
  | { readonly effect: "recorded"; readonly task: TaskState; readonly why: string }
  | { readonly effect: "ignored"; readonly task: TaskState; readonly why: string };

export const executionIdOf = (taskId: string, attempt: number): string => `${taskId}.${attempt}`;

const decided: ReadonlySet<TaskStatus> = new Set(["succeeded", "failed", "cancelled"]);
/** Nothing will change any more. `unknown` is not among them: the truth may still arrive. */
export const isDecided = (status: TaskStatus): boolean => decided.has(status);
const live: ReadonlySet<ExecutionStatus> = new Set(["assigned", "accepted", "running"]);
/** The execution takes place, or is about to, as far as the scheduler knows. */
export const isLive = (execution: Pick<ExecutionState, "status">): boolean => live.has(execution.status);

/** Whether a task that lost its execution may get another one. */
export const mayRunAgain = (task: Pick<TaskState, "rules" | "attempt">): boolean =>
  task.rules.duplicates === "allowed" && task.attempt < task.rules.attemptsMax;

/** A task as it was just created. */
export const createdTask = (id: string, rules: TaskRules): TaskState => ({
  id,
  rules,
  status: "queued",
  reason: "waits for the scheduler",
  attempt: 0,
  executionId: null,
  executions: [],
});

/** The task after `input`. Pure; see {@link TaskState} for what holds afterwards. */
export const apply = (task: TaskState, input: TaskInput): Transition => {
  switch (input.kind) {
    case "assigned":
      return assigned(task, input.node);
    case "withdrawn":
      return withdrawn(task, input.executionId, input.reason);
    case "reported":
      return reported(task, input.executionId, input.node, input.report);
    case "held":
      return reported(task, input.executionId, input.node, { status: "accepted" });
    case "nodeLost":
      return nodeLost(task, input.executionId, input.reason);
    case "givenUp":
      return givenUp(task, input.executionId, input.reason);
    case "expired":
      return expired(task, input.executionId, input.reason);
    case "moved":
      return moved(task, input.executionId, input.node, input.reason);
    case "cancelled":
      return cancelled(task, input.reason);
  }
};

const changed = (task: TaskState, change: Partial<TaskState>): Transition => ({ effect: "changed", task: { ...task, ...change } });
const ignored = (task: TaskState, why: string): Transition => ({ effect: "ignored", task, why });

/** The executions with one of them changed; every other live one is superseded when `alone` is set. */
const withExecution = (task: TaskState, id: string, change: Partial<ExecutionState>, alone = false): readonly ExecutionState[] =>
  task.executions.map((execution) => {
    if (execution.id === id) return { ...execution, ...change };
    return alone && (isLive(execution) || execution.status === "lost") ? { ...execution, status: "superseded" } : execution;
  });

/** The execution that the task's status speaks of, when `executionId` names it and it is live. */
const current = (task: TaskState, executionId: string): ExecutionState | undefined =>
  task.executionId === executionId && (task.status === "assigned" || task.status === "running")
    ? task.executions.find((execution) => execution.id === executionId && isLive(execution))
    : undefined;

const next = (task: TaskState, node: string): Pick<TaskState, "status" | "reason" | "attempt" | "executionId"> & { added: ExecutionState } => {
  const attempt = task.attempt + 1;
  const id = executionIdOf(task.id, attempt);
  const added: ExecutionState = { id, attempt, node, status: "assigned", outcome: null };
  return { status: "assigned", reason: `handed to ${node}`, attempt, executionId: id, added };
};

const assigned = (task: TaskState, node: string): Transition => {
  if (task.status !== "queued") return ignored(task, `the task is ${task.status}, only a queued one is assigned`);
  if (task.attempt >= task.rules.attemptsMax) return ignored(task, `all ${task.rules.attemptsMax} attempts are used`);
  const { added, ...change } = next(task, node);
  const executions = task.executions.map((old): ExecutionState => (old.status === "lost" ? { ...old, status: "superseded" } : old));
  return changed(task, { ...change, executions: [...executions, added] });
};

const withdrawn = (task: TaskState, executionId: string, reason: string): Transition => {
  const execution = current(task, executionId);
  if (execution?.status !== "assigned") return ignored(task, `${executionId} is not an execution that nobody has seen yet`);
  const executions = task.executions.filter((other) => other.id !== executionId);
  return changed(task, { status: "queued", reason, attempt: task.attempt - 1, executionId: executions.at(-1)?.id ?? null, executions });
};

const reported = (task: TaskState, executionId: string, node: string, report: ReportedNews): Transition => {
  const execution = task.executions.find((other) => other.id === executionId);
  if (execution === undefined) return ignored(task, `the task has no execution ${executionId}`);
  if (execution.node !== node) return ignored(task, `${executionId} was handed to ${execution.node}, not to ${node}`);
  if (execution.status === "finished") return ignored(task, `${executionId} has already finished`);
  return report.status === "finished" ? finished(task, execution, report) : progressed(task, execution, report.status);
};

const progressed = (task: TaskState, execution: ExecutionState, status: "accepted" | "running"): Transition => {
  const isCurrent = current(task, execution.id) !== undefined;
  const returned = task.status === "queued" && task.executionId === execution.id && execution.status === "lost";
  if (!isCurrent && !returned) return ignored(task, `${execution.id} is not the execution the task waits for`);
  if (isCurrent && (execution.status === "running" || execution.status === status))
    return ignored(task, `${execution.id} is ${execution.status} already`);
  const reason = status === "running" ? `runs on ${execution.node}` : `accepted by ${execution.node}`;
  return changed(task, {
    status: status === "running" ? "running" : "assigned",
    reason,
    executions: withExecution(task, execution.id, { status }),
  });
};

const finished = (task: TaskState, execution: ExecutionState, report: ReportedNews): Transition => {
  const outcome = report.outcome ?? "interrupted";
  const executions = withExecution(task, execution.id, { status: "finished", outcome });
  const recorded = (why: string): Transition => ({ effect: "recorded", task: { ...task, executions }, why });
  if (isDecided(task.status)) return recorded(`the task has ${task.status} already`);
  const ours = task.executionId === execution.id && execution.status !== "superseded";
  if (!ours && !lateFinish(task.rules, report)) return recorded(`${execution.id} is not the execution the task waits for`);
  const verdict = verdictOf(task, execution, report);
  if (verdict.kind === "queued" && task.status === "unknown") return changed(task, { status: "failed", reason: verdict.reason, executions });
  if (verdict.kind === "unknown" && task.status === "unknown") return recorded(verdict.reason);
  const alone = withExecution(task, execution.id, { status: "finished", outcome }, true);
  return changed(task, { status: verdict.kind, reason: verdict.reason, executionId: execution.id, executions: alone });
};

const nodeLost = (task: TaskState, executionId: string, reason: string): Transition => {
  if (current(task, executionId) === undefined) return ignored(task, `${executionId} is not the execution the task waits for`);
  if (!mayRunAgain(task)) return ignored(task, "the task may not run again: its fate is waited for");
  return changed(task, { status: "queued", reason, executions: withExecution(task, executionId, { status: "lost" }) });
};

const givenUp = (task: TaskState, executionId: string, reason: string): Transition => {
  if (current(task, executionId) === undefined) return ignored(task, `${executionId} is not the execution the task waits for`);
  if (mayRunAgain(task)) return ignored(task, "the task may run again instead");
  return changed(task, { status: "unknown", reason, executions: withExecution(task, executionId, { status: "lost" }) });
};

const expired = (task: TaskState, executionId: string, reason: string): Transition => {
  if (current(task, executionId) === undefined) return ignored(task, `${executionId} is not the execution the task waits for`);
  return changed(task, { status: "failed", reason, executions: withExecution(task, executionId, { status: "superseded" }) });
};

const moved = (task: TaskState, executionId: string, node: string, reason: string): Transition => {
  const execution = current(task, executionId);
  if (execution === undefined) return ignored(task, `${executionId} is not the execution the task waits for`);
  if (!mayRunAgain(task)) return ignored(task, "the task may not run again, so it cannot move");
  if (execution.node === node) return ignored(task, `it is on ${node} already`);
  const { added, ...change } = next(task, node);
  return changed(task, { ...change, reason, executions: [...withExecution(task, executionId, { status: "superseded" }), added] });
};

const cancelled = (task: TaskState, reason: string): Transition => {
  if (isDecided(task.status)) return ignored(task, `the task has ${task.status} already`);
  const executions = task.executions.map((old): ExecutionState => (isLive(old) || old.status === "lost" ? { ...old, status: "superseded" } : old));
  return changed(task, { status: "cancelled", reason, executions });
};
