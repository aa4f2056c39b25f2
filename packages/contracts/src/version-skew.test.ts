import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { versionSkew } from "./version-skew.ts";

const skew = (hub: string, agent: string) => versionSkew({ version: hub, protocol: 1 }, { version: agent, protocol: 1 });

describe("an agent and its hub", () => {
  it("fit as the table of docs/production.md says", () => {
    const table: [hub: string, agent: string, state: string][] = [
      ["1.4.0", "1.4.0", "current"],
      ["1.4.0", "1.4.9", "current"],
      ["1.4.9", "1.4.0-rc.1", "current"],
      ["1.4.0", "1.3.7", "supported"],
      ["1.4.0", "1.2.0", "warn"],
      ["1.4.0", "1.1.9", "refuse"],
      ["1.4.0", "1.5.0", "warn"],
      ["1.4.0", "1.9.0", "warn"],
      ["2.0.0", "1.9.0", "refuse"],
      ["1.9.0", "2.0.0", "refuse"],
      ["0.3.0", "0.1.4", "warn"],
      ["0.3.0", "0.0.4", "refuse"],
      ["1.10.0", "1.9.0", "supported"],
    ];
    for (const [hub, agent, state] of table) expect([hub, agent, skew(hub, agent).state]).toEqual([hub, agent, state]);
  });

  it("do not fit when they speak different protocols, whatever their versions are", () => {
    expect(versionSkew({ version: "1.4.0", protocol: 2 }, { version: "1.4.0", protocol: 1 })).toEqual({
      state: "refuse",
      reason: "the agent speaks protocol 1, the hub 2",
    });
  });

  it("are told apart with both versions and what to do", () => {
    expect(skew("1.4.0", "1.1.9")).toEqual({
      state: "refuse",
      reason: "the agent is 1.1.9, the hub 1.4.0: 3 minor versions older, at most 2 are supported; upgrade the agent",
    });
    expect(skew("1.4.0", "2.0.0")).toEqual({
      state: "refuse",
      reason: "the agent is 2.0.0, the hub 1.4.0: never newer by a major version; upgrade the hub first",
    });
  });

  it("are let in with a warning when one of the versions is none", () => {
    for (const version of ["", "dev", "1", "1.2", "v1.2.3", "1.2.3.4", "1e9.0.0"])
      expect([version, skew("1.4.0", version).state]).toEqual([version, "warn"]);
  });

  it("are never refused for a patch, and of two agents the older is never better off", () => {
    const part = fc.integer({ min: 0, max: 20 });
    const rank = { current: 0, supported: 1, warn: 2, refuse: 3 } as const;
    fc.assert(
      fc.property(part, part, part, part, (hubMinor, older, patch, more) => {
        const hub = `1.${hubMinor + older + more}.0`;
        expect(skew(hub, `1.${hubMinor}.${patch}`)).toEqual(expect.objectContaining({ state: skew(hub, `1.${hubMinor}.0`).state }));
        expect(rank[skew(hub, `1.${hubMinor}.0`).state]).toBeGreaterThanOrEqual(rank[skew(hub, `1.${hubMinor + older}.0`).state]);
      }),
    );
  });
});
