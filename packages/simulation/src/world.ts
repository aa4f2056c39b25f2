import type { Reading } from "@fogline/agent";
import { type SimulatedHardware, storageBytesOf } from "./hardware.ts";

// What happens to a made-up device. Every function here depends on its arguments alone: the same hardware, load and elapsed time give the same
// world, whatever the speed of the clock that drives it.

/** Air around the device. */
const ambientCelsius = 25;
/** How much hotter than the air the chip gets at rest and under full load, where the profile does not say when it throttles. */
const restRiseCelsius = 15;
const throttleCelsiusDefault = 80;
/** Newton's law of cooling: after this long 63 % of the way to the new temperature is done. */
const thermalTimeConstantMs = 60_000;
/** A device that does nothing still does something. */
const restPercent = 3;
/** Hours that a full battery lasts at half load, and that charging an empty one takes. */
const batteryHours = 8;
const chargeHours = 2;
const hourMs = 3_600_000;
/** Memory that the system itself holds. */
const systemMemoryShare = 0.25;

export interface World {
  readonly temperatureCelsius: number;
  readonly batteryPercent: number | null;
  readonly charging: boolean | null;
  /** Busy share of all cores, from what runs unless it is pinned. */
  readonly cpuPercent: number;
  readonly memoryAvailableBytes: number;
  readonly networkLatencyMs: number;
  readonly frozen: boolean;
  readonly linkUp: boolean;
}

/** What somebody holds in place instead of leaving it to the model; null lets it go. */
export interface Pins {
  readonly temperatureCelsius: number | null;
  readonly cpuPercent: number | null;
}

/** What the device does: cores and memory of its executions. */
export interface Load {
  readonly cores: number;
  readonly memoryBytes: number;
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The world at its start: rested, full, on its charger or on mains. */
export const firstWorld = (hardware: SimulatedHardware): World => ({
  temperatureCelsius: ambientCelsius + restRiseCelsius,
  batteryPercent: hardware.battery ? 100 : null,
  charging: hardware.battery ? true : null,
  cpuPercent: restPercent,
  memoryAvailableBytes: Math.floor(hardware.memoryBytes * (1 - systemMemoryShare)),
  networkLatencyMs: 0,
  frozen: false,
  linkUp: true,
});

/** The temperature that a load leads to in the end: at full load a little below where the profile throttles. */
export const restingTemperature = (hardware: SimulatedHardware, cpuPercent: number): number => {
  const highest = (hardware.thermal?.throttleCelsius ?? throttleCelsiusDefault) * 0.8;
  const lowest = ambientCelsius + restRiseCelsius;
  return lowest + (Math.max(lowest, highest) - lowest) * (cpuPercent / 100);
};

/** Power drawn at a load, in watts: linear between idle and the most the device takes (the static and the per-load part of LEAF's model). */
export const powerWatts = (hardware: SimulatedHardware, cpuPercent: number): number =>
  hardware.idleWatts + Math.max(0, hardware.wattsMax - hardware.idleWatts) * (cpuPercent / 100);

const batteryAfter = (hardware: SimulatedHardware, world: World, cpuPercent: number, elapsedMs: number): number | null => {
  if (world.batteryPercent === null) return null;
  const full = powerWatts(hardware, 50) * batteryHours;
  const hours = elapsedMs / hourMs;
  const change = world.charging === true ? (100 / chargeHours) * hours : -((powerWatts(hardware, cpuPercent) * hours) / full) * 100;
  return clamp(world.batteryPercent + change, 0, 100);
};

/** The world after `elapsedMs` of the device's own time under a load. */
export const advance = (world: World, hardware: SimulatedHardware, load: Load, pins: Pins, elapsedMs: number): World => {
  const cpuPercent = pins.cpuPercent ?? clamp(restPercent + (load.cores / hardware.cpuCores) * 100, 0, 100);
  const target = restingTemperature(hardware, cpuPercent);
  const cooled = target + (world.temperatureCelsius - target) * Math.exp(-elapsedMs / thermalTimeConstantMs);
  return {
    ...world,
    cpuPercent,
    temperatureCelsius: pins.temperatureCelsius ?? cooled,
    batteryPercent: batteryAfter(hardware, world, cpuPercent, elapsedMs),
    memoryAvailableBytes: Math.max(0, Math.floor(hardware.memoryBytes * (1 - systemMemoryShare)) - load.memoryBytes),
  };
};

/** What the device's sensors show of the world. */
export const readingOf = (world: World, hardware: SimulatedHardware, uptimeMs: number): Reading => ({
  uptimeMs: Math.round(uptimeMs),
  cpuPercent: Math.round(world.cpuPercent * 10) / 10,
  memoryAvailableBytes: world.memoryAvailableBytes,
  storageFreeBytes: Math.floor(storageBytesOf(hardware) / 2),
  temperatureCelsius: Math.round(world.temperatureCelsius * 10) / 10,
  batteryPercent: world.batteryPercent === null ? null : Math.round(world.batteryPercent * 10) / 10,
  charging: world.charging,
  networkBandwidthMbps: hardware.networkBandwidthMbps ?? null,
  networkLatencyMs: world.networkLatencyMs,
});
