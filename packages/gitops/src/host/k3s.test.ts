import { readFileSync } from "node:fs";
import { devicePluginConfigs } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { filesOf, fleetWith, yamlFile } from "../testing/hosts.ts";

const config = (devices: string, id: string, workloads = "") => yamlFile(fleetWith(devices, workloads), id, "k3s/config.yaml");

const serverKeys = [
  ...["cluster-init", "tls-san", "write-kubeconfig-mode", "secrets-encryption", "flannel-backend", "disable", "embedded-registry"],
  "kube-controller-manager-arg",
];
/** The keys that K3s documents for an agent, which a server has as well. */
const agentKeys = [
  ...[
    "server",
    "token-file",
    "node-name",
    "node-ip",
    "node-label",
    "node-taint",
    "protect-kernel-defaults",
    "disable-default-registry-endpoint",
    "nonroot-devices",
  ],
];

describe("the K3s configuration of a Jetson server with four GPU shares at 25 W", () => {
  const jetson =
    "  eye: { cluster: main, role: server, hardware: jetson-orin-nx-16, address: 10.7.0.1, gpu: { slices: 4 }, power: 25W, labels: { acme.example/hall: '3' } }";

  it("is a server on SQLite with encrypted secrets and without what nobody needs", () => {
    expect(config(jetson, "eye")).toEqual({
      "node-name": "eye",
      "token-file": "/etc/rancher/k3s/token",
      "tls-san": ["main.demo.example", "eye.demo.example", "10.7.0.1"],
      "write-kubeconfig-mode": "0600",
      "secrets-encryption": true,
      "flannel-backend": "vxlan",
      disable: ["traefik", "servicelb", "metrics-server"],
      "kube-controller-manager-arg": ["node-monitor-grace-period=100s"],
      "node-ip": "10.7.0.1",
      "protect-kernel-defaults": true,
      "nonroot-devices": true,
      "node-label": [
        "acme.example/hall=3",
        "fogline.dev/class=jetson",
        "fogline.dev/connectivity=metered",
        "fogline.dev/data=nvme",
        "fogline.dev/hardware=jetson-orin-nx-16",
        "fogline.dev/ring=first",
        "fogline.dev/site=home",
        "fogline.dev/tier=access-edge",
        "nvidia.com/device-plugin.config=tegra-time-slicing-4",
        "nvidia.com/gpu.present=true",
      ],
    });
  });

  it("asks for a configuration of the device plugin that divides the GPU and finds it on Tegra", () => {
    expect(devicePluginConfigs(fleetWith(jetson).devices)).toEqual({
      "tegra-time-slicing-4": {
        version: "v1",
        flags: { deviceDiscoveryStrategy: "tegra" },
        sharing: {
          timeSlicing: { renameByDefault: false, failRequestsGreaterThanOne: false, resources: [{ name: "nvidia.com/gpu", replicas: 4 }] },
        },
      },
    });
  });
});

describe("the device plugin's configurations", () => {
  it("are one for each way in which GPUs are shared, and none for boards without", () => {
    const { devices } = fleetWith(`  eye-[1-3]: { cluster: main, role: server, hardware: jetson-orin-nx-8 }
  eye-2: { gpu: { slices: 2 } }
  box: { cluster: office, role: server, hardware: detected, gpu: { slices: 3, sharing: mps } }
  plain: { site: work, hardware: detected }
  berry: { site: work, hardware: pi-5-8 }`);
    const configs = devicePluginConfigs(devices);
    expect(Object.keys(configs)).toEqual(["mps-3", "tegra-time-slicing-2", "tegra-whole"]);
    expect(configs["tegra-whole"]).toEqual({ version: "v1", flags: { deviceDiscoveryStrategy: "tegra" } });
    expect(configs["mps-3"]).toEqual({
      version: "v1",
      flags: { deviceDiscoveryStrategy: "auto" },
      sharing: { mps: { renameByDefault: false, resources: [{ name: "nvidia.com/gpu", replicas: 3 }] } },
    });
  });
});

describe("the K3s configuration of a cluster", () => {
  const three = "  box-[1-3]: { cluster: office, role: server, hardware: server, address: 10.0.0.* }\n";

  it("begins one etcd on the first of several servers, which the others join", () => {
    expect(config(three, "box-1")).toMatchObject({ "cluster-init": true });
    expect(config(three, "box-1")).not.toHaveProperty("server");
    expect(config(three, "box-3")).toMatchObject({ server: "https://10.0.0.1:6443", "secrets-encryption": true });
    expect(config(three, "box-3")).not.toHaveProperty("cluster-init");
  });

  it("gives an agent the server's address, or its name where it has none, and nothing that only servers read", () => {
    const agent = config(`${three}  leaf: { cluster: office, hardware: pi-5-8 }`, "leaf");
    expect(agent.server).toBe("https://10.0.0.1:6443");
    expect(Object.keys(agent).filter((key) => serverKeys.includes(key))).toEqual([]);
    expect(config("  a: { cluster: office, role: server, hardware: server }\n  b: { cluster: office, hardware: server }", "b").server).toBe(
      "https://a.demo.example:6443",
    );
  });

  it("lets nodes share images behind a narrow line only, and only where there are several", () => {
    const pair = (cluster: string) => `  a: { cluster: ${cluster}, role: server, hardware: pi-5-8 }\n  b: { cluster: ${cluster}, hardware: pi-5-8 }`;
    expect(config(pair("main"), "a")["embedded-registry"]).toBe(true);
    expect(config(pair("office"), "a")).not.toHaveProperty("embedded-registry");
    expect(config("  a: { cluster: main, role: server, hardware: pi-5-8 }", "a")).not.toHaveProperty("embedded-registry");
    expect(yamlFile(fleetWith(pair("main")), "b", "k3s/registries.yaml").mirrors).toHaveProperty("*");
  });

  it("never leaves out what the GPU's runtime class and DNS come with, whatever is stated", () => {
    const stated = "host: { k3s: { disable: [local-storage], keep: [traefik, metrics-server] } }";
    const disable = config(`  a: { cluster: office, role: server, hardware: server, ${stated} }`, "a").disable;
    expect(disable).toEqual(["servicelb", "local-storage"]);
    const text = filesOf(fleetWith(`  a: { cluster: office, role: server, hardware: server, ${stated} }`), "a")["k3s/config.yaml"];
    expect(text).toContain("# local-storage is left out: the fleet file says so.\n");
  });

  it("has the stated taints", () => {
    const taints = 'host: { taints: ["dedicated=camera:NoSchedule", "slow:NoExecute"] }';
    expect(config(`  a: { cluster: office, role: server, hardware: server, ${taints} }`, "a")["node-taint"]).toEqual([
      "dedicated=camera:NoSchedule",
      "slow=:NoExecute",
    ]);
  });

  it("has documented keys only, and no secret", () => {
    const devices = `${three}  leaf: { cluster: office, hardware: pi-5-8, host: { taints: ["a:NoSchedule"] } }
  m: { cluster: main, role: server, hardware: jetson-agx-orin-64 }
  n: { cluster: main, hardware: jetson-agx-orin-64 }`;
    for (const id of ["box-1", "box-2", "leaf", "m", "n"]) {
      const keys = Object.keys(config(devices, id));
      expect(keys.filter((key) => !serverKeys.includes(key) && !agentKeys.includes(key))).toEqual([]);
      // A token in the file would be committed; only the path of its file is there.
      expect(keys).not.toContain("token");
    }
  });
});

describe("the registries of a node", () => {
  it("are those of the workloads of its cluster, without credentials", () => {
    const workloads = `  web: { on: main, image: "quay.example:5000/acme/web:1.0.0" }
  cache: { on: main, image: "redis:7.2.0" }
  other: { on: office, image: "elsewhere.example/x:1.0.0" }`;
    const fleet = fleetWith("  a: { cluster: main, role: server, hardware: pi-5-8 }", workloads);
    expect(yamlFile(fleet, "a", "k3s/registries.yaml")).toEqual({
      mirrors: {
        "docker.io": { endpoint: ["https://registry-1.docker.io"] },
        "quay.example:5000": { endpoint: ["https://quay.example:5000"] },
        "registry.demo.example": { endpoint: ["https://registry.demo.example"] },
      },
    });
    const plan = yamlFile(fleet, "a", "install.yaml").files as { file: string; mode: string }[];
    expect(plan.filter(({ file }) => file.startsWith("k3s/") && !file.includes("certificates")).map(({ mode }) => mode)).toEqual([
      "0600",
      "0600",
      "0600",
    ]);
  });
});

describe("the header of a host file", () => {
  it("names a module and a function that exist, and the fleet's entry", () => {
    const fleet =
      fleetWith(`  eye: { cluster: main, role: server, hardware: jetson-agx-orin-64, data: nvme, power: 30W, host: { clocks: true, swap: 1GiB } }
  berry: { cluster: main, hardware: pi-4-8, data: usb-ssd }
  leaf: { cluster: main, hardware: pi-5-8 }`);
    const files = ["eye", "berry", "leaf"].flatMap((id) => Object.values(filesOf(fleet, id)).map((text) => ({ id, text })));
    expect(files.length).toBeGreaterThan(40);
    for (const { id, text } of files) {
      const [first, second = ""] = text.split("\n");
      expect(first).toMatch(/^# Generated by `fogline render`. Change clusters\/fleet.yaml/);
      const [, path = "", name = "", device] = /^# From (packages\/\S+) (\w+), for devices\.(\S+)\.$/.exec(second) ?? [];
      expect(device).toBe(id);
      expect(readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8"), second).toMatch(new RegExp(`const ${name}\\b`));
    }
  });
});
