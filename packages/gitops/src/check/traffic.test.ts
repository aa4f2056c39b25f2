import { type Fleet, lineCosts, parseFleet } from "@fogline/fleet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trafficFindings } from "./lines.ts";
import { describeTraffic, trafficOf } from "./traffic.ts";

const base = [
  "fleet: acme",
  "domain: edge.acme.example",
  "rings: { canary: {} }",
  "connectivity:",
  "  lte: { like: metered, budget: 10MB/day }",
  "  sim: { like: metered, budget: 5MB/day }",
  "sites:",
  "  office: { region: eu }",
  "  plant: { region: eu, uplink: office, connectivity: lte }",
  "  branch: { region: eu, uplink: office }",
  "clusters:",
  "  hub: { site: office, tier: cloud, ring: canary }",
  "  edge: { site: plant, tier: access-edge, ring: canary }",
];
const workloads = ["workloads:", "  gateway: { on: hub, version: 0.1.0 }", "  orchestrator: { on: hub, version: 0.1.0 }"];
const oneNode = ["devices:", "  pi-1: { cluster: edge, hardware: pi-5-8, role: server, data: usb-ssd }"];
const agents = '  agent: { on: "*", version: 0.1.0 }';

const fleetOf = (...lines: readonly string[]): Fleet => {
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text: [...base, ...lines].join("\n") }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return fleet;
};

const lineOf = (fleet: Fleet, name: string) => trafficOf(fleet).find((line) => line.name === name);

describe("the standing traffic of a line", () => {
  it("is that of one idle agent as it was measured: 179 KiB an hour", () => {
    const fleet = fleetOf("devices: { till: { site: branch, hardware: iot-sensor } }", ...workloads);
    expect((lineOf(fleet, "branch")?.agentsBytes ?? 0) / 24 / 1024).toBeCloseTo(179, 0);
  });

  it("follows what the hub is set to: reports at the pace of heartbeats, pings at their own", () => {
    const slow = [
      "devices: { till: { site: branch, hardware: iot-sensor } }",
      "workloads:",
      "  gateway: { on: hub, version: 0.1.0, settings: { pingMs: 20000 } }",
      "  orchestrator: { on: hub, version: 0.1.0, settings: { heartbeatMs: 300000 } }",
    ];
    // A tenth of 91 KiB and a tenth of 88 KiB an hour.
    expect((lineOf(fleetOf(...slow), "branch")?.agentsBytes ?? 0) / 24 / 1024).toBeCloseTo(17.9, 0);
  });

  it("has reports at the device's own interval: as its line wants them, or as its agent is set", () => {
    const connectionBytes = 91 * 1024 * 24;
    const reportsADay = (...lines: readonly string[]) =>
      ((lineOf(fleetOf(...lines), "plant")?.agentsBytes ?? 0) - connectionBytes) / lineCosts.REPORT_BYTES;
    // A fifth of 10 MB carries the 2,000 series of metrics, 20 bytes each, 50 times a day, and reports keep to that.
    expect(reportsADay("devices: { sensor: { site: plant, hardware: iot-sensor } }", ...workloads)).toBeCloseTo(50, 2);
    const stated = "tiers: { access-edge: { workloads: { agent: { settings: { heartbeatMs: 60000 } } } } }";
    expect(reportsADay(...oneNode, stated, ...workloads, agents)).toBeCloseTo(1_440, 2);
  });

  it("has no agent's traffic where the hub itself stands, and passes on what comes from behind", () => {
    const fleet = fleetOf("devices: { desk: { site: office, hardware: desktop }, sensor: { site: plant, hardware: iot-sensor } }", ...workloads);
    const [office, plant] = [lineOf(fleet, "office"), lineOf(fleet, "plant")];
    expect(office?.agentsBytes).toBe(0);
    expect(office?.throughBytes).toBe(plant?.sumBytes);
    expect(office?.sumBytes).toBe((office?.fluxBytes ?? 0) + (plant?.sumBytes ?? 0));
  });

  it("has a line of its own for a device whose connectivity is not its site's", () => {
    const fleet = fleetOf(
      "devices: { sensor: { site: plant, hardware: iot-sensor }, phone: { site: plant, hardware: smartphone, connectivity: sim } }",
      ...workloads,
    );
    expect(trafficOf(fleet).map(({ name, connectivity }) => [name, connectivity.name])).toEqual([
      ["office", "always"],
      ["plant", "lte"],
      ["phone", "sim"],
      ["branch", "always"],
    ]);
    // Half the budget, half as many reports.
    expect(lineOf(fleet, "plant")?.agentsBytes).toBeGreaterThan(lineOf(fleet, "phone")?.agentsBytes ?? 0);
  });

  it("grows with every device, and is the sum of its parts", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), (count) => {
        const devices = (number: number) => fleetOf("devices:", `  sensor-[1-${number}]: { site: plant, hardware: iot-sensor }`, ...workloads);
        const [fewer, more] = [lineOf(devices(count), "plant"), lineOf(devices(count + 1), "plant")];
        expect(more?.sumBytes).toBeGreaterThan(fewer?.sumBytes ?? 0);
        const { agentsBytes = 0, fluxBytes = 0, metricsBytes = 0, logsBytes = 0, throughBytes = 0 } = more ?? {};
        expect(more?.sumBytes).toBe(agentsBytes + fluxBytes + metricsBytes + logsBytes + throughBytes);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a budget", () => {
  it("is refused when agents alone exceed it", () => {
    // Five agents of 2.3 MB a day, nearly all of it their connections, on a line that carries 10 MB.
    const fleet = fleetOf("devices:", "  sensor-[1-5]: { site: plant, hardware: iot-sensor }", ...workloads);
    const [finding, ...others] = trafficFindings(fleet).filter(({ code }) => code === "FL2301" || code === "FL2302");
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: "FL2301", severity: "error", place: { file: "clusters/fleet.yaml", line: 9 } });
    expect(finding?.message).toContain("lte allows 10.0 MB");
    expect(finding?.remedy).toContain("agents 11.4 MB");
  });

  it("is warned of above half of it, and not below", () => {
    const count = (number: number) => fleetOf("devices:", `  sensor-[1-${number}]: { site: plant, hardware: iot-sensor }`, ...workloads);
    expect(trafficFindings(count(3)).map(({ code, severity }) => [code, severity])).toEqual([["FL2302", "warning"]]);
    expect(trafficFindings(count(2))).toEqual([]);
  });

  it("holds what its profile derives from it for a place that is not larger than the profile expects", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 500 }), fc.integer({ min: 1, max: 8 }), (megabytes, nodes) => {
        const text = [
          ...base.map((line) => line.replace("budget: 10MB/day", `budget: ${megabytes}MB/day`)),
          "devices:",
          "  pi-1: { role: server }",
          `  pi-[1-${nodes}]: { cluster: edge, hardware: pi-5-8, data: usb-ssd }`,
          ...workloads,
        ].join("\n");
        const { fleet } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
        const { fluxBytes = 0, metricsBytes = 0, logsBytes = 0 } = fleet === undefined ? {} : (lineOf(fleet, "plant") ?? {});
        expect(fluxBytes).toBeGreaterThan(0);
        expect(fluxBytes + metricsBytes + logsBytes).toBeLessThanOrEqual(0.4 * megabytes * 1e6 + 3);
      }),
      { numRuns: 40 },
    );
  });
});

describe("an outage", () => {
  const withOutage = (like: string, outage: string, workload = agents): Fleet => {
    const { fleet, findings } = parseFleet([
      {
        path: "clusters/fleet.yaml",
        text: [
          ...base.map((line) => line.replace("like: metered, budget: 10MB/day", `like: ${like}, outage: ${outage}`)),
          ...oneNode,
          ...workloads,
          workload,
        ].join("\n"),
      },
    ]);
    if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
    return fleet;
  };

  it("is no finding where log and buffer hold it", () => {
    expect(trafficFindings(withOutage("intermittent", "3d"))).toEqual([]);
  });

  it("is a warning where the log of metrics has its greatest size and holds less, with both durations", () => {
    const findings = trafficFindings(withOutage("always", "400d"));
    const metrics = findings.find(({ code }) => code === "FL2303");
    expect(metrics).toMatchObject({ severity: "warning", place: { line: 13 } });
    expect(metrics?.message).toContain("400d");
  });

  it("is told of where only the newest log lines are kept", () => {
    expect(trafficFindings(withOutage("intermittent", "60d")).find(({ code }) => code === "FL2304")).toMatchObject({ severity: "info" });
  });
});

describe("traffic for people", () => {
  it("is in the units of a budget", () => {
    expect([500, 52_500, 52_500_000, 2_000_000_000].map(describeTraffic)).toEqual(["0.5 kB", "52.5 kB", "52.5 MB", "2.0 GB"]);
  });
});
