import type { Device } from "@fogline/fleet";

/** One named configuration of NVIDIA's device plugin, as its file has it. */
export interface DevicePluginConfig {
  readonly version: "v1";
  readonly flags: { readonly deviceDiscoveryStrategy: "tegra" | "auto" };
  readonly sharing?: Partial<Record<"timeSlicing" | "mps", Sharing>>;
}

interface Sharing {
  readonly renameByDefault: boolean;
  readonly failRequestsGreaterThanOne?: boolean;
  readonly resources: readonly { readonly name: "nvidia.com/gpu"; readonly replicas: number }[];
}

/** True where a device has a GPU for pods: its board does, or it was told to divide one before it reports. */
export const hasGpu = ({ profile, gpuSlices, gpuSharing }: Device): boolean =>
  profile.kind === "known" ? profile.gpu !== undefined : gpuSlices > 1 || gpuSharing === "mps";

type Shares = Pick<Device, "gpuSlices" | "gpuSharing" | "profile">;

const isTegra = ({ profile }: Shares): boolean => profile.kind === "known" && profile.deviceClass === "jetson";

/** The name of the configuration that a node asks for by its label `nvidia.com/device-plugin.config`. */
export const devicePluginConfigName = (device: Shares): string => {
  const sharing = device.gpuSlices > 1 ? `${device.gpuSharing}-${device.gpuSlices}` : "whole";
  return isTegra(device) ? `tegra-${sharing}` : sharing;
};

/**
 * The device plugin's configuration for a GPU in so many shares. Shares take turns and use the same memory: nothing isolates them. A request for
 * several shares is allowed, because a workload states how many it needs; it gets no more time for them. On Tegra the plugin must be told how to
 * find the GPU: its detection falls back to NVML, which is absent there. The rules refuse MPS on Tegra (FL1100).
 */
const devicePluginConfig = (device: Shares): DevicePluginConfig => {
  const flags = { deviceDiscoveryStrategy: isTegra(device) ? "tegra" : "auto" } as const;
  if (device.gpuSlices === 1) return { version: "v1", flags };
  const resources = [{ name: "nvidia.com/gpu", replicas: device.gpuSlices }] as const;
  return device.gpuSharing === "mps"
    ? { version: "v1", flags, sharing: { mps: { renameByDefault: false, resources } } }
    : { version: "v1", flags, sharing: { timeSlicing: { renameByDefault: false, failRequestsGreaterThanOne: false, resources } } };
};

/** The configurations that the GPUs of these devices ask for, by name: what the plugin's ConfigMap holds. */
export const devicePluginConfigs = (devices: readonly Device[]): Readonly<Record<string, DevicePluginConfig>> =>
  Object.fromEntries(
    devices
      .filter(hasGpu)
      .map((device) => [devicePluginConfigName(device), devicePluginConfig(device)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
