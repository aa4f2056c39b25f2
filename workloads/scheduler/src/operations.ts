import {
  cancelTask,
  createTask,
  explainTask,
  failureOf,
  getTask,
  listMoves,
  listTasks,
  type PlacementExplanation,
  reportExecution,
  type TaskRecord,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { ifNodeFails, place } from "@fogline/placement";
import { type Handler, handle } from "@fogline/rpc";
import type { Log } from "@fogline/service";
import type { SchedulerConfig } from "./config.ts";
import type { HandOver } from "./hand-over.ts";
import type { Loop } from "./loop.ts";
import { planCancels } from "./plan-executions.ts";
import { explained, optionsFor } from "./plan-placements.ts";
import type { PolicyWatch } from "./policy-watch.ts";
import type { OpenTask, TaskQueue } from "./task-queue.ts";
import { Promises, type World } from "./world.ts";

export interface OperationParts {
  readonly config: SchedulerConfig;
  readonly queue: TaskQueue;
  readonly handOver: HandOver;
  readonly policies: PolicyWatch;
  readonly loop: Loop;
  readonly log: Log;
}

/** The operations that the scheduler answers; any replica can answer any of them. */
export const operations = (parts: OperationParts): Handler[] => [
  submit(parts),
  handle(listTasks, async (request) => ok(await parts.queue.list(request))),
  handle(getTask, async ({ id }) => {
    const task = await parts.queue.get(id);
    return task === undefined ? fail(failureOf(getTask, "notFound", { id })) : ok(task);
  }),
  handle(explainTask, async ({ id }) => {
    const task = await parts.queue.get(id);
    return task === undefined ? fail(failureOf(explainTask, "notFound", { id })) : ok(explain(task, await parts.loop.world()));
  }),
  handle(listMoves, async (request) => ok(await parts.queue.moves(request))),
  cancel(parts),
  report(parts),
];

const submit = ({ config, queue, policies, loop }: OperationParts): Handler =>
  handle(createTask, async (spec, context) => {
    const refusal = await policies.admit(spec, context.correlationId);
    if (refusal !== undefined) return fail(failureOf(createTask, "refusedByPolicy", { refusal: { ...refusal, facts: { ...refusal.facts } } }));
    const created = await queue.create(spec, {
      limit: config.queueMax,
      correlationId: context.correlationId,
      remember: (transaction, task) => context.remember(transaction, task),
    });
    if (created.kind === "full") return fail(failureOf(createTask, "queueFull", { queued: created.queued, limit: created.limit }));
    loop.wake();
    return ok(created.task);
  });

const cancel = ({ queue, handOver, loop }: OperationParts): Handler =>
  handle(cancelTask, async ({ id }, context) => {
    const reason = `cancelled by ${context.principal.name}`;
    const { task, effect } = await queue.change(id, { kind: "cancelled", reason }, { correlationId: context.correlationId });
    if (task === null) return fail(failureOf(cancelTask, "notFound", { id }));
    if (effect === "changed" && task.node !== null && task.executionId !== null) {
      // Not waited for: the task is cancelled whether or not its node can be reached now; the loop asks again while the node lists it.
      void handOver.cancel(task.node, task.executionId, reason);
      loop.wake();
    }
    return ok(task);
  });

const report = (parts: OperationParts): Handler =>
  handle(reportExecution, async ({ node, report: news }, context) => {
    const { queue, loop, log } = parts;
    const input = { kind: "reported", executionId: news.executionId, node, report: news } as const;
    const { effect, why, task } = await queue.change(news.taskId, input, { report: news, correlationId: context.correlationId });
    if (effect !== "changed") {
      log.info({ executionId: news.executionId, node, status: news.status, effect, why }, "a report changed no task");
      if (news.status !== "finished") await endUnwanted(parts, node, news.executionId);
    } else if (task?.status !== "assigned" && task?.status !== "running") loop.wake();
    return ok({});
  });

/** An execution that started although nobody waits for it any more, as after a cancel that arrived before it, is ended without waiting for a heartbeat. */
const endUnwanted = async ({ queue, handOver }: OperationParts, node: string, executionId: string): Promise<void> => {
  for (const step of planCancels([{ node, executionId }], await queue.held([executionId]))) void handOver.cancel(node, executionId, step.reason);
};

/** Where the task would go now, and if its node failed. The task's own share of its node counts as free: it would not compete with itself. */
export const explain = (task: TaskRecord, world: World): { task: TaskRecord; now: PlacementExplanation; ifNodeFails: string | null } => {
  const open = world.tasks.find(({ row }) => row.id === task.id);
  const others = world.tasks.filter(({ row }) => row.id !== task.id);
  const nodes = new Promises({ nodes: world.nodes, tasks: others }).nodes();
  const options = optionsFor(world, open ?? settled(task));
  const now = explained(place(task.spec, nodes, options), world.now);
  const holder = task.node ?? now.chosen;
  return { task, now, ifNodeFails: holder === null ? now.chosen : ifNodeFails(task.spec, nodes, holder, options) };
};

/** A task that is over has no executions that say where not to try it. */
const settled = (task: TaskRecord): Pick<OpenTask, "spec" | "executions"> => ({ spec: task.spec, executions: [] });
