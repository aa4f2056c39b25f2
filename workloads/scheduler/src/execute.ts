import type { NodeRecord } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { HandOver, HandOverTask } from "./hand-over.ts";
import type { Step } from "./step.ts";
import type { Applied, OpenTask, TaskQueue } from "./task-queue.ts";

/** What steps are carried out with. */
export interface Executor {
  readonly queue: TaskQueue;
  readonly handOver: HandOver;
  readonly clock: Clock;
  readonly fence: number;
  readonly tasks: ReadonlyMap<string, OpenTask>;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  /** A first hand-over reached nobody: the node is avoided until the registry says something new of it. */
  unreachable(node: string): void;
  /** Something changed that deserves another look at the queue. */
  wake(): void;
  /** Runs beside the loop; its failures are logged. */
  beside(what: string, run: () => Promise<void>): void;
  readonly stopping: () => boolean;
}

type Steps = { readonly [Kind in Step["kind"]]: (step: Extract<Step, { kind: Kind }>, executor: Executor) => Promise<boolean> };

/** How each step is carried out; `true` when it changed a task. A step that came too late is refused by the state machine and changes nothing. */
const steps: Steps = {
  place: async ({ taskId, node, placement }, executor) => {
    const applied = await executor.queue.change(taskId, { kind: "assigned", node }, { fence: executor.fence, placement });
    firstHandOver(executor, applied);
    return applied.effect === "changed";
  },
  move: async ({ taskId, executionId, from, to, reason, placement }, executor) => {
    const applied = await executor.queue.change(taskId, { kind: "moved", executionId, node: to, reason }, { fence: executor.fence, placement });
    if (applied.effect !== "changed") return false;
    firstHandOver(executor, applied);
    executor.beside("cancel", () => executor.handOver.cancel(from, executionId, reason));
    return true;
  },
  wait: async ({ taskId, reason, placement }, { queue, fence }) => {
    await queue.wait(taskId, reason, placement, fence);
    return false;
  },
  resend: async ({ taskId, executionId, node }, executor) => {
    const task = executor.tasks.get(taskId);
    if (task === undefined) return false;
    const again: HandOverTask = { taskId, executionId, node, attempt: task.row.attempt, spec: task.spec };
    const wanted = async () => {
      const held = (await executor.queue.held([executionId])).get(executionId);
      return held?.isCurrent === true && held.status === "assigned" && held.node === node;
    };
    executor.beside("hand over", () => executor.handOver.assignAgain(again, wanted));
    return false;
  },
  hold: async ({ taskId, executionId, node }, { queue, fence }) =>
    (await queue.change(taskId, { kind: "held", executionId, node }, { fence })).effect === "changed",
  lose: async ({ taskId, executionId, reason }, { queue, fence }) =>
    (await queue.change(taskId, { kind: "nodeLost", executionId, reason }, { fence })).effect === "changed",
  giveUp: async ({ taskId, executionId, reason }, { queue, fence }) =>
    (await queue.change(taskId, { kind: "givenUp", executionId, reason }, { fence })).effect === "changed",
  expire: async ({ taskId, executionId, node, reason }, executor) => {
    const applied = await executor.queue.change(taskId, { kind: "expired", executionId, reason }, { fence: executor.fence });
    executor.beside("cancel", () => executor.handOver.cancel(node, executionId, reason));
    return applied.effect === "changed";
  },
  cancel: async ({ executionId, node, reason }, executor) => {
    executor.beside("cancel", () => executor.handOver.cancel(node, executionId, reason));
    return false;
  },
};

/** Carries out the steps in order. Answers how many changed a task; rejects with FenceLost when another replica runs the loop. */
export const execute = async (planned: readonly Step[], executor: Executor): Promise<number> => {
  let changed = 0;
  for (const step of planned) {
    if (executor.stopping()) break;
    const run = steps[step.kind] as (step: Step, executor: Executor) => Promise<boolean>;
    if (await run(step, executor)) changed += 1;
  }
  return changed;
};

/** Only this hand-over, the first after the commit, can prove that nobody got the execution: then it is taken back and placed elsewhere. */
const firstHandOver = (executor: Executor, { effect, task }: Applied): void => {
  if (effect !== "changed" || task === null || task.executionId === null || task.node === null) return;
  const { id: taskId, executionId, node, attempt, spec } = task;
  const nobody = async () => {
    if (executor.stopping()) return;
    executor.unreachable(node);
    const reason = `${node} could not be reached`;
    await executor.queue.change(taskId, { kind: "withdrawn", executionId, reason }, { fence: executor.fence });
    executor.handOver.forget(executionId);
    executor.wake();
  };
  executor.beside("hand over", () => executor.handOver.assignFirst({ taskId, executionId, node, attempt, spec }, nobody));
};
