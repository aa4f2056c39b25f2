import { type ConnectivityName, type Device, forWorkloads, type KnownHardware } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import { formatKubernetesBytes, MEBIBYTE } from "@fogline/units";
import { type HostContext, hasFragileData } from "./context.ts";
import type { HostFile } from "./file.ts";

/** What the kubelet keeps from pods. The three amounts of memory and what workloads get are all the memory of the board. */
export interface Reservations {
  readonly kubeMemoryBytes: number;
  readonly systemMemoryBytes: number;
  /** Below this much free memory the kubelet evicts pods; Kubernetes takes it from what pods may use. */
  readonly evictionBytes: number;
  readonly kubeMillicores: number;
  readonly systemMillicores: number;
}

const EVICTION_BYTES_MIN = 64 * MEBIBYTE;
const EVICTION_BYTES_MAX = 512 * MEBIBYTE;
const whole = (bytes: number): number => Math.floor(bytes / MEBIBYTE) * MEBIBYTE;

/** An eighth of the reservation is the margin at which pods are evicted; K3s and the system have half of the rest each. */
export const reservationsOf = (profile: KnownHardware): Reservations => {
  const { cpuCores, memoryBytes } = forWorkloads(profile);
  const reservedBytes = profile.memoryBytes - memoryBytes;
  const reservedMillicores = Math.round((profile.cpuCores - cpuCores) * 1000);
  const evictionBytes = Math.min(EVICTION_BYTES_MAX, Math.max(EVICTION_BYTES_MIN, whole(reservedBytes / 8)));
  const kubeMemoryBytes = whole((reservedBytes - evictionBytes) / 2);
  const kubeMillicores = Math.floor(reservedMillicores / 2);
  return {
    evictionBytes,
    kubeMemoryBytes,
    systemMemoryBytes: reservedBytes - evictionBytes - kubeMemoryBytes,
    kubeMillicores,
    systemMillicores: reservedMillicores - kubeMillicores,
  };
};

/**
 * How often a node says how it is, and how long an image that no pod uses stays. Total: a new profile does not compile until it has a row. An
 * image that has to come over a slow line again costs more than the disk it lies on.
 */
const byConnectivity: { readonly [Name in ConnectivityName]: { readonly statusSeconds: number; readonly imageHours: number } } = {
  always: { statusSeconds: 10, imageHours: 1 },
  metered: { statusSeconds: 20, imageHours: 24 },
  intermittent: { statusSeconds: 20, imageHours: 72 },
  "air-gapped": { statusSeconds: 10, imageHours: 720 },
};

/** Seconds between two reports of a node to its server. */
export const statusSeconds = ({ connectivity }: Device): number => byConnectivity[connectivity.base].statusSeconds;

/** The drop-in with the kubelet's own settings; K3s reads the folder since v1.32. */
export const kubeletDropIn = ({ device, node }: HostContext): readonly HostFile[] => {
  if (node === undefined) return [];
  const { profile, connectivity, host } = device;
  const [logSize, logFiles] = hasFragileData(device) ? ["5Mi", 2] : ["10Mi", 3];
  const swaps = host.zramFraction > 0 || host.swapBytes > 0;
  const body = yamlText({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    ...(profile.kind === "known" ? memoryKeys(profile) : {}),
    ...(host.podsMax === undefined ? {} : { maxPods: host.podsMax }),
    containerLogMaxSize: logSize,
    containerLogMaxFiles: logFiles,
    imageGCHighThresholdPercent: 85,
    imageGCLowThresholdPercent: 80,
    imageMinimumGCAge: `${byConnectivity[connectivity.base].imageHours}h`,
    // One image after another: on a slow line two at once only both come late.
    serializeImagePulls: true,
    nodeStatusUpdateFrequency: `${statusSeconds(device)}s`,
    failSwapOn: false,
    memorySwap: { swapBehavior: swaps ? "LimitedSwap" : "NoSwap" },
    shutdownGracePeriod: "30s",
    shutdownGracePeriodCriticalPods: "10s",
  });
  return [
    {
      path: "k3s/kubelet.conf.d/10-fogline.conf",
      from: "kubelet.ts kubeletDropIn",
      notes: profile.kind === "known" ? [] : ["Nothing is reserved: what the machine has is known only when its agent has reported."],
      body,
      install: {
        to: "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/10-fogline.conf",
        how: "copy",
        mode: "0600",
        after: "restart-k3s",
      },
    },
  ];
};

const memoryKeys = (profile: KnownHardware): Record<string, unknown> => {
  const { kubeMemoryBytes, systemMemoryBytes, evictionBytes, kubeMillicores, systemMillicores } = reservationsOf(profile);
  return {
    kubeReserved: { cpu: `${kubeMillicores}m`, memory: formatKubernetesBytes(kubeMemoryBytes) },
    systemReserved: { cpu: `${systemMillicores}m`, memory: formatKubernetesBytes(systemMemoryBytes) },
    evictionHard: {
      "memory.available": formatKubernetesBytes(evictionBytes),
      "nodefs.available": "10%",
      "nodefs.inodesFree": "5%",
      "imagefs.available": "10%",
    },
  };
};
