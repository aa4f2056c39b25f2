import { GIBIBYTE, MEBIBYTE } from "@fogline/units";

/** What kind of thing a device is; power rules, placement and the dashboard decide by it. */
export const deviceClasses = ["smartphone", "tablet", "laptop", "desktop", "raspberry-pi", "jetson", "iot", "server"] as const;
export type DeviceClass = (typeof deviceClasses)[number];

/** Every hardware profile a fleet file may name. Memory is part of the name, because one board is sold with several sizes. */
export const hardwareNames = [
  "jetson-orin-nano-4",
  "jetson-orin-nano-8",
  "jetson-orin-nx-8",
  "jetson-orin-nx-16",
  "jetson-agx-orin-32",
  "jetson-agx-orin-64",
  "pi-4-2",
  "pi-4-4",
  "pi-4-8",
  "pi-5-4",
  "pi-5-8",
  "pi-5-16",
  "laptop",
  "desktop",
  "server",
  "smartphone",
  "tablet",
  "iot-sensor",
  "detected",
] as const;
export type HardwareName = (typeof hardwareNames)[number];

export type Architecture = "arm64" | "amd64";
export type StorageMedium = "emmc" | "flash" | "microsd" | "nvme" | "ssd";

export interface Gpu {
  readonly model: string;
  readonly cudaCores: number;
  readonly tensorCores: number;
  /** True where the GPU takes its memory from the board's: what a model uses there, a pod cannot have. */
  readonly sharesMemory: boolean;
}

/** A machine whose facts are known from its data sheet, or typical of its kind where there is no one data sheet. */
export interface KnownHardware {
  readonly kind: "known";
  readonly name: Exclude<HardwareName, "detected">;
  readonly deviceClass: DeviceClass;
  readonly architecture: Architecture;
  readonly cpuCores: number;
  readonly memoryBytes: number;
  /** What the operating system, K3s and the agent keep for themselves; workloads get the rest. */
  readonly reservedCores: number;
  readonly reservedMemoryBytes: number;
  /** The medium the system runs from as the profile assumes it. `bytes` only where the board decides it. */
  readonly storage: { readonly medium: StorageMedium; readonly bytes?: number };
  readonly gpu?: Gpu;
  readonly battery: boolean;
  /** Chip temperature at which the firmware lowers the clock, and the highest it may reach. */
  readonly thermal: { readonly throttleCelsius: number; readonly celsiusMax: number };
  readonly idleWatts: number;
  readonly wattsMax: number;
  /** Whether it can be a node of a Kubernetes cluster; the others run the agent alone. */
  readonly kubernetes: boolean;
}

/** A machine whose agent reports its facts when it first connects; nothing is known before. */
export interface DetectedHardware {
  readonly kind: "detected";
  readonly name: "detected";
  readonly kubernetes: true;
}

export type HardwareProfile = KnownHardware | DetectedHardware;

type Facts = Omit<KnownHardware, "kind" | "name">;

const known = <Name extends KnownHardware["name"]>(name: Name, facts: Facts): KnownHardware & { readonly name: Name } =>
  Object.freeze({ kind: "known", name, ...facts });

/** System reservation of a Jetson from 32 GB, where the seed's 8 GB is a quarter; smaller boards keep a quarter as well. */
export const JETSON_RESERVED_BYTES_MAX = 8 * GIBIBYTE;
/** System reservation of a Pi from 8 GB; smaller boards keep a quarter. */
export const PI_RESERVED_BYTES_MAX = 2 * GIBIBYTE;

/** NVIDIA Jetson Orin series data sheets: Cortex-A78AE cores, Ampere GPU in shared LPDDR5; clocks drop at 99 C, shutdown at 105 C. */
const jetson = (
  facts: Pick<Facts, "cpuCores" | "memoryBytes" | "reservedMemoryBytes" | "storage" | "idleWatts" | "wattsMax"> & { cudaCores: number },
): Facts => {
  const { cudaCores, ...rest } = facts;
  return {
    ...rest,
    deviceClass: "jetson",
    architecture: "arm64",
    reservedCores: 2,
    gpu: { model: "NVIDIA Ampere", cudaCores, tensorCores: cudaCores / 32, sharesMemory: true },
    battery: false,
    thermal: { throttleCelsius: 99, celsiusMax: 105 },
    kubernetes: true,
  };
};

/** Raspberry Pi documentation: four Cortex-A72 (Pi 4) or A76 (Pi 5) cores; clocks drop step by step from 80 C, hard limit 85 C. */
const pi = (memoryBytes: number, reservedMemoryBytes: number, idleWatts: number, wattsMax: number): Facts => ({
  memoryBytes,
  reservedMemoryBytes,
  idleWatts,
  wattsMax,
  deviceClass: "raspberry-pi",
  architecture: "arm64",
  cpuCores: 4,
  reservedCores: 1,
  storage: { medium: "microsd" },
  battery: false,
  thermal: { throttleCelsius: 80, celsiusMax: 85 },
  kubernetes: true,
});

/** Generic profiles state a typical machine of their kind; where it matters, `detected` takes the real facts. */
const generic = (deviceClass: DeviceClass, facts: Omit<Facts, "deviceClass">): Facts => ({ deviceClass, ...facts });

/** The facts of every profile. Total: a new name does not compile until it has a row. Watts are of the board, without peripherals. */
export const hardware: { readonly [Name in HardwareName]: HardwareProfile & { readonly name: Name } } = Object.freeze({
  "jetson-orin-nano-4": known(
    "jetson-orin-nano-4",
    jetson({
      cpuCores: 6,
      memoryBytes: 4 * GIBIBYTE,
      reservedMemoryBytes: GIBIBYTE,
      storage: { medium: "nvme" },
      cudaCores: 512,
      idleWatts: 4,
      wattsMax: 25,
    }),
  ),
  "jetson-orin-nano-8": known(
    "jetson-orin-nano-8",
    jetson({
      cpuCores: 6,
      memoryBytes: 8 * GIBIBYTE,
      reservedMemoryBytes: 2 * GIBIBYTE,
      storage: { medium: "nvme" },
      cudaCores: 1024,
      idleWatts: 5,
      wattsMax: 25,
    }),
  ),
  "jetson-orin-nx-8": known(
    "jetson-orin-nx-8",
    jetson({
      cpuCores: 6,
      memoryBytes: 8 * GIBIBYTE,
      reservedMemoryBytes: 2 * GIBIBYTE,
      storage: { medium: "nvme" },
      cudaCores: 1024,
      idleWatts: 5,
      wattsMax: 40,
    }),
  ),
  "jetson-orin-nx-16": known(
    "jetson-orin-nx-16",
    jetson({
      cpuCores: 8,
      memoryBytes: 16 * GIBIBYTE,
      reservedMemoryBytes: 4 * GIBIBYTE,
      storage: { medium: "nvme" },
      cudaCores: 1024,
      idleWatts: 5,
      wattsMax: 40,
    }),
  ),
  "jetson-agx-orin-32": known(
    "jetson-agx-orin-32",
    jetson({
      cpuCores: 8,
      memoryBytes: 32 * GIBIBYTE,
      reservedMemoryBytes: 8 * GIBIBYTE,
      storage: { medium: "emmc", bytes: 64e9 },
      cudaCores: 1792,
      idleWatts: 9,
      wattsMax: 40,
    }),
  ),
  "jetson-agx-orin-64": known(
    "jetson-agx-orin-64",
    jetson({
      cpuCores: 12,
      memoryBytes: 64 * GIBIBYTE,
      reservedMemoryBytes: 8 * GIBIBYTE,
      storage: { medium: "emmc", bytes: 64e9 },
      cudaCores: 2048,
      idleWatts: 9,
      wattsMax: 60,
    }),
  ),
  "pi-4-2": known("pi-4-2", pi(2 * GIBIBYTE, 512 * MEBIBYTE, 2.7, 7)),
  "pi-4-4": known("pi-4-4", pi(4 * GIBIBYTE, GIBIBYTE, 2.7, 7)),
  "pi-4-8": known("pi-4-8", pi(8 * GIBIBYTE, 2 * GIBIBYTE, 2.7, 7)),
  "pi-5-4": known("pi-5-4", pi(4 * GIBIBYTE, GIBIBYTE, 2.9, 12)),
  "pi-5-8": known("pi-5-8", pi(8 * GIBIBYTE, 2 * GIBIBYTE, 2.9, 12)),
  "pi-5-16": known("pi-5-16", pi(16 * GIBIBYTE, 2 * GIBIBYTE, 2.9, 12)),
  laptop: known(
    "laptop",
    generic("laptop", {
      architecture: "amd64",
      cpuCores: 8,
      memoryBytes: 16 * GIBIBYTE,
      reservedCores: 1,
      reservedMemoryBytes: 2 * GIBIBYTE,
      storage: { medium: "ssd" },
      battery: true,
      thermal: { throttleCelsius: 95, celsiusMax: 100 },
      idleWatts: 6,
      wattsMax: 65,
      kubernetes: true,
    }),
  ),
  desktop: known(
    "desktop",
    generic("desktop", {
      architecture: "amd64",
      cpuCores: 8,
      memoryBytes: 32 * GIBIBYTE,
      reservedCores: 1,
      reservedMemoryBytes: 2 * GIBIBYTE,
      storage: { medium: "ssd" },
      battery: false,
      thermal: { throttleCelsius: 95, celsiusMax: 100 },
      idleWatts: 30,
      wattsMax: 250,
      kubernetes: true,
    }),
  ),
  server: known(
    "server",
    generic("server", {
      architecture: "amd64",
      cpuCores: 16,
      memoryBytes: 64 * GIBIBYTE,
      reservedCores: 1,
      reservedMemoryBytes: 4 * GIBIBYTE,
      storage: { medium: "nvme" },
      battery: false,
      thermal: { throttleCelsius: 90, celsiusMax: 100 },
      idleWatts: 80,
      wattsMax: 400,
      kubernetes: true,
    }),
  ),
  smartphone: known(
    "smartphone",
    generic("smartphone", {
      architecture: "arm64",
      cpuCores: 8,
      memoryBytes: 8 * GIBIBYTE,
      reservedCores: 4,
      reservedMemoryBytes: 4 * GIBIBYTE,
      storage: { medium: "flash" },
      battery: true,
      thermal: { throttleCelsius: 45, celsiusMax: 60 },
      idleWatts: 0.5,
      wattsMax: 8,
      kubernetes: false,
    }),
  ),
  tablet: known(
    "tablet",
    generic("tablet", {
      architecture: "arm64",
      cpuCores: 8,
      memoryBytes: 8 * GIBIBYTE,
      reservedCores: 4,
      reservedMemoryBytes: 4 * GIBIBYTE,
      storage: { medium: "flash" },
      battery: true,
      thermal: { throttleCelsius: 45, celsiusMax: 60 },
      idleWatts: 0.8,
      wattsMax: 12,
      kubernetes: false,
    }),
  ),
  "iot-sensor": known(
    "iot-sensor",
    generic("iot", {
      architecture: "arm64",
      cpuCores: 1,
      memoryBytes: 512 * MEBIBYTE,
      reservedCores: 0,
      reservedMemoryBytes: 128 * MEBIBYTE,
      storage: { medium: "microsd" },
      battery: false,
      thermal: { throttleCelsius: 80, celsiusMax: 85 },
      idleWatts: 0.6,
      wattsMax: 3,
      kubernetes: false,
    }),
  ),
  detected: Object.freeze({ kind: "detected", name: "detected", kubernetes: true }),
});

/** True for the name of a profile in {@link hardware}. */
export const isHardwareName = (name: string): name is HardwareName => Object.hasOwn(hardware, name);

/** Cores and memory of a known machine that workloads may use: all of it less what the system keeps. */
export const forWorkloads = (profile: KnownHardware): { readonly cpuCores: number; readonly memoryBytes: number } => ({
  cpuCores: profile.cpuCores - profile.reservedCores,
  memoryBytes: profile.memoryBytes - profile.reservedMemoryBytes,
});
