import type { Cluster, Fleet } from "@fogline/fleet";
import type { KubernetesObject } from "@fogline/manifests";
import { formatKubernetesBytes } from "@fogline/units";
import { type Machine, machinesOf, type ReadRendered } from "./machines.ts";

/** What of a cluster's tree says that nodes have more than the board: the device plugins' resources. */
export interface Plugged {
  /** Resource names such as `devices.fogline.dev/video0`. */
  readonly devices: readonly string[];
}

/** A managed cluster's machines are not in the fleet file: its provider makes them. */
const managed = (name: string): Machine => ({
  ...{ name, hardware: "managed", architecture: "amd64", cpuCores: 8, memoryBytes: 32 * 1024 ** 3, reservedCores: 0, reservedMemoryBytes: 0 },
  ...{ labels: {}, taints: [], resources: {} },
});
const managedNodes = 3;

/** A node that KWOK keeps ready, as large as a machine. */
export const nodeOf = (machine: Machine, { devices }: Plugged): KubernetesObject => {
  const { name, architecture, cpuCores, memoryBytes, reservedCores, reservedMemoryBytes, labels, taints } = machine;
  const resources = Object.fromEntries(
    [...Object.entries(machine.resources), ...devices.map((device) => [device, 1])].map(([key, count]) => [key, String(count)]),
  );
  const capacity = { cpu: String(cpuCores), memory: formatKubernetesBytes(memoryBytes), pods: "110", "ephemeral-storage": "60Gi", ...resources };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": architecture, ...labels },
    },
    spec: { taints },
    status: {
      capacity,
      allocatable: {
        ...capacity,
        cpu: `${Math.round((cpuCores - reservedCores) * 1000)}m`,
        memory: formatKubernetesBytes(memoryBytes - reservedMemoryBytes),
      },
    },
  };
};

/** The nodes of a cluster as the scheduler sees them; three of a provider's where the fleet knows no machine of it. */
export const nodesOf = (fleet: Fleet, cluster: Cluster, read: ReadRendered, { devices }: Plugged): KubernetesObject[] => {
  const machines = machinesOf(fleet, [cluster], read);
  if (machines.length > 0) return machines.map((machine) => nodeOf(machine, { devices }));
  return Array.from({ length: managedNodes }, (_, index) => nodeOf(managed(`${cluster.name}-${index + 1}`), { devices: [] }));
};
