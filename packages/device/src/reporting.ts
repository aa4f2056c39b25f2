import { MEBIBYTE } from "@fogline/units";
import type { DeviceState } from "./capabilities.ts";

/** Steps below which a change is not worth the network. CPU, temperature and memory steps are those of balena's supervisor. */
export const reportingSteps = Object.freeze({
  cpuPercent: 20,
  temperatureCelsius: 5,
  memoryBytes: 10 * MEBIBYTE,
  storageBytes: 10 * MEBIBYTE,
  batteryPercent: 5,
});

const step = (value: number | null, size: number): number | null => (value === null ? null : Math.floor(value / size));

/**
 * Whether `next` says anything new since `previous`, the last state that was reported (`null`: none yet, so it does). Numbers count when they
 * fall into another step, modes and sensors that appear or vanish always.
 */
export const worthReporting = (previous: DeviceState | null, next: DeviceState): boolean =>
  previous === null ||
  previous.powerMode !== next.powerMode ||
  previous.thermalState !== next.thermalState ||
  previous.charging !== next.charging ||
  step(previous.cpuPercent, reportingSteps.cpuPercent) !== step(next.cpuPercent, reportingSteps.cpuPercent) ||
  step(previous.temperatureCelsius, reportingSteps.temperatureCelsius) !== step(next.temperatureCelsius, reportingSteps.temperatureCelsius) ||
  step(previous.memoryAvailableBytes, reportingSteps.memoryBytes) !== step(next.memoryAvailableBytes, reportingSteps.memoryBytes) ||
  step(previous.storageFreeBytes, reportingSteps.storageBytes) !== step(next.storageFreeBytes, reportingSteps.storageBytes) ||
  step(previous.batteryPercent, reportingSteps.batteryPercent) !== step(next.batteryPercent, reportingSteps.batteryPercent);
