import { NodeDeclaration, registerNode } from "@fogline/contracts";
import { type Fleet, parseFleet } from "@fogline/fleet";
import type { Client } from "@fogline/rpc";
import { describe, expect, it } from "vitest";
import { planAdded } from "./added-device.ts";
import { declareNodes } from "./declare.ts";

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

/** What a registry that holds nothing is told of the devices of a fleet. */
const declaredOf = async (fleet: Fleet): Promise<NodeDeclaration[]> => {
  const told: NodeDeclaration[] = [];
  const call = async ({ name }: { name: string }, request: unknown) => {
    if (name !== registerNode.name) return { ok: true, value: { nodes: [], next: null } };
    told.push(NodeDeclaration.parse(request));
    return { ok: true, value: {} };
  };
  await declareNodes({ call } as unknown as Client, fleet, new Set());
  return told;
};

describe("the declaration of a device", () => {
  it("says how often it reports where its line wants that to be seldom, within what a registry takes, and nothing where the hub decides", async () => {
    const fleet = fleetWith(
      "devices:",
      "  desk: { site: office, hardware: desktop }",
      "  sensor: { site: plant, hardware: iot-sensor }",
      "  phone: { site: plant, hardware: smartphone, connectivity: sim }",
      "workloads: { orchestrator: { on: hub, version: 0.1.0, settings: { heartbeatMs: 200 } } }",
    );
    const told = (await declaredOf(fleet)).map(({ id, reportIntervalMs }) => [id, reportIntervalMs]);
    expect(told).toEqual([
      ["desk", undefined],
      ["sensor", 60_000],
      ["phone", 3_600_000],
    ]);
  });

  it("says the same of a simulated device that is added beside the fleet", () => {
    const fleet = fleetWith("devices: { desk: { site: office, hardware: desktop } }");
    const interval = (site: string) => {
      const planned = planAdded({ id: "extra", site }, fleet, new Set());
      return planned.ok ? planned.value.declaration.reportIntervalMs : planned.failure.message;
    };
    expect([interval("plant"), interval("office")]).toEqual([60_000, undefined]);
  });
});
