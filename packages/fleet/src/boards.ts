import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import type { HardwareFacts } from "./hardware.ts";

/**
 * NVIDIA Jetson Orin series data sheets: Cortex-A78AE cores, Ampere GPU in shared LPDDR5; clocks drop at 99 C,
 * shutdown at 105 C. The system keeps two cores and 8 GB, or a quarter of the memory where that is less.
 */
export const jetson = (
  facts: Pick<HardwareFacts, "cpuCores" | "memoryBytes" | "reservedMemoryBytes" | "storage" | "idleWatts" | "wattsMax"> & { cudaCores: number },
): HardwareFacts => {
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

/**
 * Raspberry Pi documentation: four Cortex-A72 (Pi 4) or A76 (Pi 5) cores; clocks drop step by step from 80 C, hard limit 85 C.
 * The system keeps one core and 2 GB, or a quarter of the memory where that is less.
 */
export const pi = (memoryBytes: number, reservedMemoryBytes: number, idleWatts: number, wattsMax: number): HardwareFacts => ({
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

/** Machines that differ from maker to maker: what is typical of each kind. Where it matters, `detected` takes the real facts. */
export const typical = {
  laptop: {
    deviceClass: "laptop",
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
  },
  desktop: {
    deviceClass: "desktop",
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
  },
  server: {
    deviceClass: "server",
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
  },
  smartphone: {
    deviceClass: "smartphone",
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
  },
  tablet: {
    deviceClass: "tablet",
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
  },
  "iot-sensor": {
    deviceClass: "iot",
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
  },
} as const satisfies Record<string, HardwareFacts>;
