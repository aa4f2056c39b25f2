import type { DeviceDescription } from "@fogline/simulation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planSimulation } from "./simulation-plan.ts";

const device = (id: string, cpuCores = 4, latencyMs = 5): DeviceDescription => ({
  id,
  hardware: { architecture: "arm64", deviceClass: "raspberry-pi", cpuCores, memoryBytes: 8e9, battery: false, idleWatts: 2, wattsMax: 8 },
  world: { networkLatencyMs: latencyMs },
});

describe("the plan of a simulation", () => {
  it("adds what is new, removes what left, replaces what is described otherwise and keeps the rest", () => {
    const running = [device("kept"), device("left"), device("other-board"), device("other-link")];
    const wanted = [device("new"), device("other-link", 4, 80), device("kept"), device("other-board", 8)];
    expect(planSimulation(running, wanted)).toEqual({
      remove: ["left"],
      add: [device("new")],
      replace: [device("other-link", 4, 80), device("other-board", 8)],
      keep: ["kept"],
    });
  });

  it("replaces a device that was given another token, and keeps one whose token is not needed any more", () => {
    const [before, again] = [
      { ...device("pi-1"), token: "one" },
      { ...device("pi-1"), token: "another" },
    ];
    expect(planSimulation([before], [again])).toEqual({ remove: [], add: [], replace: [again], keep: [] });
    expect(planSimulation([before], [device("pi-1")])).toEqual({ remove: [], add: [], replace: [], keep: ["pi-1"] });
    expect(planSimulation([before], [before])).toEqual({ remove: [], add: [], replace: [], keep: ["pi-1"] });
  });

  it("leads from any devices to any others, and touches nothing that is the same in both", () => {
    const devices = fc
      .uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 8 }), cores: fc.integer({ min: 1, max: 2 }) }), { selector: ({ id }) => id })
      .map((entries) => entries.map(({ id, cores }) => device(`pi-${id}`, cores)));
    const byId = (a: DeviceDescription, b: DeviceDescription) => a.id.localeCompare(b.id);
    fc.assert(
      fc.property(devices, devices, (running, wanted) => {
        const { remove, add, replace, keep } = planSimulation(running, wanted);
        const changed = new Set([...remove, ...replace.map(({ id }) => id)]);
        const after = [...running.filter(({ id }) => !changed.has(id)), ...replace, ...add];
        expect(after.toSorted(byId)).toEqual(wanted.toSorted(byId));
        const named = [...remove, ...keep, ...[...add, ...replace].map(({ id }) => id)];
        expect(new Set(named).size).toBe(named.length);
        expect(planSimulation(wanted, wanted)).toMatchObject({ remove: [], add: [], replace: [] });
      }),
    );
  });
});
