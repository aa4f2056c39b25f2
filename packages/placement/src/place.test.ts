import { thermalState } from "@fogline/device";
import { refusal } from "@fogline/findings";
import { tierNames } from "@fogline/fleet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultFilters, ifNodeFails, place, profiles, scoreOf } from "./index.ts";
import { anyFleet, anyNode, anyTask, node, task } from "./samples.ts";

const anyProfile = fc.constantFrom("fog" as const, "tiers" as const);

describe("placing a task", () => {
  it("chooses the node with the highest score and lists the others below it", () => {
    const nodes = [
      node({ id: "warm", thermalState: "warm" }),
      node({ id: "cool" }),
      node({ id: "hot", thermalState: "hot" }),
      node({ id: "off", status: "offline" }),
    ];
    const { profile, chosen, candidates, refused } = place(task, nodes);
    expect(profile).toBe("fog");
    expect(chosen).toBe("cool");
    expect(candidates.map(({ node: id }) => id)).toEqual(["cool", "warm", "hot"]);
    expect(refused.map(({ node: id, refusal: { rule } }) => [id, rule])).toEqual([["off", "status"]]);
  });

  it("chooses nothing when every node is refused, or there is none", () => {
    expect(place(task, [node({ draining: true })])).toMatchObject({ chosen: null, candidates: [] });
    expect(place(task, [])).toEqual({ profile: "fog", chosen: null, candidates: [], refused: [] });
  });

  it("takes equal scores by id, and the refused by id", () => {
    const ids = ["b", "a", "c"];
    expect(
      place(
        task,
        ids.map((id) => node({ id })),
      ).candidates.map(({ node: id }) => id),
    ).toEqual(["a", "b", "c"]);
    expect(
      place(
        task,
        ids.map((id) => node({ id, draining: true })),
      ).refused.map(({ node: id }) => id),
    ).toEqual(["a", "b", "c"]);
  });

  it("uses the profile that is named", () => {
    const { profile, candidates } = place(task, [node()], { profile: "tiers" });
    expect(profile).toBe("tiers");
    expect(candidates[0]?.parts.map(({ name }) => name)).toEqual(["resource", "latency", "capability", "level", "availability", "heat"]);
    expect(candidates[0]?.score).toBe(scoreOf(task, node(), profiles.tiers).score);
  });

  it("uses the filters that are given instead of its own", () => {
    expect(place(task, [node({ status: "offline" })], { filters: [] }).chosen).toBe("pi-3");
  });

  it("takes real-time work near its users, and to the cloud last, between equal machines of the hierarchy", () => {
    const nodes = tierNames.map((tier) => node({ id: tier, tier, networkLatencyMs: null }));
    const ranked = place({ ...task, labels: { kind: "real-time" } }, nodes, { profile: "tiers" }).candidates.map(({ node: id }) => id);
    expect(ranked.slice(0, 2).sort()).toEqual(["access-edge", "metro-edge"]);
    expect(ranked.at(-1)).toBe("cloud");
  });

  it("accounts for every node exactly once", () => {
    fc.assert(
      fc.property(anyTask, anyFleet, anyProfile, (wanted, fleet, profile) => {
        const { candidates, refused } = place(wanted, fleet, { profile });
        const accounted = [...candidates, ...refused].map(({ node: id }) => id).sort();
        expect(accounted).toEqual(fleet.map(({ id }) => id).sort());
      }),
    );
  });

  it("does not depend on the order of the nodes", () => {
    const shuffled = anyFleet.chain((fleet) => fc.tuple(fc.constant(fleet), fc.shuffledSubarray(fleet, { minLength: fleet.length })));
    fc.assert(
      fc.property(anyTask, shuffled, anyProfile, (wanted, [fleet, other], profile) => {
        expect(place(wanted, other, { profile })).toEqual(place(wanted, fleet, { profile }));
      }),
    );
  });

  it("gives finite scores of at least 0, best first, and chooses the first", () => {
    fc.assert(
      fc.property(anyTask, anyFleet, anyProfile, (wanted, fleet, profile) => {
        const { candidates, chosen } = place(wanted, fleet, { profile, filters: [] });
        for (const { score } of candidates) expect(Number.isFinite(score) && score >= 0).toBe(true);
        for (const [index, { score }] of candidates.entries()) expect(score).toBeLessThanOrEqual(candidates[index - 1]?.score ?? score);
        expect(chosen).toBe(candidates[0]?.node ?? null);
      }),
    );
  });

  it("scores every node between 0 and 100 in the tiers profile", () => {
    fc.assert(
      fc.property(anyTask, anyNode, (wanted, some) => {
        const { score } = scoreOf(wanted, some, profiles.tiers);
        expect(score >= 0 && score <= 100).toBe(true);
      }),
    );
  });

  it("never gives a hotter node a higher score", () => {
    const celsius = fc.double({ min: -20, max: 110, noNaN: true });
    fc.assert(
      fc.property(anyTask, anyNode, anyProfile, celsius, celsius, (wanted, some, profile, a, b) => {
        const at = (temperatureCelsius: number) =>
          scoreOf(wanted, { ...some, temperatureCelsius, thermalState: thermalState(temperatureCelsius) }, profiles[profile]).score;
        expect(at(Math.max(a, b))).toBeLessThanOrEqual(at(Math.min(a, b)));
      }),
    );
  });

  it("never finds more candidates with one more filter or policy", () => {
    const onlyA = (_: unknown, { id }: { id: string }) => (id.startsWith("a") ? undefined : refusal("a", "not an a"));
    fc.assert(
      fc.property(anyTask, anyFleet, (wanted, fleet) => {
        const before = place(wanted, fleet).candidates.map((candidate) => candidate.node);
        for (const options of [{ filters: [...defaultFilters, onlyA] }, { policies: [onlyA] }]) {
          const after = place(wanted, fleet, options).candidates.map((candidate) => candidate.node);
          expect(after).toEqual(before.filter((id) => id.startsWith("a")));
        }
      }),
    );
  });
});

describe("if a node fails", () => {
  it("the task goes to the best of the others", () => {
    const nodes = [node({ id: "a" }), node({ id: "b", thermalState: "warm" }), node({ id: "c", thermalState: "hot" })];
    expect(ifNodeFails(task, nodes, "a")).toBe("b");
    expect(ifNodeFails(task, nodes, "b")).toBe("a");
    expect(ifNodeFails(task, nodes, "a", { avoid: new Set(["b"]) })).toBe("c");
  });

  it("a pinned task, or one whose node was the only one, goes nowhere", () => {
    expect(ifNodeFails({ ...task, node: "a" }, [node({ id: "a" }), node({ id: "b" })], "a")).toBeNull();
    expect(ifNodeFails(task, [node({ id: "a" })], "a")).toBeNull();
  });
});
