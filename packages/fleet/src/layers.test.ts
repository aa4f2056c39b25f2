import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseFleet, readFleetDocument } from "./index.ts";
import { laidOver, statementsAt, workloadLayers } from "./layers.ts";

const text = readFileSync(new URL("../fixtures/valid/layers.yaml", import.meta.url), "utf8");
const files = [{ path: "clusters/fleet.yaml", text }];
const target = (workload: string, cluster: string) =>
  parseFleet(files)
    .fleet?.workloads.find(({ name }) => name === workload)
    ?.targets.find((one) => one.cluster === cluster);

describe("layers of a workload", () => {
  it("let what is said of one workload win over what is said of all, and a narrow place over a wide one", () => {
    expect(target("web", "main")).toMatchObject({ replicas: 3, version: "2.0.0", env: { TZ: "UTC", LEVEL: "debug" } });
    expect(target("web", "edge")).toMatchObject({ replicas: 1, version: "1.1.0", env: { TZ: "UTC" }, needs: { memoryBytes: 64 * 1024 ** 2 } });
    expect(target("store", "main")).toMatchObject({ env: { TZ: "Europe/Paris" }, needs: {} });
  });

  it("know who stated a value, the one that counts last", () => {
    const document = readFleetDocument(files);
    const stated = (cluster: string, ...keys: string[]) =>
      statementsAt(workloadLayers(document, cluster, "web"), keys).map(({ layer, value, path }) => [layer, value, document.placeOf(path).line]);
    expect(stated("edge", "replicas")).toEqual([
      ["defaults", 3, 7],
      ["cluster", 1, 17],
    ]);
    expect(stated("main", "env", "TZ")).toEqual([
      ["defaults", "Europe/Berlin", 7],
      ["site", "Europe/Paris", 14],
      ["workload", "UTC", 22],
    ]);
    expect(stated("main", "command")).toEqual([]);
  });

  it("lay mappings over each other by key, and replace everything else", () => {
    const layer = (table: object) => ({ table: table as Record<string, unknown> });
    expect(laidOver([layer({ a: { x: 1, y: [1, 2] }, b: 1 }), layer({ a: { y: [3] }, b: { c: 2 } })])).toEqual({ a: { x: 1, y: [3] }, b: { c: 2 } });
    expect(laidOver([])).toEqual({});
  });
});

describe("a word of `on`", () => {
  const on = (workload: string) =>
    parseFleet(files)
      .fleet?.workloads.find(({ name }) => name === workload)
      ?.targets.map(({ cluster }) => cluster);

  it("chooses all clusters, or those of a tier, each once", () => {
    expect(on("web")).toEqual(["main", "edge"]);
    expect(on("store")).toEqual(["edge", "main"]);
  });
});

describe("layers of a host", () => {
  const host = (device: string) =>
    parseFleet([
      {
        path: "clusters/fleet.yaml",
        text: `fleet: demo
rings: { all: {} }
defaults: { host: { zram: 10%, clocks: true, taints: ["a=b:NoSchedule"] } }
sites:
  plant: { region: eu-central, host: { zram: 20%, sysctl: { vm.swappiness: 10 } } }
clusters:
  mixed: { site: plant, tier: metro-edge, ring: all, host: { sysctl: { vm.dirty_ratio: 5 } } }
devices:
  jetson: { cluster: mixed, hardware: jetson-orin-nx-16, role: server }
  pi: { cluster: mixed, hardware: pi-5-8, host: { zram: 30% } }
  phone: { site: plant, hardware: smartphone }
  sensor: { site: plant, hardware: iot-sensor }
`,
      },
    ]).fleet?.devices.find(({ id }) => id === device)?.host;

  it("let the device win over its cluster, that over its site, and that over the defaults", () => {
    expect(host("jetson")).toMatchObject({ zramFraction: 0.2, sysctl: { "vm.swappiness": "10", "vm.dirty_ratio": "5" } });
    expect(host("pi")).toMatchObject({ zramFraction: 0.3 });
  });

  it("concern only the devices that can have what is said", () => {
    expect(host("jetson")).toMatchObject({ clocks: true, taints: [{ key: "a" }] });
    expect(host("pi")).toMatchObject({ clocks: false });
    expect(host("sensor")).toMatchObject({ zramFraction: 0.2, taints: [] });
    expect(host("phone")).toMatchObject({ zramFraction: 0, sysctl: {} });
  });
});
