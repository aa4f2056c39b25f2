import { DeploymentSpec, type TaskStatus, TaskStatus as TaskStatusSchema } from "@fogline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, plan, type Replica, summarise, wantedReplicas } from "./plan.ts";

const spec = (replicas: number) => DeploymentSpec.parse({ name: "web", replicas, task: { command: ["serve"] } });
const replica = (index: number, more: Partial<Replica> = {}): Replica => ({
  index,
  generation: 0,
  requested: true,
  taskId: `task-${index}`,
  taskStatus: "running",
  taskNode: "pi-1",
  failures: 0,
  retryAtMs: 0,
  problem: null,
  ...more,
});
const nowMs = 10_000;

describe("the plan of a deployment", () => {
  it("creates every replica of a new one", () => {
    expect(plan(spec(2), false, [], nowMs)).toEqual([
      { kind: "create", index: 0, generation: 0 },
      { kind: "create", index: 1, generation: 0 },
    ]);
  });

  it("is empty when every replica lives", () => {
    expect(plan(spec(2), false, [replica(0), replica(1, { taskStatus: "queued" })], nowMs)).toEqual([]);
  });

  it("replaces a replica whose task ended, however it ended", () => {
    for (const because of ["succeeded", "failed", "cancelled", "unknown"] as const) {
      expect(plan(spec(1), false, [replica(0, { taskStatus: because })], nowMs)).toEqual([{ kind: "replace", index: 0, generation: 1, because }]);
    }
  });

  it("waits for the back-off before it replaces or creates", () => {
    const waiting = { retryAtMs: nowMs + 500 };
    expect(plan(spec(1), false, [replica(0, { taskStatus: "failed", ...waiting })], nowMs)).toEqual([{ kind: "wait", index: 0, untilMs: 10_500 }]);
    expect(plan(spec(1), false, [replica(0, { taskId: null, taskStatus: null, ...waiting })], nowMs)).toEqual([
      { kind: "wait", index: 0, untilMs: 10_500 },
    ]);
  });

  it("asks again, in the same generation, for a task whose answer was lost", () => {
    const lost = replica(0, { taskId: null, taskStatus: null, generation: 3 });
    expect(plan(spec(1), false, [lost], nowMs)).toEqual([{ kind: "create", index: 0, generation: 3 }]);
    // Also when it was stopped meanwhile: the task may exist, and only its id lets it be cancelled.
    expect(plan(spec(1), true, [lost], nowMs)).toEqual([{ kind: "create", index: 0, generation: 3 }]);
  });

  it("cancels what lives when it is stopped, and leaves alone what ended", () => {
    expect(plan(spec(2), true, [replica(0), replica(1, { taskStatus: "failed" })], nowMs)).toEqual([{ kind: "cancel", index: 0, taskId: "task-0" }]);
  });

  it("puts one replica on each named node", () => {
    const named = DeploymentSpec.parse({ name: "web", nodes: ["pi-1", "pi-2"], task: { command: ["serve"] } });
    expect(wantedReplicas(named)).toBe(2);
    expect(plan(named, false, [], nowMs)).toHaveLength(2);
  });
});

const anyReplica = fc
  .record({
    index: fc.nat(5),
    generation: fc.nat(4),
    requested: fc.boolean(),
    taskId: fc.option(fc.constantFrom("a", "b", "c")),
    taskStatus: fc.option(fc.constantFrom<TaskStatus>(...TaskStatusSchema.options)),
    taskNode: fc.option(fc.constant("pi-1")),
    failures: fc.nat(5),
    retryAtMs: fc.nat(20_000),
    problem: fc.option(fc.string()),
  })
  .map((place) => (place.taskId === null ? { ...place, taskStatus: null, taskNode: null } : place));
const replicas = fc.uniqueArray(anyReplica, { selector: ({ index }) => index });

describe("any plan", () => {
  it("has at most one step per place, and none for a place that lives", () => {
    fc.assert(
      fc.property(fc.nat(4), fc.boolean(), replicas, (wanted, stopped, known) => {
        const steps = plan(spec(wanted), stopped, known, nowMs);
        expect(new Set(steps.map(({ index }) => index)).size).toBe(steps.length);
        for (const step of steps) {
          const place = known.find(({ index }) => index === step.index);
          const lives = place?.taskId != null && ["queued", "assigned", "running"].includes(place.taskStatus ?? "queued");
          if (step.kind === "create" || step.kind === "replace") expect(lives).toBe(false);
          if (step.kind === "cancel") expect(lives).toBe(true);
        }
      }),
    );
  });

  it("is empty once its steps are done and nothing ends", () => {
    fc.assert(
      fc.property(fc.nat(4), fc.boolean(), replicas, (wanted, stopped, known) => {
        let places: Replica[] = known.map((place) => ({ ...place, retryAtMs: 0 }));
        for (let round = 0; round < 3; round++) places = perform(places, plan(spec(wanted), stopped, places, nowMs));
        expect(plan(spec(wanted), stopped, places, nowMs)).toEqual([]);
        const living = places.filter(({ taskStatus }) => taskStatus === "running" || taskStatus === "queued" || taskStatus === "assigned");
        if (stopped) expect(living).toEqual([]);
        else expect(places.filter(({ index, taskId }) => index < wanted && taskId !== null)).toHaveLength(wanted);
      }),
    );
  });
});

/** What a scheduler that does everything at once makes of the steps. */
const perform = (places: readonly Replica[], steps: ReturnType<typeof plan>): Replica[] => {
  const next = new Map(places.map((place) => [place.index, place]));
  for (const step of steps) {
    if (step.kind === "create") {
      const made = { generation: step.generation, taskId: `new-${step.index}`, taskStatus: "running" as const };
      next.set(step.index, replica(step.index, made));
    }
    const place = next.get(step.index);
    if (place === undefined) continue;
    if (step.kind === "replace") next.set(step.index, { ...place, generation: step.generation, requested: false, taskId: null, taskStatus: null });
    if (step.kind === "cancel") next.set(step.index, { ...place, taskStatus: "cancelled" });
  }
  return [...next.values()];
};

describe("the status of a deployment", () => {
  it("is running when every replica runs", () => {
    expect(summarise(spec(2), false, [replica(0), replica(1)])).toEqual({ status: "running", reason: "2 of 2 replicas run" });
  });

  it("is progressing while replicas wait for a node", () => {
    expect(summarise(spec(2), false, [replica(0), replica(1, { taskStatus: "queued" })])).toEqual({
      status: "progressing",
      reason: "1 of 2 replicas run, 1 wait for a node",
    });
  });

  it("is degraded, with the problem, when one failed", () => {
    expect(summarise(spec(2), false, [replica(0), replica(1, { taskStatus: "failed", problem: "its task failed: out of memory" })])).toEqual({
      status: "degraded",
      reason: "1 of 2 replicas run; replica 1: its task failed: out of memory",
    });
  });

  it("is stopped when it was stopped, and says what still ends", () => {
    expect(summarise(spec(1), true, [replica(0)]).reason).toBe("stopped; 1 replicas are still ending");
    expect(summarise(spec(1), true, [replica(0, { taskStatus: "cancelled" })])).toEqual({ status: "stopped", reason: "stopped" });
  });
});

describe("the back-off", () => {
  it("doubles up to its limit", () => {
    const options = { firstMs: 1_000, maxMs: 5_000 };
    expect([0, 1, 2, 3, 4, 100].map((failures) => backoffMs(failures, options))).toEqual([0, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });
});
