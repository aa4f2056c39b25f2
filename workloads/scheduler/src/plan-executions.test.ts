import { TaskSpec } from "@fogline/contracts";
import { profiles } from "@fogline/placement";
import { describe, expect, it } from "vitest";
import { schedulerConfig } from "./config.ts";
import { planExecutions } from "./plan-executions.ts";
import type { ExecutionRow } from "./schema.ts";
import type { OpenTask } from "./task-queue.ts";
import { nodeRecord } from "./testing/fleet.ts";
import type { World } from "./world.ts";

const hourMs = 3_600_000;
const startMs = 10 * hourMs;

/** One task with a timeout of 10 s on node `a`, handed over and begun at `startMs` and at 0 on the monotonic clock. */
const worldWith = (status: "assigned" | "running", change: Pick<World, "now" | "monotonicMs">): World => {
  const spec = TaskSpec.parse({ command: ["true"], timeoutMs: 10_000 });
  const execution: ExecutionRow = {
    ...{ id: "t.1", task_id: "t", attempt: 1, node: "a", status, outcome: null, result: null, reason: null },
    ...{ assigned_at_ms: startMs, accepted_at_ms: null, started_at_ms: status === "running" ? startMs : null, finished_at_ms: null },
  };
  const row = {
    ...({ id: "t", spec: "", status, reason: "", priority: 5, attempt: 1, execution_id: "t.1", node: "a" } as const),
    ...{ created_at_ms: startMs, started_at_ms: startMs, finished_at_ms: null, version: 1 },
  };
  const state = { id: "t", rules: spec, status, reason: "", attempt: 1, executionId: "t.1", executions: [] };
  const task: OpenTask = { row, spec, state, executions: [execution] };
  const node = nodeRecord("a", { executions: status === "running" ? ["t.1"] : [], statusSinceMs: startMs });
  const sent = new Map([["t.1", 0]]);
  return {
    ...{ sinceMs: startMs, tasks: [task], policies: [], profiles, sentMonotonicMs: sent, takenMonotonicMs: sent, unreachable: new Set<string>() },
    ...{ settings: schedulerConfig.parse({}), nodes: new Map([["a", node]]) },
    ...change,
  };
};

const kinds = (world: World) => planExecutions(world).map(({ kind }) => kind);

describe("an execution with a timeout", () => {
  it("has its time although the wall clock was set forward, and is expired when it really passed", () => {
    expect(kinds(worldWith("running", { now: startMs + hourMs, monotonicMs: 5_000 }))).toEqual([]);
    expect(kinds(worldWith("running", { now: startMs + 41_000, monotonicMs: 41_000 }))).toEqual(["expire"]);
  });
});

describe("an execution that its node does not list", () => {
  /** Node `a`, which reports every so many milliseconds, was seen that long after the execution began, and did not list it. */
  const unlisted = (seenAfterMs: number, own: { readonly reportIntervalMs?: number }) => {
    const world = worldWith("running", { now: startMs + seenAfterMs, monotonicMs: 0 });
    const node = nodeRecord("a", { executions: [], statusSinceMs: startMs, lastSeenAtMs: startMs + seenAfterMs, ...own });
    return kinds({ ...world, nodes: new Map([["a", node]]) });
  };

  it("is lost after the hub's time, and after three reports of a node that reports more seldom", () => {
    expect([unlisted(89_000, {}), unlisted(90_000, {})]).toEqual([[], ["lose"]]);
    const seldom = { reportIntervalMs: 300_000 };
    expect([unlisted(899_000, seldom), unlisted(900_000, seldom)]).toEqual([[], ["lose"]]);
    expect(unlisted(90_000, { reportIntervalMs: 1_000 })).toEqual(["lose"]);
  });
});

describe("an execution that nobody accepted", () => {
  it("is handed over again in time although the wall clock was set back", () => {
    expect(kinds(worldWith("assigned", { now: startMs - hourMs, monotonicMs: 4_000 }))).toEqual([]);
    expect(kinds(worldWith("assigned", { now: startMs - hourMs, monotonicMs: 5_000 }))).toEqual(["resend"]);
  });
});
