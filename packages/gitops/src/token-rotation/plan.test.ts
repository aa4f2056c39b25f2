import { parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { planTokenRotation } from "./plan.ts";

const text = `fleet: demo
rings: { all: { k3s: v1.36.3+k3s1, window: Mon-Thu 08:00-16:00 UTC } }
sites: { home: { region: eu-central } }
clusters:
  alpha: { site: home, tier: access-edge, ring: all }
  alone: { site: home, tier: access-edge, ring: all }
  cloud: { site: home, tier: cloud, ring: all, kubernetes: { distribution: managed } }
devices:
  a-1: { cluster: alpha, hardware: pi-5-8 }
  a-0: { cluster: alpha, hardware: pi-5-8 }
  s-2: { cluster: alpha, hardware: jetson-orin-nx-16, role: server, address: 10.0.0.2 }
  s-1: { cluster: alpha, hardware: jetson-orin-nx-16, role: server, address: 10.0.0.1 }
  s-3: { cluster: alpha, hardware: jetson-orin-nx-16, role: server, address: 10.0.0.3 }
  o-1: { cluster: alone, hardware: pi-5-8, role: server, address: 10.0.0.9 }
`;
const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
if (fleet === undefined) throw new Error(`the fleet cannot be read: ${JSON.stringify(findings)}`);

describe("who gets the new token of a cluster", () => {
  it("is its first server, then the other servers, then the agents by name, and the last one ends it", () => {
    const plan = planTokenRotation(fleet, "alpha");
    expect(plan.findings).toEqual([]);
    expect(plan.steps.map(({ device, as }) => `${device} ${as}`)).toEqual(["s-2 first server", "s-1 server", "s-3 server", "a-0 agent", "a-1 agent"]);
    expect(plan.steps.filter(({ last }) => last).map(({ device }) => device)).toEqual(["a-1"]);
  });

  it("is the server alone where there is no other node", () => {
    expect(planTokenRotation(fleet, "alone").steps).toEqual([{ device: "o-1", as: "first server", last: true }]);
  });

  it("is nobody in a cluster that is not there or that somebody else sets up", () => {
    expect(planTokenRotation(fleet, "alpah")).toMatchObject({
      steps: [],
      findings: [{ code: "FL4190", message: "the fleet has no cluster alpah", remedy: "Write alpha." }],
    });
    expect(planTokenRotation(fleet, "cloud").findings).toMatchObject([
      { code: "FL4190", message: "Fogline sets up no K3s for cluster cloud, and so has no token of it" },
    ]);
  });
});
