import type { Architecture, Cluster, Device, Fleet } from "@fogline/fleet";
import { parseQuantity } from "@fogline/units";
import { load } from "js-yaml";

/** A machine as a scheduler sees it. */
export interface Machine {
  readonly name: string;
  /** The hardware profile that it is made of; what it is instead, where there is none. */
  readonly hardware: string;
  readonly architecture: Architecture;
  readonly cpuCores: number;
  readonly memoryBytes: number;
  /** What the system, the kubelet and the threshold of eviction take of it. */
  readonly reservedCores: number;
  readonly reservedMemoryBytes: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Whole things that pods ask for, such as `nvidia.com/gpu`. */
  readonly resources: Readonly<Record<string, number>>;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** Reads a rendered file by its path from the repository's root. */
export type ReadRendered = (path: string) => string;

interface K3sConfig {
  readonly "node-label"?: readonly string[];
  readonly "node-taint"?: readonly string[];
}

interface KubeletConfig {
  readonly kubeReserved?: Readonly<Record<string, string>>;
  readonly systemReserved?: Readonly<Record<string, string>>;
  readonly evictionHard?: Readonly<Record<string, string>>;
}

const quantity = (text: string | undefined): number => (text === undefined ? 0 : (parseQuantity(text) ?? 0));

/** `key=value:Effect`, as K3s takes it. */
const taintOf = (text: string): Taint => {
  const [, key = "", value = "", effect = ""] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? [];
  return { key, value, effect };
};

/**
 * A device of known hardware: the board out of the hardware table; labels, taints and reservations out of the host files that are rendered for it.
 * `undefined` for one whose hardware its agent reports, and for one that is no node.
 */
export const machineOf = ({ id, role, profile, gpuSlices }: Device, read: ReadRendered): Machine | undefined => {
  if (profile.kind !== "known" || role === "alone") return undefined;
  const file = (path: string): unknown => load(read(`bootstrap/generated/${id}/${path}`));
  const { "node-label": labels = [], "node-taint": taints = [] } = file("k3s/config.yaml") as K3sConfig;
  const { kubeReserved = {}, systemReserved = {}, evictionHard = {} } = file("k3s/kubelet.conf.d/10-fogline.conf") as KubeletConfig;
  return {
    name: id,
    hardware: profile.name,
    architecture: profile.architecture,
    cpuCores: profile.cpuCores,
    memoryBytes: profile.memoryBytes,
    reservedCores: quantity(kubeReserved.cpu) + quantity(systemReserved.cpu),
    reservedMemoryBytes: quantity(kubeReserved.memory) + quantity(systemReserved.memory) + quantity(evictionHard["memory.available"]),
    labels: Object.fromEntries(labels.map((label) => label.split("=") as [string, string])),
    taints: taints.map(taintOf),
    resources: profile.gpu === undefined ? {} : { "nvidia.com/gpu": gpuSlices },
  };
};

/** The devices of clusters that are nodes of known hardware, in the order of the fleet. */
export const machinesOf = (fleet: Fleet, clusters: readonly Cluster[], read: ReadRendered): Machine[] =>
  fleet.devices.filter(({ id }) => clusters.some(({ devices }) => devices.includes(id))).flatMap((device) => machineOf(device, read) ?? []);
