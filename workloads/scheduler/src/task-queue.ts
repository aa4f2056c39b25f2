import type { ExecutionReport, PlacementExplanation, TaskRecord, TaskSpec, TaskStatus } from "@fogline/contracts";
import { taskChanged } from "@fogline/contracts";
import type { Clock, Database, Random } from "@fogline/ports";
import { emit } from "@fogline/rpc";
import type { Transaction } from "kysely";
import { FenceLost } from "./fence.ts";
import { listMovePage, type MoveFilter, pruneMoves, storeMove } from "./moves.ts";
import { recordOf, resultOf, taskStateOf, travelling } from "./records.ts";
import { type ExecutionRow, type FenceRow, loopFence, type SchedulerSchema, type TaskRow } from "./schema.ts";
import { listTaskPage, type TaskFilter, type TaskPage } from "./task-page.ts";
import { apply, createdTask, type ExecutionStatus, type TaskInput, type TaskState, type Transition } from "./task-state.ts";
import { storeTransition } from "./transition-store.ts";

/** The row without its long parts, which planning does not read. */
export type OpenTaskRow = Omit<TaskRow, "placement" | "result">;

/** What a node's listing is judged by. */
export interface HeldExecution {
  readonly node: string;
  readonly status: ExecutionStatus;
  readonly taskStatus: TaskStatus;
  /** Whether the task's status speaks of this execution. */
  readonly isCurrent: boolean;
}

/** A task that is not over, with its attempts, as the planner sees it. */
export interface OpenTask {
  readonly row: OpenTaskRow;
  readonly spec: TaskSpec;
  readonly state: TaskState;
  readonly executions: readonly ExecutionRow[];
}

export type Created =
  | { readonly kind: "created"; readonly task: TaskRecord }
  | { readonly kind: "full"; readonly queued: number; readonly limit: number };

/** Stores the answer of the request in the transaction that makes its change. */
export type Remember = (transaction: Transaction<SchedulerSchema>, task: TaskRecord) => Promise<void>;

/** The outcome of an input: what the machine said, and the task as it is stored now. */
export interface Applied {
  readonly effect: Transition["effect"] | "missing";
  readonly why: string;
  readonly task: TaskRecord | null;
}

export interface ChangeOptions {
  /** Set by the loop: the change is refused when another replica holds the loop meanwhile. */
  readonly fence?: number;
  readonly placement?: PlacementExplanation;
  readonly report?: ExecutionReport;
  readonly correlationId?: string;
}

export interface TaskQueuePorts {
  readonly database: Database<SchedulerSchema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly source: string;
  /** Called after a commit that holds an event. */
  readonly committed?: () => void;
}

const idsAtOnce = 200;
const openColumns = [
  ...(["id", "spec", "status", "reason", "priority", "attempt", "execution_id", "node"] as const),
  ...(["created_at_ms", "started_at_ms", "finished_at_ms", "version"] as const),
];
const openStatuses: readonly TaskStatus[] = ["queued", "assigned", "running"];

/**
 * The scheduler's repository: tasks and their executions. Every change of a task is one transaction that also holds its event, so what
 * is stored and what is told never differ. Changes go through the state machine; nothing else writes a status.
 */
export class TaskQueue {
  readonly #ports: TaskQueuePorts;

  constructor(ports: TaskQueuePorts) {
    this.#ports = ports;
  }

  /** Stores a new task, unless `limit` tasks wait already. `remember` stores what else belongs into the same transaction. */
  create(spec: TaskSpec, options: { limit: number; remember?: Remember; correlationId?: string }): Promise<Created> {
    const { clock, random } = this.#ports;
    const id = random.id();
    const now = clock.now();
    return this.#ports.database
      .transaction(async (transaction): Promise<Created> => {
        const queued = await countOf(transaction, "queued");
        if (queued >= options.limit) return { kind: "full", queued, limit: options.limit };
        const state = createdTask(id, spec);
        const row: TaskRow = {
          ...{ id, spec: JSON.stringify(spec), status: state.status, reason: state.reason, priority: spec.priority, attempt: 0 },
          ...{ execution_id: null, node: null, placement: null, result: null },
          ...{ created_at_ms: now, started_at_ms: null, finished_at_ms: null, version: 1 },
        };
        await transaction.insertInto("tasks").values(row).execute();
        const task = recordOf(row);
        await this.#announce(transaction, task, options.correlationId);
        await options.remember?.(transaction, task);
        return { kind: "created", task };
      })
      .finally(() => this.#ports.committed?.());
  }

  async get(id: string): Promise<TaskRecord | undefined> {
    const row = await this.#ports.database.kysely.selectFrom("tasks").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : recordOf(row);
  }

  /** Newest first. `next` is the cursor of the following page; large records travel shortened, and a page may end early for its size. */
  list(filter: TaskFilter): Promise<TaskPage> {
    return listTaskPage(this.#ports.database.kysely, filter);
  }

  /** Where tasks were placed and why they moved, newest first. */
  moves(filter: MoveFilter): ReturnType<typeof listMovePage> {
    return listMovePage(this.#ports.database.kysely, filter);
  }

  /** Every task that is not over, most urgent first, then oldest first. */
  async open(): Promise<OpenTask[]> {
    const { kysely } = this.#ports.database;
    const rows = await kysely
      .selectFrom("tasks")
      .select(openColumns)
      .where("status", "in", [...openStatuses])
      .orderBy("priority", "desc")
      .orderBy("created_at_ms")
      .orderBy("id")
      .execute();
    const executions = await kysely
      .selectFrom("executions")
      .innerJoin("tasks", "tasks.id", "executions.task_id")
      .selectAll("executions")
      .where("tasks.status", "in", [...openStatuses])
      .orderBy("executions.attempt")
      .execute();
    const byTask = Map.groupBy(executions, (execution) => execution.task_id);
    return rows.map((row) => {
      const spec = JSON.parse(row.spec) as TaskSpec;
      const own = byTask.get(row.id) ?? [];
      return { row, spec, state: taskStateOf(row, spec, own), executions: own };
    });
  }

  /** Runs one input through the state machine and stores what it changed, with its event. */
  change(taskId: string, input: TaskInput, options: ChangeOptions = {}): Promise<Applied> {
    return this.#ports.database
      .transaction(async (transaction): Promise<Applied> => {
        if (options.fence !== undefined) await requireFence(transaction, options.fence);
        const row = await transaction.selectFrom("tasks").selectAll().where("id", "=", taskId).executeTakeFirst();
        if (row === undefined) return { effect: "missing", why: `no task "${taskId}"`, task: null };
        const executions = await transaction.selectFrom("executions").selectAll().where("task_id", "=", taskId).orderBy("attempt").execute();
        const spec = JSON.parse(row.spec) as TaskSpec;
        const before = taskStateOf(row, spec, executions);
        const transition = apply(before, input);
        if (transition.effect === "ignored") return { effect: "ignored", why: transition.why, task: recordOf(row) };
        const result = options.report?.status === "finished" && input.kind === "reported" ? resultOf(input.node, options.report) : undefined;
        const now = this.#ports.clock.now();
        const stored = await storeTransition(transaction, { row, before, transition, now, result, placement: options.placement });
        await storeMove(transaction, { taskId, spec, input, transition, before: executions, placement: options.placement, now });
        const task = recordOf(stored);
        if (transition.effect === "recorded") return { effect: "recorded", why: transition.why, task };
        await this.#announce(transaction, task, options.correlationId);
        return { effect: "changed", why: task.reason, task };
      })
      .finally(() => this.#ports.committed?.());
  }

  /** Why a queued task still waits. Written only when the sentence is another one. */
  wait(taskId: string, reason: string, placement: PlacementExplanation, fence: number): Promise<void> {
    return this.#ports.database
      .transaction(async (transaction) => {
        await requireFence(transaction, fence);
        const row = await transaction.selectFrom("tasks").selectAll().where("id", "=", taskId).executeTakeFirst();
        if (row?.status !== "queued" || row.reason === reason) return;
        const changed = { ...row, reason, placement: JSON.stringify(placement), version: row.version + 1 };
        const { placement: stored, version } = changed;
        await transaction.updateTable("tasks").set({ reason, placement: stored, version }).where("id", "=", taskId).execute();
        await this.#announce(transaction, recordOf(changed), undefined);
      })
      .finally(() => this.#ports.committed?.());
  }

  /** How executions that a node lists stand; ids nobody knows are absent. */
  async held(executionIds: readonly string[]): Promise<ReadonlyMap<string, HeldExecution>> {
    const found = new Map<string, HeldExecution>();
    for (let start = 0; start < executionIds.length; start += idsAtOnce) {
      const rows = await this.#ports.database.kysely
        .selectFrom("executions")
        .innerJoin("tasks", "tasks.id", "executions.task_id")
        .select(["executions.id", "executions.node", "executions.status", "tasks.status as taskStatus", "tasks.execution_id as current"])
        .where("executions.id", "in", executionIds.slice(start, start + idsAtOnce))
        .execute();
      for (const { id, node, status, taskStatus, current } of rows) found.set(id, { node, status, taskStatus, isCurrent: current === id });
    }
    return found;
  }

  /** Makes `fence` the only one that may write, unless a newer one did so before. */
  raiseFence(fence: number): Promise<boolean> {
    return this.#ports.database.transaction(async (transaction) => {
      const { fence: newest } = await fenceIn(transaction);
      if (newest > fence) return false;
      await transaction.updateTable("fences").set({ fence }).where("name", "=", loopFence).execute();
      return true;
    });
  }

  /** Forgets the oldest finished tasks above `keep`, and old moves. Answers how many tasks; at most `atOnce` a call. */
  prune(keep: number, fence: number, atOnce = 500): Promise<number> {
    return this.#ports.database.transaction(async (transaction) => {
      await requireFence(transaction, fence);
      await pruneMoves(transaction, this.#ports.clock.now());
      const old = await transaction
        .selectFrom("tasks")
        .select("id")
        .where("status", "not in", [...openStatuses])
        .orderBy("created_at_ms", "desc")
        .orderBy("id", "desc")
        .offset(keep)
        .limit(atOnce)
        .execute();
      if (old.length === 0) return 0;
      const ids = old.map((row) => row.id);
      await transaction.deleteFrom("executions").where("task_id", "in", ids).execute();
      await transaction.deleteFrom("tasks").where("id", "in", ids).execute();
      return ids.length;
    });
  }

  async counts(): Promise<Readonly<Partial<Record<TaskStatus, number>>>> {
    const { kysely } = this.#ports.database;
    const rows = await kysely
      .selectFrom("tasks")
      .select(["status", (count) => count.fn.countAll().as("count")])
      .groupBy("status")
      .execute();
    return Object.fromEntries(rows.map((row) => [row.status, Number(row.count)]));
  }

  #announce(transaction: Transaction<SchedulerSchema>, task: TaskRecord, correlationId: string | undefined): Promise<void> {
    const { clock, random, source } = this.#ports;
    const meta = { clock, random, source, ...(correlationId === undefined ? {} : { correlationId }) };
    return emit(transaction, taskChanged, { task: travelling(task) }, meta);
  }
}

const countOf = async (transaction: Transaction<SchedulerSchema>, status: TaskStatus): Promise<number> => {
  const row = await transaction
    .selectFrom("tasks")
    .select((count) => count.fn.countAll().as("count"))
    .where("status", "=", status)
    .executeTakeFirstOrThrow();
  return Number(row.count);
};

const fenceIn = (transaction: Transaction<SchedulerSchema>): Promise<FenceRow> =>
  transaction.selectFrom("fences").selectAll().where("name", "=", loopFence).executeTakeFirstOrThrow();

const requireFence = async (transaction: Transaction<SchedulerSchema>, fence: number): Promise<void> => {
  const { fence: newest } = await fenceIn(transaction);
  if (newest !== fence) throw new FenceLost(fence, newest);
};
