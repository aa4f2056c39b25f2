import { describe, expect, it } from "vitest";
import { type Fleet, nodeDeclarations, parseFleet } from "./index.ts";

const fleetWith = (...lines: readonly string[]): Fleet => {
  const text = [
    "fleet: acme",
    "domain: edge.acme.example",
    "rings: { canary: {} }",
    "connectivity: { sim: { like: metered, budget: 1MB/day } }",
    "sites:",
    "  office: { region: eu }",
    "  plant: { region: eu, connectivity: intermittent }",
    "clusters:",
    "  hub: { site: office, tier: cloud, ring: canary }",
    ...lines,
  ].join("\n");
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return fleet;
};

describe("the declaration of a device", () => {
  it("says how often it reports where its line wants that to be seldom, within what a registry takes, and nothing where the hub decides", () => {
    const fleet = fleetWith(
      "devices:",
      "  desk: { site: office, hardware: desktop }",
      "  sensor: { site: plant, hardware: iot-sensor }",
      "  phone: { site: plant, hardware: smartphone, connectivity: sim }",
      "workloads: { orchestrator: { on: hub, version: 0.1.0, settings: { heartbeatMs: 200 } } }",
    );
    const told = nodeDeclarations(fleet).map(({ id, reportIntervalMs }) => [id, reportIntervalMs]);
    expect(told).toEqual([
      ["desk", undefined],
      ["sensor", 60_000],
      ["phone", 3_600_000],
    ]);
  });

  it("says where it is and what it is, as its site, cluster and hardware have it", () => {
    const fleet = fleetWith("devices: { desk: { site: office, hardware: desktop, labels: { floor: '2' } } }");
    expect(nodeDeclarations(fleet)).toEqual([
      {
        ...{ id: "desk", site: "office", region: "eu", cluster: null, tier: "access-edge", ring: fleet.devices[0]?.ring, hardware: "desktop" },
        ...{ connectivity: "always", residency: "eu", availability: fleet.devices[0]?.availability, labels: { floor: "2" } },
      },
    ]);
  });
});
