import type { RegisteredService } from "@fogline/contracts";
import { describe, expect, it } from "vitest";
import { Replica } from "./replica.ts";

const service = (more: Partial<RegisteredService> = {}): RegisteredService => ({
  ...{ id: "policy-0", type: "policy", version: "1", metadata: {}, operations: [], startedAtMs: 5, ttlMs: 90_000, registeredAtMs: 5 },
  health: { status: "healthy", reason: "fine", checkedAtMs: 5, latencyMs: 1 },
  ...more,
});
const replicaWith = (metadata: Record<string, string>, here = {}) => new Replica(service({ metadata }), here);

describe("a replica", () => {
  it("has the weight that it registered, and 1 for what is no weight", () => {
    expect(["2.5", "100", "0", "-1", "1e9", "much", ""].map((weight) => replicaWith({ weight }).weight)).toEqual([2.5, 100, 1, 1, 1, 1, 1]);
    expect(replicaWith({}).weight).toBe(1);
  });

  it("is at this site, in this region, or anywhere else", () => {
    const here = { site: "lab", region: "eu" };
    expect(replicaWith({ site: "lab", region: "eu" }, here).distance).toBe(0);
    expect(replicaWith({ site: "attic", region: "eu" }, here).distance).toBe(1);
    expect(replicaWith({ site: "attic", region: "us" }, here).distance).toBe(2);
    expect(replicaWith({}, {}).distance).toBe(2);
  });

  it("is left alone for longer with each call that it loses in a row, 30 s at most, and not any more once it answers", () => {
    const replica = replicaWith({});
    const asideMs: number[] = [];
    let nowMs = 0;
    for (let loss = 0; loss < 6; loss++) {
      replica.begin(nowMs)("lost", nowMs);
      let waitMs = 0;
      while (!replica.healthyAt(nowMs + waitMs)) waitMs += 1_000;
      asideMs.push(waitMs);
      nowMs += waitMs;
    }
    expect(asideMs).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    replica.begin(nowMs)("answered", nowMs);
    replica.begin(nowMs)("lost", nowMs);
    expect([replica.healthyAt(nowMs + 1_999), replica.healthyAt(nowMs + 2_000)]).toEqual([false, true]);
  });

  it("counts its open calls, and remembers how slow it was", () => {
    const replica = replicaWith({});
    const [first, second] = [replica.begin(0), replica.begin(0)];
    expect(replica.inFlight).toBe(2);
    first("answered", 40);
    second("answered", 10);
    expect([replica.inFlight, replica.latencyMs]).toEqual([0, 40]);
  });

  it("is not worth a call while the service list says that it is unhealthy", () => {
    const replica = replicaWith({});
    const unhealthy = { status: "unhealthy" as const, reason: "no answer", checkedAtMs: 9, latencyMs: null };
    expect(replica.update(service({ health: unhealthy }))).toBe(true);
    expect(replica.healthyAt(10)).toBe(false);
  });

  it("is another one after a restart: that one has no past", () => {
    expect(replicaWith({}).update(service({ startedAtMs: 6 }))).toBe(false);
  });
});
