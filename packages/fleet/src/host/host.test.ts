import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Device, forWorkloads, hardware, hardwareNames, hostFacts, parseFleet } from "../index.ts";
import { buildHost } from "./build.ts";
import { isRefusedByKubelet } from "./labels.ts";
import type { HostTable } from "./options.ts";
import { isLabelKey, parseTaint } from "./taint.ts";

/** One device of a fleet with a K3s cluster `main`; its fields in flow style. */
const device = (fields: string): Device => {
  const text = `fleet: demo
rings: { first: {} }
sites: { home: { region: eu-central } }
clusters: { main: { site: home, tier: access-edge, ring: first } }
devices:
  one: { ${fields} }
`;
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  const [found] = fleet?.devices ?? [];
  if (found === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return found;
};

const node = "cluster: main, role: server";

describe("the set-up of a machine", () => {
  it("follows its hardware where nothing is stated", () => {
    expect(device(`${node}, hardware: pi-5-8`).host).toEqual({
      governor: "ondemand",
      clocks: false,
      eeprom: {},
      zramFraction: 0.5,
      swapBytes: 0,
      journal: { storage: "volatile", bytesMax: 64 * MEBIBYTE },
      encrypt: false,
      timeServers: [],
      firewall: { input: "drop", open: [] },
      sysctl: {},
      taints: [],
      components: {},
      ssh: { user: "fogline", port: 22 },
      ours: true,
    });
    expect(device(`${node}, hardware: server`).host).toMatchObject({ governor: "performance", zramFraction: 0, journal: { storage: "persistent" } });
  });

  it("is what is stated, in units", () => {
    const stated = `governor: powersave, zram: 25%, swap: 1GiB, journal: { size: 10MB }, sysctl: { vm.swappiness: 60 }, kubelet: { maxPods: 40 },
      taints: ["dedicated=camera:NoExecute", "slow:NoSchedule"], k3s: { keep: [traefik], disable: [local-storage] }`;
    expect(device(`${node}, hardware: pi-5-8, data: usb-ssd, host: { ${stated} }`).host).toMatchObject({
      governor: "powersave",
      zramFraction: 0.25,
      swapBytes: GIBIBYTE,
      journal: { storage: "volatile", bytesMax: 10_000_000 },
      sysctl: { "vm.swappiness": "60" },
      podsMax: 40,
      taints: [
        { key: "dedicated", value: "camera", effect: "NoExecute" },
        { key: "slow", value: "", effect: "NoSchedule" },
      ],
      components: { traefik: true, "local-storage": false },
    });
  });

  it("is reached as the fleet file says, the usual where it says nothing", () => {
    const { ssh } = device(`${node}, hardware: pi-5-8, host: { ssh: { user: admin, jump: "me@gate.demo.example:2222" } }`).host;
    expect(ssh).toEqual({ user: "admin", port: 22, jump: "me@gate.demo.example:2222" });
  });

  it("leaves somebody's laptop as it is, apart from what is stated", () => {
    const untouched = {
      clocks: false,
      eeprom: {},
      zramFraction: 0,
      swapBytes: 0,
      encrypt: false,
      timeServers: [],
      sysctl: {},
      taints: [],
      components: {},
      ssh: { user: "fogline", port: 22 },
      ours: false,
    };
    expect(device("site: home, hardware: laptop").host).toEqual(untouched);
    expect(device("site: home, hardware: laptop, host: { governor: performance }").host).toEqual({ ...untouched, governor: "performance" });
  });

  it("assumes nothing of a machine that has yet to report", () => {
    expect(device(`${node}, hardware: detected`).host).toMatchObject({ ours: true, zramFraction: 0 });
    expect(device(`${node}, hardware: detected`).host.journal).toBeUndefined();
  });

  it("has the boot settings of its EEPROM as stated, where its board has them", () => {
    const eeprom = "eeprom: { boot: [nvme, sd], powerOffOnHalt: true, supply: 5A }";
    expect(device(`${node}, hardware: pi-5-8, host: { ${eeprom} }`).host.eeprom).toEqual({
      boot: ["nvme", "sd"],
      powerOffOnHalt: true,
      supplyMilliamperes: 5000,
    });
    const layeredHost: HostTable = { eeprom: { boot: ["nvme", "sd"], powerOffOnHalt: true, supply: "5A" } };
    const of = (name: "pi-4-8" | "jetson-orin-nx-8") =>
      buildHost(layeredHost, { user: "fogline", timeServers: [], profile: hardware[name], node: true }).eeprom;
    expect([of("pi-4-8"), of("jetson-orin-nx-8")]).toEqual([{ boot: ["sd"], powerOffOnHalt: true }, {}]);
  });

  it("has the power and the GPU shares as stated", () => {
    const { powerWatts, gpuSlices, gpuSharing } = device(`${node}, hardware: jetson-orin-nx-16, power: 7.5W, gpu: { slices: 4 }`);
    expect({ powerWatts, gpuSlices, gpuSharing }).toEqual({ powerWatts: 7.5, gpuSlices: 4, gpuSharing: "time-slicing" });
    expect(device(`${node}, hardware: detected, gpu: { sharing: mps }`).gpuSharing).toBe("mps");
  });
});

describe("what a layer says for many kinds of machines", () => {
  const elsewhere = { user: "fogline", timeServers: [] };
  const layered: HostTable = { governor: "schedutil", clocks: true, swap: "1GiB", taints: ["slow:NoSchedule"] };

  it("counts where a machine can have it, and elsewhere leaves its default", () => {
    expect(buildHost(layered, { ...elsewhere, profile: hardware.server, node: true })).toMatchObject({
      governor: "performance",
      clocks: false,
      swapBytes: GIBIBYTE,
    });
    expect(buildHost(layered, { ...elsewhere, profile: hardware["pi-5-8"], node: true })).toMatchObject({
      governor: "schedutil",
      clocks: false,
      swapBytes: 0,
    });
    expect(buildHost(layered, { ...elsewhere, profile: hardware["pi-5-8"], node: true, data: "nvme" })).toMatchObject({ swapBytes: GIBIBYTE });
    expect(buildHost(layered, { ...elsewhere, profile: hardware["jetson-orin-nx-8"], node: false })).toMatchObject({ clocks: true, taints: [] });
    expect(buildHost(layered, { ...elsewhere, profile: hardware.smartphone, node: false })).toMatchObject({ clocks: false, swapBytes: 0 });
    expect(buildHost(layered, { ...elsewhere, profile: hardware.smartphone, node: false }).governor).toBeUndefined();
  });
});

describe("what the fleet says once for all machines", () => {
  const text = (host: string) => `fleet: demo
access: { user: ops }
rings: { first: {} }
sites: { home: { region: eu-central, timeServers: [ntp.demo.example] } }
clusters: { main: { site: home, tier: access-edge, ring: first } }
devices:
  one: { cluster: main, role: server, hardware: pi-5-8${host} }
`;
  const hostOf = (host: string) => parseFleet([{ path: "clusters/fleet.yaml", text: text(host) }]).fleet?.devices[0]?.host;

  it("is who signs in and who tells the time, where the machine's own options say nothing", () => {
    expect(hostOf("")).toMatchObject({ ssh: { user: "ops" }, timeServers: ["ntp.demo.example"] });
    expect(hostOf(", host: { ssh: { user: root }, time: [10.7.1.1] }")).toMatchObject({ ssh: { user: "root" }, timeServers: ["10.7.1.1"] });
  });
});

describe("a stated reservation", () => {
  it("is what workloads do not get", () => {
    const { profile } = device(`${node}, hardware: pi-5-8, host: { reserved: { memory: 3GiB, cpu: 500m } }`);
    if (profile.kind === "detected") throw new Error("a Pi is known");
    expect(forWorkloads(profile)).toEqual({ cpuCores: 3.5, memoryBytes: 5 * GIBIBYTE });
  });

  it("counts for what a workload may need", () => {
    const findings = (memory: string) =>
      parseFleet([
        {
          path: "clusters/fleet.yaml",
          text: `fleet: demo
rings: { first: {} }
sites: { home: { region: eu-central } }
clusters: { main: { site: home, tier: access-edge, ring: first } }
devices: { one: { ${node}, hardware: pi-5-8, host: { reserved: { memory: ${memory} } } } }
workloads: { web: { on: main, version: 1.0.0, needs: { memory: 5GiB } } }
`,
        },
      ]).findings.map(({ message }) => message);
    expect(findings("3GiB")).toEqual([]);
    expect(findings("4GiB")).toEqual(["web needs 5.0 GiB of memory, the largest machine of main has 4.0 GiB of memory for workloads"]);
  });
});

describe("a taint", () => {
  it("is a key, perhaps a value, and an effect", () => {
    expect(parseTaint("acme.example/hall=3:NoSchedule")).toEqual({ key: "acme.example/hall", value: "3", effect: "NoSchedule" });
    for (const text of [
      "hall=3",
      "hall=3:noschedule",
      "=3:NoSchedule",
      "hall=a b:NoSchedule",
      "hall=3:NoSchedule:NoExecute",
      "ha ll:NoExecute",
      "",
    ]) {
      expect(parseTaint(text), text).toBeUndefined();
    }
  });

  it("never holds what would end its line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom("NoSchedule", "NoExecute"), (text, effect) => {
        const taint = parseTaint(`${text}:${effect}`);
        expect(taint === undefined || !/[\s,]/.test(taint.key + taint.value)).toBe(true);
      }),
    );
  });
});

describe("a label", () => {
  it("has a name of letters, digits and some signs, after an optional domain", () => {
    for (const key of ["row", "acme.example/row-3", "a.b/C_d.e"]) expect(isLabelKey(key), key).toBe(true);
    for (const key of ["", "a b", "/row", "acme.example/", "ACME.example/row", "a/b/c", "-row", "x".repeat(64)])
      expect(isLabelKey(key), key).toBe(false);
  });

  it("of the domains of Kubernetes is refused by the kubelet but for a few", () => {
    const refused = ["node-role.kubernetes.io/worker", "kubernetes.io/role", "app.k8s.io/x", "k8s.io/x"];
    const taken = [
      "topology.kubernetes.io/zone",
      "node.kubernetes.io/disk",
      "x.kubelet.kubernetes.io/y",
      "acme.example/row",
      "row",
      "notkubernetes.io/x",
    ];
    expect([...refused, ...taken].filter(isRefusedByKubelet)).toEqual(refused);
  });
});

describe("the facts of hardware for its set-up", () => {
  it.each(hardwareNames)("of %s agree with each other", (name) => {
    const { provisioned, governors, dataMedia, zramFraction, watchdogSeconds, boot } = hostFacts[name];
    expect(new Set(governors).size).toBe(governors.length);
    expect(zramFraction).toBeGreaterThanOrEqual(0);
    expect(zramFraction).toBeLessThanOrEqual(1);
    // The watchdog of a Pi's chip counts to 15 s at most; systemd refuses to arm it beyond that.
    if (boot !== "other") expect(watchdogSeconds).toBeLessThanOrEqual(15);
    expect(provisioned).toBe(governors.length > 0);
    if (!provisioned) expect(dataMedia).toEqual([]);
  });
});
