import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StrategyName } from "../config.ts";
import { sampled, unmeasured } from "./latency.ts";
import { type Candidate, firstTurn, strategies } from "./strategies.ts";

const replica = (id: string, more: Partial<Candidate> = {}): Candidate => ({
  ...{ id, weight: 1, distance: 2, inFlight: 0, latencyMs: 0, healthy: true },
  ...more,
});

/** The choices of one strategy in a row, among candidates that stay as they are. */
const choices = (name: StrategyName, candidates: readonly Candidate[], times: number, unit: () => number = () => 0): (string | undefined)[] => {
  let rotation = firstTurn;
  return Array.from({ length: times }, () => {
    const choice = strategies[name](candidates, rotation, unit);
    rotation = choice?.rotation ?? rotation;
    return choice?.id;
  });
};

const counted = (ids: readonly (string | undefined)[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(ids, (id) => id ?? "none")].map(([id, all]) => [id, all.length]));

const anyCandidates = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    weight: fc.integer({ min: 1, max: 9 }),
    distance: fc.integer({ min: 0, max: 2 }),
    inFlight: fc.nat(20),
    latencyMs: fc.nat(500),
    healthy: fc.boolean(),
  }),
  { selector: ({ id }) => id, maxLength: 6 },
);

describe.each(Object.keys(strategies) as StrategyName[])("the strategy %s", (name) => {
  it("chooses one of those that are healthy, and none when there is none", () => {
    fc.assert(
      fc.property(anyCandidates, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (candidates, unit) => {
        const healthy = candidates.filter((one) => one.healthy).map(({ id }) => id);
        for (const id of choices(name, candidates, 8, () => unit)) {
          if (healthy.length === 0) expect(id).toBeUndefined();
          else expect(healthy).toContain(id);
        }
      }),
    );
  });
});

describe("round robin", () => {
  it("goes around in order and leaves out who is not healthy", () => {
    const three = [replica("a"), replica("b", { healthy: false }), replica("c")];
    expect(choices("round-robin", three, 4)).toEqual(["a", "c", "a", "c"]);
  });

  it("gives each the same number of calls, give or take one, whatever they hold", () => {
    fc.assert(
      fc.property(anyCandidates, fc.integer({ min: 1, max: 60 }), (candidates, times) => {
        const healthy = candidates.filter((one) => one.healthy);
        fc.pre(healthy.length > 0);
        const counts = counted(choices("round-robin", candidates, times));
        const each = healthy.map(({ id }) => counts[id] ?? 0);
        expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("least loaded", () => {
  it("chooses the fewest open calls for its weight; equals take turns", () => {
    expect(choices("least-loaded", [replica("a", { inFlight: 3 }), replica("b", { inFlight: 1 }), replica("c", { inFlight: 2 })], 2)).toEqual([
      "b",
      "b",
    ]);
    expect(choices("least-loaded", [replica("a", { inFlight: 3, weight: 4 }), replica("b", { inFlight: 1 })], 1)).toEqual(["a"]);
    expect(choices("least-loaded", [replica("a"), replica("b"), replica("c", { inFlight: 1 })], 4)).toEqual(["a", "b", "a", "b"]);
  });
});

describe("weighted", () => {
  it("spreads the larger share over the round instead of taking it at once", () => {
    const nginx = [replica("a", { weight: 5 }), replica("b", { weight: 1 }), replica("c", { weight: 1 })];
    expect(choices("weighted", nginx, 7)).toEqual(["a", "a", "b", "a", "c", "a", "a"]);
  });

  it("gives each exactly its weight in every round of all weights together", () => {
    fc.assert(
      fc.property(anyCandidates, fc.integer({ min: 1, max: 4 }), (candidates, rounds) => {
        const healthy = candidates.filter((one) => one.healthy);
        const sum = healthy.reduce((total, { weight }) => total + weight, 0);
        const counts = counted(choices("weighted", candidates, sum * rounds));
        expect(counts).toEqual(Object.fromEntries(healthy.map(({ id, weight }) => [id, weight * rounds])));
      }),
    );
  });
});

describe("nearest", () => {
  it("prefers the same site, then the same region, then any", () => {
    const [site, region, far] = [replica("site", { distance: 0, inFlight: 9 }), replica("region", { distance: 1 }), replica("far")];
    expect(choices("nearest", [far, region, site], 1)).toEqual(["site"]);
    expect(choices("nearest", [far, region, { ...site, healthy: false }], 1)).toEqual(["region"]);
    expect(choices("nearest", [far, { ...region, healthy: false }, { ...site, healthy: false }], 1)).toEqual(["far"]);
  });

  it("shares the load among those that are equally near", () => {
    expect(choices("nearest", [replica("a", { distance: 0, inFlight: 2 }), replica("b", { distance: 0 }), replica("far")], 1)).toEqual(["b"]);
  });
});

describe("latency-aware", () => {
  it("chooses the shorter wait of two: latency times open calls", () => {
    const pair = [replica("fast", { latencyMs: 10, inFlight: 4 }), replica("slow", { latencyMs: 40, inFlight: 0 })];
    expect(choices("latency-aware", pair, 1)).toEqual(["slow"]);
    expect(choices("latency-aware", [replica("fast", { latencyMs: 10, inFlight: 2 }), replica("slow", { latencyMs: 40 })], 1)).toEqual(["fast"]);
  });

  it("tries one that nothing is known of with a single call first", () => {
    const known = replica("known", { latencyMs: 10, inFlight: 5 });
    expect(choices("latency-aware", [known, replica("new")], 1)).toEqual(["new"]);
    expect(choices("latency-aware", [known, replica("new", { inFlight: 1 })], 1)).toEqual(["known"]);
  });

  it("never chooses the slowest of several that differ, whichever two chance picks", () => {
    const three = [replica("a", { latencyMs: 10 }), replica("b", { latencyMs: 20 }), replica("c", { latencyMs: 900 })];
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (one, other) => {
          const units = [one, other];
          expect(choices("latency-aware", three, 1, () => units.shift() ?? 0)).not.toEqual(["c"]);
        },
      ),
    );
  });
});

describe("the latency of a replica", () => {
  it("rises at once with a slow answer, and falls with fast ones only as time passes", () => {
    const slow = sampled(sampled(unmeasured, 10, 1_000), 100, 1_001);
    expect(slow.ms).toBe(100);
    expect(sampled(slow, 10, 1_001).ms).toBe(100);
    expect(sampled(slow, 10, 11_001).ms).toBeCloseTo(10 + 90 / Math.E, 6);
  });

  it("stays between the least and the greatest sample", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), fc.nat(20_000)), { minLength: 1 }), (samples) => {
        let at = 0;
        let latency = unmeasured;
        for (const [ms, pause] of samples) {
          at += pause;
          latency = sampled(latency, ms, at);
        }
        const all = samples.map(([ms]) => ms);
        expect(latency.ms).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9);
        expect(latency.ms).toBeLessThanOrEqual(Math.max(...all));
      }),
    );
  });
});
