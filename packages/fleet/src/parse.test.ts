import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseFleet } from "./index.ts";

const parse = (text: string) => parseFleet([{ path: "clusters/fleet.yaml", text }]);

const base = `fleet: demo
rings:
  first: { soak: 1h30m, window: Sat-Sun 22:00-04:00 UTC, k3s: v1.36.3+k3s1 }
  last: { skipOffline: 30% }
connectivity:
  night: { like: slow, interval: 4h }
  slow: { like: metered, outage: 60d, bandwidth: 512kbit/s, budget: 6GB/month }
sites:
  home: { region: eu-central, at: [48.1, 11.5] }
  barn: { region: us-east, uplink: home, connectivity: night, residency: us }
clusters:
  main: { site: home, tier: cloud, ring: first, local: true }
  pis: { site: barn, tier: access-edge, ring: last }
`;

const fleetOf = (text: string) => {
  const { fleet, findings } = parse(text);
  if (fleet === undefined) throw new Error(JSON.stringify(findings));
  return fleet;
};

describe("parseFleet on a file with many mistakes", () => {
  const { fleet, findings } = parse(`fleet: demo
rings:
  first: { soka: 1h, skipOffline: lots }
sites:
  home: { region: 7 }
clusters:
  main: { site: hme, tier: clod, ring: first }
devices:
  a: { cluster: main, hardware: pi-9, rol: server }
  b: { site: home, hardware: jetson-orin-nx-8, power: 9000W }
workloads:
  web: { on: mian, version: 1.x }
`);

  it("names all of them at once, in the order of the file", () => {
    expect(findings.map(({ code, place }) => [code, place?.line, place?.column])).toEqual([
      ["FL1010", 3, 12],
      ["FL1017", 3, 35],
      ["FL1011", 5, 19],
      ["FL1030", 7, 17],
      ["FL1035", 7, 28],
      ["FL1033", 9, 33],
      ["FL1010", 9, 39],
      ["FL1054", 10, 55],
      ["FL1031", 12, 14],
      ["FL1020", 12, 29],
    ]);
    expect(fleet).toBeUndefined();
  });

  it("gives each the value as written and the nearest known word", () => {
    expect(findings[0]).toEqual({
      code: "FL1010",
      severity: "error",
      message: "rings.first has no key soka",
      place: { file: "clusters/fleet.yaml", line: 3, column: 12, path: "rings.first.soka" },
      value: "soka",
      remedy: "Write soak.",
    });
    expect(findings.map(({ value, remedy }) => [value, remedy])).toContainEqual(["hme", "Write home."]);
    expect(findings.map(({ value, remedy }) => [value, remedy])).toContainEqual(["7", 'Quote it: "7".']);
    expect(findings.map(({ message }) => message)).toContainEqual("b is set to 9000 W, a jetson-orin-nx-8 draws 40 W at most");
  });
});

describe("parseFleet on files that cannot be read", () => {
  it("says nothing about references, since what they name may be in there", () => {
    const { findings } = parseFleet([
      { path: "clusters/fleet.yaml", text: `${base}devices:\n  a: { site: elsewhere, hardware: laptop }\n` },
      { path: "clusters/fleet.d/elsewhere.yaml", text: "sites: {" },
    ]);
    expect(findings.map(({ code, place }) => [code, place?.file])).toEqual([["FL1001", "clusters/fleet.d/elsewhere.yaml"]]);
  });

  it("refuses an empty list of files, an empty file and a list", () => {
    expect(parseFleet([]).findings.map(({ code }) => code)).toEqual(["FL1001"]);
    expect(parse("").findings.map(({ code }) => code)).toContain("FL1011");
    expect(parse("- fleet").findings.map(({ code }) => code)).toContain("FL1011");
  });
});

describe("the parsed fleet", () => {
  it("resolves ranges and refinements, and keeps where each was written", () => {
    const { devices } = fleetOf(
      `${base}devices:
  pi-2: { role: server, data: nvme, address: 10.1.0.9, labels: { rack: "2" } }
  pi-[1-3]: { cluster: pis, hardware: pi-5-8, address: 10.0.0.*, labels: { row: a }, mac: null }
`.replace(", mac: null", ""),
    );
    expect(devices.map(({ id, role, address, labels, place }) => ({ id, role, address, labels, line: place.line }))).toEqual([
      { id: "pi-1", role: "agent", address: "10.0.0.1", labels: { row: "a" }, line: 16 },
      { id: "pi-2", role: "server", address: "10.1.0.9", labels: { row: "a", rack: "2" }, line: 15 },
      { id: "pi-3", role: "agent", address: "10.0.0.3", labels: { row: "a" }, line: 16 },
    ]);
    expect(devices[1]).toMatchObject({
      site: "barn",
      cluster: "pis",
      tier: "access-edge",
      availability: 0.995,
      ring: "last",
      data: "nvme",
    });
    expect(devices[1]?.profile).toMatchObject({ kind: "known", deviceClass: "raspberry-pi", reservedCores: 1 });
  });

  it("pads numbers as the range does", () => {
    const { devices } = fleetOf(`${base}devices:\n  eye-[08-10]-n: { site: home, hardware: pi-4-2, address: 10.0.0.* }\n`);
    expect(devices.map(({ id, address }) => [id, address])).toEqual([
      ["eye-08-n", "10.0.0.8"],
      ["eye-09-n", "10.0.0.9"],
      ["eye-10-n", "10.0.0.10"],
    ]);
  });

  it("gives a device without a cluster the tier of its kind and the last ring", () => {
    const { devices } = fleetOf(`${base}devices:
  phone: { site: barn, hardware: smartphone }
  box: { site: home, hardware: detected, connectivity: slow, tier: metro-edge, ring: first }
`);
    expect(devices[0]).toMatchObject({ role: "alone", tier: "iot", availability: 0.95, ring: "last", gpuSlices: 1 });
    expect(devices[0]).not.toHaveProperty("cluster");
    expect(devices[1]).toMatchObject({ tier: "metro-edge", ring: "first", connectivity: { name: "slow" }, profile: { kind: "detected" } });
  });

  it("keeps the rings in order with their numbers", () => {
    expect(fleetOf(base).rings).toMatchObject([
      {
        name: "first",
        order: 0,
        soakMs: 5_400_000,
        gate: "healthy",
        skipOfflineFraction: 0,
        window: { days: ["Sat", "Sun"], fromMinute: 1320, toMinute: 240 },
      },
      { name: "last", order: 1, soakMs: 0, skipOfflineFraction: 0.3 },
    ]);
  });

  it("derives what follows from a refined line, whatever the order of declaration", () => {
    const { connectivity, sites } = fleetOf(base);
    const day = 86_400_000;
    expect(connectivity.night).toMatchObject({ name: "night", base: "metered", source: "oci", intervalMs: 14_400_000, outageMs: 60 * day });
    expect(connectivity.night).toMatchObject({ bandwidthBytesPerSecond: 64_000, budgetBytesPerDay: 200_000_000 });
    // 200 MB at 64 kB/s take 3125 s, and half as much again; three outages, renewed after the first third.
    expect(connectivity.night).toMatchObject({ timeoutMs: 4_687_500, certificateLifetimeMs: 180 * day, certificateRenewBeforeMs: 120 * day });
    expect(sites.map(({ name, residency, connectivity: { name: line } }) => [name, residency, line])).toEqual([
      ["home", "eu", "always"],
      ["barn", "us", "night"],
    ]);
  });

  it("resolves clusters with their devices and the ring's K3s", () => {
    const { clusters, domain } = fleetOf(`${base}devices:\n  b: { cluster: main, hardware: server }\n  a: { cluster: main, hardware: server }\n`);
    expect(clusters[0]).toMatchObject({
      name: "main",
      local: true,
      devices: ["b", "a"],
      kubernetes: { distribution: "k3s", version: "v1.36.3+k3s1" },
    });
    expect(clusters[1]).toMatchObject({ name: "pis", local: false, devices: [], connectivity: { name: "night" } });
    expect(domain).toBe("demo.internal");
  });

  it("resolves targets with their ring's version", () => {
    const { workloads, collections } = fleetOf(`${base}workloads:
  web: { on: [main, pis], version: 1.2.3, env: { N: 3, B: true }, needs: { memory: 1.5GiB, cpu: 0.25 }, health: { http: /up } }
  held: { on: [main, pis], version: { last: 1.0.0 } }
  parts: { on: { eye: pis, brain: main }, pattern: hybrid, version: 2.0.0 }
collections:
  data: { from: main, to: pis, retention: 30d }
`);
    expect(workloads[0]?.targets[0]).toMatchObject({
      replicas: 1,
      env: { N: "3", B: "true" },
      needs: { memoryBytes: 1_610_612_736, cpuMillicores: 250 },
    });
    expect(workloads[0]?.targets[0]).toMatchObject({
      placement: { prefer: "balanced", failover: "normal" },
      health: { http: "/up", intervalMs: 10_000 },
    });
    expect(workloads.map(({ targets }) => targets.map(({ cluster, part, version }) => [cluster, part, version]))).toEqual([
      [
        ["main", undefined, "1.2.3"],
        ["pis", undefined, "1.2.3"],
      ],
      [
        ["main", undefined, undefined],
        ["pis", undefined, "1.0.0"],
      ],
      [
        ["pis", "eye", "2.0.0"],
        ["main", "brain", "2.0.0"],
      ],
    ]);
    expect(collections[0]).toMatchObject({ from: "main", to: ["pis"], residency: "any", retentionMs: 2_592_000_000 });
  });

  it("is frozen all the way down", () => {
    const { sites, rings } = fleetOf(base);
    expect(() => Object.assign(sites[0] ?? {}, { region: "x" })).toThrow(TypeError);
    expect(Object.isFrozen(rings[0]?.window?.days)).toBe(true);
  });
});

describe("rules that are limits of a range", () => {
  const codesOf = (devices: string) => parse(`${base}devices:\n${devices}\n`).findings.map(({ code }) => code);

  it("take exactly 10,000 devices and no more", () => {
    expect(codesOf("  x-[1-10000]: { site: home, hardware: laptop }")).toEqual([]);
    expect(codesOf("  x-[0-10000]: { site: home, hardware: laptop }")).toEqual(["FL1041"]);
  });

  it("take addresses from 1 to 254", () => {
    expect(codesOf("  x-[1-254]: { site: home, hardware: laptop, address: 10.0.0.* }")).toEqual([]);
    expect(codesOf("  x-[0-3]: { site: home, hardware: laptop, address: 10.0.0.* }")).toEqual(["FL1048"]);
  });

  it("are compared by the ids they declare, however they are written", () => {
    expect(codesOf("  x-[08-12]: { site: home, hardware: laptop }\n  x-[10-11]: { site: home, hardware: laptop }")).toEqual(["FL1042"]);
    expect(codesOf("  x-1[1-2]: { site: home, hardware: laptop }\n  x-[1-2]1: { site: home, hardware: laptop }")).toEqual(["FL1042"]);
    expect(codesOf("  x-[1-6]: { site: home, hardware: laptop }\n  x-[01-06]: { site: home, hardware: laptop }")).toEqual([]);
  });

  it("refuse names that are too long at the far end or have no letter", () => {
    const long = "x".repeat(61);
    expect(codesOf(`  ${long}-[1-9]: { site: home, hardware: laptop }`)).toEqual([]);
    expect(codesOf(`  ${long}-[1-10]: { site: home, hardware: laptop }`)).toEqual(["FL1014"]);
    expect(codesOf('  "[1-9]": { site: home, hardware: laptop }')).toEqual(["FL1014"]);
  });

  it("keep clusters from the names of folders that hold inputs", () => {
    const named = (cluster: string) =>
      parse(`fleet: demo\nrings: { r: {} }\nsites: { home: { region: eu } }\nclusters:\n  ${cluster}: { site: home, tier: cloud, ring: r }\n`)
        .findings;
    expect(named("secret")).toEqual([]);
    for (const folder of ["secrets", "facts"])
      expect(named(folder)).toMatchObject([
        { code: "FL1014", message: `a cluster cannot be named ${folder}: clusters/${folder} holds inputs`, place: { line: 5 } },
      ]);
  });

  it("take all the power and all the memory that there is", () => {
    expect(codesOf("  x: { site: home, hardware: jetson-orin-nx-16, power: 40W }")).toEqual([]);
    const pi = "  p: { cluster: pis, hardware: pi-5-8, role: server }\nworkloads:\n  web: { on: pis, version: 1.0.0, needs:";
    expect(codesOf(`${pi} { memory: 6GiB, cpu: 3 } }`)).toEqual([]);
    expect(codesOf(`${pi} { memory: 6442450945B } }`)).toEqual(["FL1070"]);
  });
});

describe("the fleet of this repository", () => {
  it("has no finding", () => {
    const text = readFileSync(new URL("../../../clusters/fleet.yaml", import.meta.url), "utf8");
    const { fleet, findings } = parse(text);
    expect(findings).toEqual([]);
    expect(fleet?.clusters.filter(({ local }) => local).map(({ name }) => name)).toEqual(["dev"]);
  });
});
