import type { NodeRecord } from "@fogline/contracts";
import type { ExecutionRow } from "./schema.ts";
import type { Step } from "./step.ts";
import type { HeldExecution, OpenTask } from "./task-queue.ts";
import { isLive, mayRunAgain } from "./task-state.ts";
import type { World } from "./world.ts";

/** A node that reports seldom lists what it holds as seldom: so many of its intervals are waited for at least. */
const intervalsMissing = 3;

/** What to do about executions that were handed out: the ones nodes hold, lost, never took, or should have ended. */
export const planExecutions = (world: World): Step[] =>
  world.tasks.flatMap((task) => task.executions.flatMap((execution) => about(world, task, execution)));

const about = (world: World, task: OpenTask, execution: ExecutionRow): Step[] => {
  const node = world.nodes.get(execution.node);
  const names = { taskId: task.row.id, executionId: execution.id };
  const isCurrent = task.row.execution_id === execution.id;
  if (execution.status === "lost") {
    const back = isCurrent && task.row.status === "queued" && node?.status === "online" && node.executions.includes(execution.id);
    return back ? [{ kind: "hold", ...names, node: execution.node }] : [];
  }
  if (!isCurrent || !isLive(execution)) return [];
  switch (node?.status) {
    case "online":
      return onLivingNode(world, task, execution, node);
    case "suspect":
      return [];
    default:
      return onLostNode(world, task, execution, node);
  }
};

const onLivingNode = (world: World, task: OpenTask, execution: ExecutionRow, node: NodeRecord): Step[] => {
  const { monotonicMs, settings, sentMonotonicMs } = world;
  const names = { taskId: task.row.id, executionId: execution.id };
  if (node.executions.includes(execution.id)) {
    if (execution.status === "assigned") return [{ kind: "hold", ...names, node: node.id }];
    return overdue(world, task, execution, node) ? [{ kind: "expire", ...names, node: node.id, reason: overdueReason(task, node) }] : [];
  }
  if (execution.status === "assigned") {
    const sent = sentMonotonicMs.get(execution.id);
    return sent === undefined || monotonicMs - sent >= settings.resendMs ? [{ kind: "resend", ...names, node: node.id }] : [];
  }
  const news = Math.max(execution.assigned_at_ms, execution.accepted_at_ms ?? 0, execution.started_at_ms ?? 0, node.statusSinceMs, world.sinceMs);
  const missingAfterMs = Math.max(settings.missingAfterMs, intervalsMissing * (node.reportIntervalMs ?? 0));
  if ((node.lastSeenAtMs ?? 0) - news < missingAfterMs) return [];
  return [lost(task, execution, `${node.id} lives and no longer holds it`)];
};

const onLostNode = (world: World, task: OpenTask, execution: ExecutionRow, node: NodeRecord | undefined): Step[] => {
  const says = node === undefined ? `${execution.node} was removed` : `${execution.node} is offline: ${node.reason}`;
  if (mayRunAgain(task.state)) return [lost(task, execution, says)];
  const since = Math.max(node?.statusSinceMs ?? 0, execution.assigned_at_ms, world.sinceMs);
  return world.now - since >= world.settings.unknownAfterMs ? [lost(task, execution, says)] : [];
};

const lost = (task: OpenTask, execution: ExecutionRow, says: string): Step => {
  const names = { taskId: task.row.id, executionId: execution.id };
  if (mayRunAgain(task.state)) return { kind: "lose", ...names, reason: `${says}; it runs again elsewhere` };
  const why = task.spec.duplicates === "forbidden" ? "it may not run twice" : `all ${task.spec.attemptsMax} attempts are used`;
  return { kind: "giveUp", ...names, reason: `${says}; whether it ran is not known, and ${why}` };
};

/** By both clocks: after the wall clock was set forward, or the machine slept, what runs still has the time that it was promised. */
const overdue = ({ now, monotonicMs, takenMonotonicMs, settings }: World, task: OpenTask, execution: ExecutionRow, node: NodeRecord): boolean => {
  const { timeoutMs, restart } = task.spec;
  if (timeoutMs === null || restart !== "never") return false;
  const since = Math.max(execution.started_at_ms ?? execution.accepted_at_ms ?? execution.assigned_at_ms, node.statusSinceMs);
  const takenMs = monotonicMs - (takenMonotonicMs.get(execution.id) ?? monotonicMs);
  return Math.min(now - since, takenMs) > timeoutMs + settings.timeoutGraceMs;
};

const overdueReason = (task: OpenTask, node: NodeRecord): string => `still runs on ${node.id} long after its timeout of ${task.spec.timeoutMs} ms`;

/** Ids that living nodes list and that no open task waits for there; how they stand decides whether they are cancelled. */
export const unexpected = ({ nodes, tasks }: Pick<World, "nodes" | "tasks">): { node: string; executionId: string }[] => {
  const wanted = new Set(tasks.flatMap(({ executions }) => executions.filter(isLive).map(({ id, node }) => `${node}/${id}`)));
  return [...nodes.values()]
    .filter(({ status }) => status === "online")
    .flatMap(({ id, executions }) =>
      executions.filter((execution) => !wanted.has(`${id}/${execution}`)).map((executionId) => ({ node: id, executionId })),
    );
};

/** Cancels what nobody wants. One that finished is only listed late; one of an `unknown` task may still tell how it ended. */
export const planCancels = (
  listed: readonly { node: string; executionId: string }[],
  held: ReadonlyMap<string, HeldExecution>,
): Extract<Step, { kind: "cancel" }>[] =>
  listed.flatMap(({ node, executionId }) => {
    const found = held.get(executionId);
    if (found === undefined) return [{ kind: "cancel", executionId, node, reason: "nobody knows this execution" }];
    if (found.status === "finished" || (found.isCurrent && (isLive(found) || found.status === "lost"))) return [];
    return [
      { kind: "cancel", executionId, node, reason: found.taskStatus === "cancelled" ? "the task was cancelled" : "another attempt decides the task" },
    ];
  });
