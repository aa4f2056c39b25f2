import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConnectivityProfile, connectivity, connectivityNames, refineConnectivity } from "./connectivity.ts";
import { parseFleet } from "./parse.ts";
import { reportIntervalsOf } from "./report-interval.ts";

const base = [
  "fleet: acme",
  "domain: edge.acme.example",
  "rings: { canary: {} }",
  "sites:",
  "  office: { region: eu }",
  "  plant: { region: eu, connectivity: metered }",
  "clusters:",
  "  hub: { site: office, tier: cloud, ring: canary }",
  "  edge: { site: plant, tier: access-edge, ring: canary }",
  "devices:",
  "  desk: { cluster: hub, hardware: desktop, role: server }",
  "  pi-1: { cluster: edge, hardware: pi-5-8, role: server, data: usb-ssd }",
  "  sensor: { site: plant, hardware: iot-sensor }",
  "  phone: { site: plant, hardware: smartphone, connectivity: always }",
];

/** Who decides how often each device reports, and how often that is in seconds. */
const intervalsWith = (...lines: readonly string[]): Record<string, string> => {
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text: [...base, ...lines].join("\n") }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  const intervalOf = reportIntervalsOf(fleet);
  return Object.fromEntries(
    fleet.devices.map((device) => {
      const { intervalMs, from } = intervalOf(device);
      return [device.id, `${intervalMs / 1_000} s, ${from}`];
    }),
  );
};

const hub = (settings = "") => `  orchestrator: { on: hub, version: 0.1.0${settings} }`;
const agent = (settings = "") => `  agent: { on: "*", version: 0.1.0${settings} }`;

describe("how often a device reports", () => {
  it("is what its line allows, and as often as the hub wants on a line that is always there", () => {
    const wanted = { desk: "30 s, hub", phone: "30 s, hub", "pi-1": "300 s, line", sensor: "300 s, line" };
    expect(intervalsWith("workloads:", hub(), agent())).toEqual(wanted);
    expect(intervalsWith()).toEqual(wanted);
  });

  it("follows a hub that wants it more often only where the line is always there, and one that wants it more seldom everywhere", () => {
    const wanted = { desk: "2 s, hub", phone: "2 s, hub", "pi-1": "300 s, line", sensor: "300 s, line" };
    expect(intervalsWith("workloads:", hub(", settings: { heartbeatMs: 2000 }"), agent())).toEqual(wanted);
    expect(new Set(Object.values(intervalsWith("workloads:", hub(", settings: { heartbeatMs: '600000' }"), agent())))).toEqual(
      new Set(["600 s, hub"]),
    );
  });

  it("is the agent's own setting where the fleet file has one for its cluster, whatever line and hub want", () => {
    const tier = ["tiers:", "  access-edge: { workloads: { agent: { settings: { heartbeatMs: 60000 } } } }"];
    expect(intervalsWith("workloads:", hub(", settings: { heartbeatMs: 2000 }"), agent(), ...tier)).toEqual({
      ...{ desk: "2 s, hub", phone: "2 s, hub", "pi-1": "60 s, agent", sensor: "300 s, line" },
    });
    expect(intervalsWith("workloads:", hub(), agent(", settings: { heartbeatMs: 5000 }"))["pi-1"]).toBe("5 s, agent");
  });

  it("is seldom on a small line too that is always there", () => {
    const small = refineConnectivity(connectivity.always, "small", { budgetBytesPerDay: 10_000_000 });
    expect(reportIntervalsOf({ workloads: [] })({ connectivity: small })).toEqual({ intervalMs: small.reportIntervalMs, from: "line" });
    expect(small.reportIntervalMs).toBeGreaterThan(30_000);
  });

  it("is always between 100 ms and an hour, whatever the line and the settings say", () => {
    const setting = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.constant(undefined));
    const target = (name: string, heartbeatMs: unknown) => ({ name, targets: [{ cluster: "edge", settings: { heartbeatMs } }] });
    fc.assert(
      fc.property(
        setting,
        setting,
        fc.constantFrom(...connectivityNames),
        fc.double({ min: 1, noNaN: true }),
        (ofHub, ofAgent, word, reportIntervalMs) => {
          const workloads = [target("orchestrator", ofHub), target("agent", ofAgent)] as never;
          const line: ConnectivityProfile = { ...connectivity[word], reportIntervalMs };
          for (const device of [{ connectivity: line }, { cluster: "edge", connectivity: line }]) {
            const { intervalMs } = reportIntervalsOf({ workloads })(device);
            expect(intervalMs).toBeGreaterThanOrEqual(100);
            expect(intervalMs).toBeLessThanOrEqual(3_600_000);
          }
        },
      ),
    );
  });
});
