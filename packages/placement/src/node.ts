import type { Architecture, DeviceCapabilities, DeviceState, ThermalState } from "@fogline/device";
import type { Tier } from "@fogline/fleet";

export type NodeStatus = "never-seen" | "online" | "suspect" | "offline";

/** A node as placement sees it: what it is, how it is, and what of it is not yet promised to a task. */
export interface Node {
  readonly id: string;
  readonly site: string;
  readonly tier: Tier;
  readonly residency: string | null;
  /** Share of the time the node's tier promises, 0 to 1. */
  readonly availability: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: NodeStatus;
  readonly draining: boolean;
  /** `null` until its agent said what it is. */
  readonly architecture: Architecture | null;
  readonly containers: boolean;
  readonly gpus: number;
  readonly gpusFree: number;
  readonly cpuCores: number;
  /** Installed cores less those promised to tasks. */
  readonly cpuCoresFree: number;
  /** Cores that the last sample found idle; at most `cpuCores`. */
  readonly cpuCoresIdle: number;
  readonly memoryBytes: number;
  /** What is neither promised to tasks nor in use by something else. */
  readonly memoryFreeBytes: number;
  /** Tasks assigned or running. */
  readonly tasks: number;
  readonly batteryPowered: boolean;
  readonly batteryPercent: number | null;
  readonly charging: boolean | null;
  readonly temperatureCelsius: number | null;
  readonly thermalState: ThermalState;
  readonly networkBandwidthMbps: number | null;
  readonly networkLatencyMs: number | null;
}

/** The part of a registry record that placement reads; `NodeRecord` of the contracts fits. */
export interface NodeSource {
  readonly id: string;
  readonly site: string;
  readonly tier: Tier;
  readonly residency: string | null;
  readonly availability: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: NodeStatus;
  readonly draining: boolean;
  readonly capabilities: DeviceCapabilities | null;
  readonly state: DeviceState | null;
}

/** What a node's assigned and running tasks were promised, counted by whoever assigns them. */
export interface NodeLoad {
  readonly tasks: number;
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  /** The part of `memoryBytes` promised after the node's sample was taken, which the sample cannot show yet. */
  readonly memoryBytesUnseen?: number;
}

const idle: NodeLoad = Object.freeze({ tasks: 0, cpuCores: 0, memoryBytes: 0, gpus: 0 });

/** Cores to a millionth, so that three times 0.1 leaves 0.7 of one core and not a little less. */
const exactCores = (cores: number): number => Math.round(cores * 1e6) / 1e6;

/** Joins a registry record with what its tasks were promised. Without capabilities or a sample the node has nothing to give. */
export const nodeView = (source: NodeSource, load: NodeLoad = idle): Node => {
  const { id, site, tier, residency, availability, labels, status, draining, capabilities, state } = source;
  const cpuCores = capabilities?.cpuCores ?? 0;
  const memoryBytes = capabilities?.memoryBytes ?? 0;
  const gpus = capabilities?.gpu?.count ?? 0;
  const available = (state?.memoryAvailableBytes ?? 0) - (load.memoryBytesUnseen ?? 0);
  return {
    id,
    site,
    tier,
    residency,
    availability,
    labels,
    status,
    draining,
    architecture: capabilities?.architecture ?? null,
    containers: capabilities?.features.includes("containers") ?? false,
    gpus,
    gpusFree: Math.max(0, gpus - load.gpus),
    cpuCores,
    cpuCoresFree: Math.max(0, exactCores(cpuCores - load.cpuCores)),
    cpuCoresIdle: state === null ? 0 : cpuCores * (1 - state.cpuPercent / 100),
    memoryBytes,
    memoryFreeBytes: Math.max(0, Math.min(memoryBytes - load.memoryBytes, available)),
    tasks: load.tasks,
    batteryPowered: capabilities?.batteryPowered ?? false,
    batteryPercent: state?.batteryPercent ?? null,
    charging: state?.charging ?? null,
    temperatureCelsius: state?.temperatureCelsius ?? null,
    thermalState: state?.thermalState ?? "unknown",
    networkBandwidthMbps: state?.networkBandwidthMbps ?? null,
    networkLatencyMs: state?.networkLatencyMs ?? null,
  };
};
