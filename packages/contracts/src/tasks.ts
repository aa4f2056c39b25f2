import { z } from "zod";
import { ExecutionOutcome } from "./agent-protocol.ts";
import { errorOf, event, operation } from "./kernel/declaration.ts";
import { NodeId, tierNames } from "./nodes.ts";

const MiB = 1024 ** 2;

/** What a person asks to have run. Resources are what the task is promised and held to. */
export const TaskSpec = z.strictObject({
  command: z.array(z.string().max(8_192)).min(1).max(256),
  image: z.string().max(512).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768)).default({}),
  cpuCores: z.number().positive().max(4_096).default(0.1),
  memoryBytes: z
    .int()
    .positive()
    .default(64 * MiB),
  gpu: z.boolean().default(false),
  processesMax: z.int().positive().max(65_536).default(64),
  /** Null runs until it ends or is cancelled. */
  timeoutMs: z.int().positive().nullable().default(600_000),
  outputBytesMax: z.int().min(0).max(65_536).default(16_384),
  inputBytes: z.int().min(0).default(0),
  /** 0 is least, 9 most urgent. */
  priority: z.int().min(0).max(9).default(5),
  /**
   * `allowed`: the task may run again elsewhere when its node is lost, at the price of running twice. `forbidden`: at most one execution ever
   * starts; when its fate is not known the task ends as `unknown`.
   */
  duplicates: z.enum(["allowed", "forbidden"]).default("allowed"),
  attemptsMax: z.int().min(1).max(100).default(3),
  restart: z.enum(["never", "on-failure", "always"]).default("never"),
  node: NodeId.optional(),
  site: z.string().optional(),
  tiers: z.array(z.enum(tierNames)).optional(),
  architecture: z.enum(["amd64", "arm64", "riscv64", "arm"]).optional(),
  /** The task's data may only be processed where the node's residency is this. */
  residency: z.string().optional(),
  /** Which scores place it: `fog` is battery, heat and network aware; `tiers` weighs resource, latency, capability, level, availability. */
  profile: z.enum(["fog", "tiers"]).default("fog"),
  labels: z.record(z.string(), z.string()).default({}),
});

export const TaskStatus = z.enum(["queued", "assigned", "running", "succeeded", "failed", "cancelled", "unknown"]);

export const RefusalSchema = z.object({
  rule: z.string(),
  message: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** Why a task is where it is: every candidate's score by part, and every node refused with its reason. */
export const PlacementExplanation = z.object({
  decidedAtMs: z.int(),
  profile: z.string(),
  chosen: z.string().nullable(),
  candidates: z.array(
    z.object({
      node: z.string(),
      score: z.number(),
      /** In the order they apply. `points` are added, `factors` multiply. */
      parts: z.array(z.object({ name: z.string(), kind: z.enum(["points", "factor"]), value: z.number(), reason: z.string().optional() })),
    }),
  ),
  refused: z.array(z.object({ node: z.string(), refusal: RefusalSchema })),
});

export const TaskResult = z.object({
  executionId: z.string(),
  node: z.string(),
  outcome: ExecutionOutcome,
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  outputTruncated: z.boolean(),
  message: z.string().nullable(),
  finishedAtMs: z.int(),
});

export const TaskRecord = z.object({
  id: z.string(),
  spec: TaskSpec,
  status: TaskStatus,
  /** In a sentence: why it waits, where it runs, how it ended. */
  reason: z.string(),
  attempt: z.int(),
  node: z.string().nullable(),
  executionId: z.string().nullable(),
  placement: PlacementExplanation.nullable(),
  result: TaskResult.nullable(),
  createdAtMs: z.int(),
  startedAtMs: z.int().nullable(),
  finishedAtMs: z.int().nullable(),
  version: z.int(),
});

const notFound = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no task "${id}"`);
const queueFull = errorOf(
  "FL4012",
  z.object({ queued: z.int(), limit: z.int() }),
  ({ queued, limit }) => `${queued} tasks wait, the limit is ${limit}`,
);
const refusedByPolicy = errorOf("FL4013", z.object({ refusal: RefusalSchema }), ({ refusal }) => refusal.message);
const byId = z.object({ id: z.string() });

export const createTask = operation({
  name: "tasks.create",
  summary: "Submit a task. Answered when it is stored: from then on it is never lost.",
  role: "user",
  idempotency: "key",
  http: { method: "POST", path: "/api/tasks" },
  request: TaskSpec,
  response: TaskRecord,
  errors: { queueFull, refusedByPolicy },
});

export const listTasks = operation({
  name: "tasks.list",
  summary: "Tasks, newest first.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/tasks" },
  request: z.object({
    status: TaskStatus.optional(),
    node: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
    /** The id of the last task of the page before. */
    after: z.string().optional(),
  }),
  response: z.object({ tasks: z.array(TaskRecord), next: z.string().nullable() }),
});

export const getTask = operation({
  name: "tasks.get",
  summary: "One task with its placement and result.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/tasks/:id" },
  request: byId,
  response: TaskRecord,
  errors: { notFound },
});

export const explainTask = operation({
  name: "tasks.explain",
  summary: "Why the task is where it is, and where it would go if that node failed. Computed anew over the live fleet.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/tasks/:id/placement" },
  request: byId,
  response: z.object({ task: TaskRecord, now: PlacementExplanation, ifNodeFails: z.string().nullable() }),
  errors: { notFound },
});

export const cancelTask = operation({
  name: "tasks.cancel",
  summary: "Cancel a task; an execution that runs is asked to end.",
  role: "user",
  idempotency: "natural",
  http: { method: "POST", path: "/api/tasks/:id/cancel" },
  request: byId,
  response: TaskRecord,
  errors: { notFound },
});

/** A task that went to another node than before, or came to its first one (`from` is null). */
export const TaskMove = z.object({
  atMs: z.int(),
  taskId: z.string(),
  command: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  /** Why it could not stay, or why the node was chosen. */
  reason: z.string(),
});

export const listMoves = operation({
  name: "tasks.moves",
  summary: "Where tasks were placed and why they moved, newest first.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/moves" },
  request: z.object({
    sinceMs: z.coerce.number().int().optional(),
    /** Only those that left another node. */
    movedOnly: z.stringbool().default(true),
    limit: z.coerce.number().int().min(1).max(1_000).default(500),
    /** Moves before this time. */
    beforeMs: z.coerce.number().int().optional(),
  }),
  response: z.object({ moves: z.array(TaskMove), nextBeforeMs: z.int().nullable() }),
});

export const taskChanged = event({ name: "tasks.changed", summary: "A task was created or changed.", data: z.object({ task: TaskRecord }) });

export type TaskSpec = z.output<typeof TaskSpec>;
export type TaskStatus = z.output<typeof TaskStatus>;
export type TaskRecord = z.output<typeof TaskRecord>;
export type TaskResult = z.output<typeof TaskResult>;
export type PlacementExplanation = z.output<typeof PlacementExplanation>;
export type TaskMove = z.output<typeof TaskMove>;
