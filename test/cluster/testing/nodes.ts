import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster, Fleet, KnownHardware } from "@fogline/fleet";
import type { KubernetesObject } from "@fogline/manifests";
import { formatKubernetesBytes, parseQuantity } from "@fogline/units";
import { load } from "js-yaml";

/** What of a cluster's tree says that nodes have more than the board: the device plugins' resources. */
export interface Plugged {
  /** Resource names such as `devices.fogline.dev/video0`. */
  readonly devices: readonly string[];
}

interface K3sConfig {
  readonly "node-label"?: readonly string[];
  readonly "node-taint"?: readonly string[];
}

interface KubeletConfig {
  readonly kubeReserved?: Readonly<Record<string, string>>;
  readonly systemReserved?: Readonly<Record<string, string>>;
  readonly evictionHard?: Readonly<Record<string, string>>;
}

/** A managed cluster's machines are not in the fleet file: its provider makes them. */
const managedNode: Pick<KnownHardware, "architecture" | "cpuCores" | "memoryBytes"> = {
  architecture: "amd64",
  cpuCores: 8,
  memoryBytes: 32 * 1024 ** 3,
};
const managedNodes = 3;

const quantity = (text: string | undefined): number => (text === undefined ? 0 : (parseQuantity(text) ?? 0));

/** A node that KWOK keeps ready. */
const node = (
  name: string,
  { architecture, cpuCores, memoryBytes }: Pick<KnownHardware, "architecture" | "cpuCores" | "memoryBytes">,
  { labels = [], taints = [], reservedCpu = 0, reservedMemory = 0, resources = {} }: NodeExtras = {},
): KubernetesObject => {
  const capacity = { cpu: String(cpuCores), memory: formatKubernetesBytes(memoryBytes), pods: "110", "ephemeral-storage": "60Gi", ...resources };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture,
        ...Object.fromEntries(labels.map((label) => label.split("=") as [string, string])),
      },
    },
    spec: {
      taints: taints.map((text) => {
        const [, key = "", value = "", effect = ""] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? [];
        return { key, value, effect };
      }),
    },
    status: {
      capacity,
      allocatable: {
        ...capacity,
        cpu: `${Math.round((cpuCores - reservedCpu) * 1000)}m`,
        memory: formatKubernetesBytes(memoryBytes - reservedMemory),
      },
    },
  };
};

interface NodeExtras {
  readonly labels?: readonly string[];
  readonly taints?: readonly string[];
  /** In cores. */
  readonly reservedCpu?: number;
  /** In bytes. */
  readonly reservedMemory?: number;
  readonly resources?: Readonly<Record<string, string>>;
}

/**
 * The nodes of a cluster as the scheduler sees them: the board out of the hardware table; labels, taints and reservations out of the host files
 * that are rendered for it; what device plugins add.
 */
export const nodesOf = (fleet: Fleet, cluster: Cluster, repository: string, { devices }: Plugged): KubernetesObject[] => {
  const members = fleet.devices.filter(({ id, role }) => cluster.devices.includes(id) && role !== "alone");
  const known = members.flatMap((device) => (device.profile.kind === "known" ? [{ device, profile: device.profile }] : []));
  if (known.length === 0) return Array.from({ length: managedNodes }, (_, index) => node(`${cluster.name}-${index + 1}`, managedNode));
  return known.map(({ device, profile }) => {
    const file = (path: string): unknown => load(readFileSync(join(repository, "bootstrap/generated", device.id, path), "utf8"));
    const k3s = file("k3s/config.yaml") as K3sConfig;
    const { kubeReserved = {}, systemReserved = {}, evictionHard = {} } = file("k3s/kubelet.conf.d/10-fogline.conf") as KubeletConfig;
    const gpus = profile.gpu === undefined ? {} : { "nvidia.com/gpu": String(device.gpuSlices) };
    return node(device.id, profile, {
      labels: k3s["node-label"] ?? [],
      taints: k3s["node-taint"] ?? [],
      reservedCpu: quantity(kubeReserved.cpu) + quantity(systemReserved.cpu),
      reservedMemory: quantity(kubeReserved.memory) + quantity(systemReserved.memory) + quantity(evictionHard["memory.available"]),
      resources: { ...gpus, ...Object.fromEntries(devices.map((name) => [name, "1"])) },
    });
  });
};
