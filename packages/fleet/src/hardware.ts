import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import { jetson, pi, typical } from "./boards.ts";

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

/** What a row of the table states beside its name. */
export type HardwareFacts = Omit<KnownHardware, "kind" | "name">;

const known = <Name extends KnownHardware["name"]>(name: Name, facts: HardwareFacts): KnownHardware & { readonly name: Name } =>
  Object.freeze({ kind: "known", name, ...facts });

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
  laptop: known("laptop", typical.laptop),
  desktop: known("desktop", typical.desktop),
  server: known("server", typical.server),
  smartphone: known("smartphone", typical.smartphone),
  tablet: known("tablet", typical.tablet),
  "iot-sensor": known("iot-sensor", typical["iot-sensor"]),
  detected: Object.freeze({ kind: "detected", name: "detected", kubernetes: true }),
});

/** True for the name of a profile in {@link hardware}. */
export const isHardwareName = (name: string): name is HardwareName => Object.hasOwn(hardware, name);

/** Cores and memory of a known machine that workloads may use: all of it less what the system keeps. */
export const forWorkloads = (profile: KnownHardware): { readonly cpuCores: number; readonly memoryBytes: number } => ({
  cpuCores: profile.cpuCores - profile.reservedCores,
  memoryBytes: profile.memoryBytes - profile.reservedMemoryBytes,
});
