import {
  cancelTask,
  createTask,
  explainTask,
  failureOf,
  getTask,
  type Input,
  listMoves,
  listTasks,
  type PlacementExplanation,
  type TaskMove,
  type TaskRecord,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Answering, answering, lost } from "./answering.ts";
import type { World } from "./hub.ts";
import { placementOf, taskOf } from "./records.ts";

export interface TaskServices {
  /** What the page asked to make, in order, each with its key. */
  readonly submitted: { readonly spec: Input<(typeof createTask)["request"]>; readonly key: string | null }[];
  /** Lets the next answer of `tasks.create` get lost on its way. */
  loseNext: boolean;
  readonly answers: (world: World, nowMs: number) => readonly Answering[];
}

const nowPlacement = (nowMs: number): PlacementExplanation => ({ ...placementOf(nowMs), chosen: "jetson-1" });

/** A course with a move: t-81 began on jetson-2 and left it when it became hot. */
const movesOf = (nowMs: number): TaskMove[] => [
  { atMs: nowMs - 20_000, taskId: "t-81", command: "python3 detect.py", from: "jetson-2", to: "pi-2", reason: "jetson-2 is hot: 83 °C" },
  { atMs: nowMs - 40_000, taskId: "t-81", command: "python3 detect.py", from: null, to: "jetson-2", reason: "the best of 3" },
  { atMs: nowMs - 30_000, taskId: "t-7", command: "uname", from: null, to: "pi-1", reason: "the best of 3" },
];

/** The scheduler as the pages see it: it makes one task per key, as the real one does. */
export const taskServices = (): TaskServices => {
  const made = new Map<string, TaskRecord>();
  const services: TaskServices = {
    submitted: [],
    loseNext: false,
    answers: ({ tasks }, nowMs) => [
      answering(listTasks, async ({ status, node, limit, after }) => {
        const having = [...tasks.values()]
          .filter((task) => (status === undefined || task.status === status) && (node === undefined || task.node === node))
          .sort((a, b) => b.createdAtMs - a.createdAtMs);
        const from = after === undefined ? 0 : having.findIndex(({ id }) => id === after) + 1;
        const page = having.slice(from, from + limit);
        return ok({ tasks: page, next: from + limit < having.length ? (page.at(-1)?.id ?? null) : null });
      }),
      answering(createTask, async (spec, { idempotencyKey }) => {
        services.submitted.push({ spec, key: idempotencyKey });
        const id = `t-${90 + made.size}`;
        const known = made.get(idempotencyKey ?? id);
        const task =
          known ?? taskOf(id, nowMs, { spec, status: "queued", reason: "it was just submitted", node: null, executionId: null, placement: null });
        made.set(idempotencyKey ?? id, task);
        tasks.set(task.id, task);
        if (!services.loseNext) return ok(task);
        services.loseNext = false;
        return lost;
      }),
      answering(getTask, async ({ id }) => {
        const task = tasks.get(id);
        return task === undefined ? fail(failureOf(getTask, "notFound", { id })) : ok(task);
      }),
      answering(cancelTask, async ({ id }) => {
        const task = tasks.get(id);
        if (task === undefined) return fail(failureOf(cancelTask, "notFound", { id }));
        const cancelled: TaskRecord = { ...task, status: "cancelled", reason: "cancelled by ada", finishedAtMs: nowMs, version: task.version + 1 };
        tasks.set(id, cancelled);
        return ok(cancelled);
      }),
      answering(explainTask, async ({ id }) => {
        const task = tasks.get(id);
        if (task === undefined) return fail(failureOf(explainTask, "notFound", { id }));
        return ok({ task, now: task.placement?.chosen === null ? task.placement : nowPlacement(nowMs), ifNodeFails: "jetson-1" });
      }),
      answering(listMoves, async () => ok({ moves: movesOf(nowMs), nextBeforeMs: null })),
    ],
  };
  return services;
};
