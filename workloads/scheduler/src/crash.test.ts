import { createTask } from "@fogline/contracts";
import { seededRandom } from "@fogline/fakes";
import type { BusFaults } from "@fogline/in-process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeRecord } from "./testing/fleet.ts";
import { TestWorld } from "./testing/world.ts";

const over = new Set(["succeeded", "failed", "cancelled", "unknown"]);
const nodes = ["a", "b", "c", "d", "e"].map((id) => nodeRecord(id));

/** Submits under a key until it is answered, as a client does that sees a connection break. */
const submitSurely = async (world: TestWorld, index: number, duplicates: "allowed" | "forbidden"): Promise<string> => {
  for (;;) {
    const answer = await world.client.call(
      createTask,
      { command: ["append", `${index}`], duplicates },
      { idempotencyKey: `task-${index}`, timeoutMs: 1_000 },
    );
    if (answer.ok) return answer.value.id;
    if (!["timeout", "lost", "unreachable", "breakerOpen"].includes(answer.failure.error)) throw new Error(answer.failure.message);
    await world.clock.sleep(300);
  }
};

const allOver = async (world: TestWorld): Promise<boolean> => (await world.tasks()).every(({ status }) => over.has(status));

describe("a scheduler that is killed at 50 points while 200 tasks run", () => {
  it("loses no task, runs none twice that may not, and fails none whose agent survived", async () => {
    const random = seededRandom(50);
    const world = new TestWorld({
      nodes,
      behaviour: () => ({ durationMs: 200 + Math.floor(random.unit() * 3_000) }),
      config: { tasksPerNodeMax: 8 },
    });
    await world.open();
    try {
      const submitted = Promise.all(Array.from({ length: 200 }, (_, index) => submitSurely(world, index, index % 2 === 0 ? "allowed" : "forbidden")));
      for (let kills = 0; kills < 50; kills++) {
        world.life.kill();
        const life = 1 + Math.floor(random.unit() * 120);
        await world.startScheduler(life);
        await world.until(async () => !world.life.alive);
      }
      await world.startScheduler();
      const ids = await world.during(submitted);
      await world.until(() => allOver(world), 1_000);
      const tasks = await world.tasks();
      expect(tasks.map(({ id }) => id).sort()).toEqual([...ids].sort());
      expect(new Set(ids).size).toBe(200);
      expect(tasks.filter(({ status }) => status !== "succeeded").map(({ reason }) => reason)).toEqual([]);
      expect(tasks.filter(({ id }) => world.fleet.lines.get(id) === undefined)).toEqual([]);
      const twice = tasks.filter(({ id, spec }) => spec.duplicates === "forbidden" && (world.fleet.lines.get(id)?.length ?? 0) > 1);
      expect(twice).toEqual([]);
    } finally {
      await world.stop();
    }
  }, 120_000);
});

const networks: readonly BusFaults[] = [{}, { duplicateRate: 0.3, delayMs: 40, reorder: true }, { lossRate: 0.1, duplicateRate: 0.1, delayMs: 20 }];
const event = fc.oneof(
  fc.record({ kind: fc.constant("crash" as const), afterPoints: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constantFrom("cut" as const, "die" as const, "return" as const), node: fc.constantFrom("a", "b", "c") }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
);

describe("whatever crashes, disconnects and dies in whatever order, on good and bad networks", () => {
  it("every task ends, none that may not run twice starts twice, and one that succeeded ran", async () => {
    const seed = fc.integer({ min: 1, max: 1_000_000 });
    const interleaving = fc.record({ seed, faults: fc.constantFrom(...networks), events: fc.array(event, { minLength: 1, maxLength: 12 }) });
    await fc.assert(
      fc.asyncProperty(interleaving, async ({ seed, faults, events }) => {
        const world = new TestWorld({ seed, faults, nodes: nodes.slice(0, 3), behaviour: () => ({ durationMs: 5_000 }) });
        await world.open();
        try {
          const submitted = Promise.all([0, 1, 2, 3, 4, 5].map((index) => submitSurely(world, index, index % 2 === 0 ? "allowed" : "forbidden")));
          for (const each of events) {
            if (each.kind === "crash") {
              world.life.kill();
              await world.startScheduler(each.afterPoints);
              await world.clock.advance(500);
              if (!world.life.alive) await world.startScheduler();
            } else if (each.kind === "cut") await world.during(world.fleet.agent(each.node).disconnect());
            else if (each.kind === "die") await world.during(world.fleet.agent(each.node).die());
            else if (each.kind === "pass") await world.clock.advance(each.ms);
            else await world.during(world.fleet.agent(each.node).connect());
          }
          world.life.kill();
          await world.startScheduler();
          for (const id of ["a", "b", "c"]) await world.during(world.fleet.agent(id).connect());
          await world.during(submitted);
          await world.until(() => allOver(world), 1_000);
          for (const { id, spec, status, attempt } of await world.tasks()) {
            const lines = world.fleet.lines.get(id) ?? [];
            expect(new Set(lines).size).toBe(lines.length);
            if (spec.duplicates === "forbidden") expect(lines.length).toBeLessThanOrEqual(1);
            if (status === "succeeded") expect(lines.length).toBeGreaterThan(0);
            expect(attempt).toBeLessThanOrEqual(spec.attemptsMax);
          }
        } finally {
          await world.stop();
        }
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
