import { type NodeRecord, TaskSpec } from "@fogline/contracts";
import { profiles } from "@fogline/placement";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { schedulerConfig } from "./config.ts";
import { planPlacements } from "./plan-placements.ts";
import type { OpenTask } from "./task-queue.ts";
import { createdTask } from "./task-state.ts";
import { nodeRecord } from "./testing/fleet.ts";
import type { World } from "./world.ts";

const GiB = 1024 ** 3;

const queued = (id: string, change: Partial<TaskSpec> = {}): OpenTask => {
  const spec = { ...TaskSpec.parse({ command: ["true"] }), ...change };
  const row = {
    ...({ id, spec: "", status: "queued", reason: "", priority: spec.priority, attempt: 0, execution_id: null, node: null } as const),
    ...{ created_at_ms: 0, started_at_ms: null, finished_at_ms: null, version: 1 },
  };
  return { row, spec, state: createdTask(id, spec), executions: [] };
};
const worldOf = (nodes: readonly NodeRecord[], tasks: readonly OpenTask[]): World => ({
  ...{
    now: 1_000,
    monotonicMs: 1_000,
    sinceMs: 0,
    tasks,
    policies: [],
    profiles,
    sentMonotonicMs: new Map(),
    takenMonotonicMs: new Map(),
    unreachable: new Set<string>(),
    settings: schedulerConfig.parse({}),
  },
  nodes: new Map(nodes.map((node) => [node.id, node])),
});

const size = fc.record({ cpuCores: fc.constantFrom(0.1, 1, 3), memoryBytes: fc.constantFrom(GiB / 4, GiB, 5 * GiB), gpu: fc.boolean() });

describe("a plan of placements", () => {
  it("never promises more of a node than it has, however many tasks wait", () => {
    fc.assert(
      fc.property(fc.array(size, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (sizes, count) => {
        const nodes = Array.from({ length: count }, (_, index) => {
          const node = nodeRecord(`node-${index}`);
          return index > 0 ? node : { ...node, capabilities: node.capabilities && { ...node.capabilities, gpu: { model: "Orin", count: 1 } } };
        });
        const tasks = sizes.map((each, index) => queued(`t${index}`, each));
        const placed = planPlacements(worldOf(nodes, tasks)).filter((step) => step.kind === "place");
        for (const node of nodes) {
          const specs = placed.filter((step) => step.node === node.id).map((step) => tasks.find(({ row }) => row.id === step.taskId)?.spec);
          const sum = (of: (spec: TaskSpec) => number) => specs.reduce((total, spec) => total + (spec === undefined ? 0 : of(spec)), 0);
          expect(specs.length).toBeLessThanOrEqual(4);
          expect(sum(({ cpuCores }) => cpuCores)).toBeLessThanOrEqual(node.capabilities?.cpuCores ?? 0);
          expect(sum(({ memoryBytes }) => memoryBytes)).toBeLessThanOrEqual(node.state?.memoryAvailableBytes ?? 0);
          expect(sum(({ gpu }) => (gpu ? 1 : 0))).toBeLessThanOrEqual(node.capabilities?.gpu?.count ?? 0);
        }
      }),
    );
  });

  it("gives every task a place or a reason, and a small one a place behind a large one that fits nowhere", () => {
    const steps = planPlacements(worldOf([nodeRecord("a")], [queued("large", { cpuCores: 64 }), queued("small")]));
    expect(steps).toMatchObject([
      { kind: "wait", taskId: "large", reason: "waits: 0 of 1 nodes can take it; 1 without 64 free CPU cores" },
      { kind: "place", taskId: "small", node: "a" },
    ]);
  });

  it("says nothing again about a task that waits for the same reason", () => {
    const waiting = queued("large", { cpuCores: 64 });
    const again = { ...waiting, row: { ...waiting.row, reason: "waits: 0 of 1 nodes can take it; 1 without 64 free CPU cores" } };
    expect(planPlacements(worldOf([nodeRecord("a")], [again]))).toEqual([]);
  });

  it("counts what a node still lists although nobody wants it any more", () => {
    const gone = { id: "old.1", task_id: "old", attempt: 1, node: "a", status: "superseded", outcome: null, result: null, reason: null } as const;
    const times = { assigned_at_ms: 0, accepted_at_ms: 0, started_at_ms: 0, finished_at_ms: null };
    const old = { ...queued("old", { cpuCores: 8, node: "b" }), executions: [{ ...gone, ...times }] };
    const [, placed] = planPlacements(worldOf([nodeRecord("a", { executions: ["old.1"] })], [old, queued("next")]));
    expect(placed).toMatchObject({ kind: "wait", taskId: "next" });
  });
});
