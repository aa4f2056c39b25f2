/** Processor families that Fogline builds for. */
export type Architecture = "amd64" | "arm64" | "riscv64" | "arm";

/** What kind of thing a device is, see {@link classify}. */
export type DeviceClass = "smartphone" | "tablet" | "laptop" | "desktop" | "raspberry-pi" | "jetson" | "iot" | "server";

/** How much a device allows itself, from least to most, see {@link evaluatePower}. */
export type PowerMode = "critical" | "power-save" | "balanced" | "performance";

/** How hot a device is, see {@link thermalState}. */
export type ThermalState = "normal" | "warm" | "hot" | "critical" | "unknown";

/** What a device is made of, found by its agent once at start. Bytes are bytes, cores are physical cores. */
export interface DeviceCapabilities {
  architecture: Architecture;
  deviceClass: DeviceClass;
  model?: string | undefined;
  operatingSystem: string;
  kernel: string;
  cpuCores: number;
  memoryBytes: number;
  storageBytes: number;
  gpu?: { model: string; count: number } | undefined;
  batteryPowered: boolean;
  /** Runtime features: "containers", "bluetooth-le", "bitchat". */
  features: string[];
  networkInterfaces: { name: string; kind: "ethernet" | "wifi" | "cellular" | "other"; speedMbps: number | null }[];
}

/** One sample of a device. `null` where the device has no such sensor or it could not be read. */
export interface DeviceState {
  sampledAtMs: number;
  uptimeMs: number;
  cpuPercent: number;
  memoryAvailableBytes: number;
  storageFreeBytes: number;
  temperatureCelsius: number | null;
  batteryPercent: number | null;
  charging: boolean | null;
  networkBandwidthMbps: number | null;
  networkLatencyMs: number | null;
  powerMode: PowerMode;
  thermalState: ThermalState;
}
