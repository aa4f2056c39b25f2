import type { ServiceInstance } from "@fogline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ServiceRegistry } from "./registry.ts";

const instance = (id: string, more: Partial<ServiceInstance> = {}): ServiceInstance => ({
  id,
  type: "policy",
  version: "0.1.0",
  metadata: {},
  operations: [],
  startedAtMs: 0,
  ttlMs: 90_000,
  ...more,
});
const open = () => new ServiceRegistry({ failuresMax: 5 });
const healthy = { status: "healthy", reason: "fine", latencyMs: 1 } as const;

describe("the service registry", () => {
  it("takes a registration as new and a repetition as a renewal", () => {
    const registry = open();
    expect(registry.register(instance("p-1"), 0)).toMatchObject({ changed: true });
    expect(registry.register(instance("p-1"), 50_000)).toMatchObject({ changed: false, service: { registeredAtMs: 0 } });
  });

  it("refuses an older start of the same id, and takes a newer one", () => {
    const registry = open();
    registry.register(instance("p-1", { startedAtMs: 10 }), 0);
    expect(registry.register(instance("p-1", { startedAtMs: 9 }), 0)).toBeUndefined();
    expect(registry.register(instance("p-1", { startedAtMs: 11 }), 0)).toMatchObject({ changed: true });
  });

  it("forgets what is not renewed within its time to live", () => {
    const registry = open();
    registry.register(instance("p-1"), 0);
    registry.register(instance("p-2"), 0);
    registry.register(instance("p-2"), 60_000);
    expect(registry.expire(89_999)).toEqual([]);
    expect(registry.expire(90_000)).toEqual([{ id: "p-1", service: null }]);
    expect(registry.list().map(({ id }) => id)).toEqual(["p-2"]);
  });

  it("forgets an instance that says it stops, but not the next start of it", () => {
    const registry = open();
    registry.register(instance("p-1", { startedAtMs: 10 }), 0);
    expect(registry.left("p-1", 9)).toEqual([]);
    expect(registry.left("p-2", 10)).toEqual([]);
    expect(registry.left("p-1", 10)).toEqual([{ id: "p-1", service: null }]);
    expect(registry.list()).toEqual([]);
  });

  it("gives out equals in turn, healthy ones before those that were never asked", () => {
    const registry = open();
    for (const id of ["p-1", "p-2", "p-3"]) registry.register(instance(id), 0);
    registry.checked("p-1", healthy, 1);
    registry.checked("p-3", healthy, 1);
    expect([1, 2, 3, 4].map(() => registry.find("policy")?.id)).toEqual(["p-1", "p-3", "p-1", "p-3"]);
  });

  it("calls an instance degraded when it does not answer, unhealthy after five times, and healthy with the first answer", () => {
    const registry = open();
    registry.register(instance("p-1"), 0);
    const statuses = Array.from({ length: 5 }, () => {
      registry.checked("p-1", null, 1);
      return registry.get("p-1")?.health.status;
    });
    expect(statuses).toEqual(["degraded", "degraded", "degraded", "degraded", "unhealthy"]);
    expect(registry.get("p-1")?.health.reason).toBe("no answer 5 times in a row");
    expect(registry.find("policy")).toBeUndefined();
    expect(registry.checked("p-1", healthy, 2)).toMatchObject([{ id: "p-1", service: { health: { status: "healthy" } } }]);
  });

  it("never gives out what expired or is unhealthy", () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant("register" as const), id: fc.constantFrom("a", "b", "c") }),
      fc.record({ do: fc.constant("answer" as const), id: fc.constantFrom("a", "b", "c"), healthy: fc.boolean() }),
      fc.record({ do: fc.constant("pass" as const), ms: fc.nat(60_000) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const registry = open();
        const renewedAtMs = new Map<string, number>();
        let nowMs = 0;
        for (const step of actions) {
          if (step.do === "pass") nowMs += step.ms;
          if (step.do === "register" && registry.register(instance(step.id), nowMs)) renewedAtMs.set(step.id, nowMs);
          if (step.do === "answer") registry.checked(step.id, step.healthy ? healthy : null, nowMs);
          registry.expire(nowMs);
          const found = registry.find("policy");
          if (found === undefined) continue;
          expect(nowMs - (renewedAtMs.get(found.id) ?? Number.NEGATIVE_INFINITY)).toBeLessThan(90_000);
          expect(found.health.status).not.toBe("unhealthy");
        }
      }),
    );
  });
});
