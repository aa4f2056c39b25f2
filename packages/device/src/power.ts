import type { PowerMode } from "./capabilities.ts";
import { known, type PowerThresholds, powerThresholds } from "./thresholds.ts";

/** What power decisions look at. A device without battery has `batteryPercent: null`; an unknown charger counts as not charging. */
export interface PowerSensors {
  readonly batteryPercent: number | null;
  readonly charging: boolean | null;
  readonly temperatureCelsius: number | null;
}

/** A power mode with its cause. */
export interface PowerDecision {
  readonly mode: PowerMode;
  /** Which sensor decided; `null` in performance mode, where none holds the device back. */
  readonly cause: "battery" | "thermal" | null;
  /** The cause in a sentence with both numbers. */
  readonly reason: string;
  /** What to add to the device's counters for this decision. */
  readonly counters: { readonly batterySaves: number; readonly thermalThrottles: number };
}

const decide = (mode: PowerMode, cause: PowerDecision["cause"], reason: string, batterySaves = 0, thermalThrottles = 0): PowerDecision => ({
  mode,
  cause,
  reason,
  counters: { batterySaves, thermalThrottles },
});

/**
 * The power mode of a device. Rules in this order, the first that matches decides: battery critical (charging or not), temperature critical,
 * temperature hot or battery low and not charging, temperature warm or battery conservative (charging or not), else performance.
 * Only the two critical rules count, as battery save and thermal throttle. Missing sensors never hold a device back.
 */
export const evaluatePower = (sensors: PowerSensors, thresholds: PowerThresholds = powerThresholds): PowerDecision => {
  const battery = known(sensors.batteryPercent);
  const celsius = known(sensors.temperatureCelsius);
  const batteryAtMost = (percent: number): boolean => battery !== undefined && battery <= percent;
  const atLeast = (limit: number): boolean => celsius !== undefined && celsius >= limit;
  const charger = sensors.charging === true ? "charging" : "not charging";
  const batterySays = (percent: number): string => `battery ${battery} %, ${charger}; limit ${percent} %`;
  const heatSays = (limit: number): string => `temperature ${celsius} C; limit ${limit} C`;

  if (batteryAtMost(thresholds.batteryCriticalPercent)) {
    return decide("critical", "battery", batterySays(thresholds.batteryCriticalPercent), 1, 0);
  }
  if (atLeast(thresholds.criticalCelsius)) return decide("critical", "thermal", heatSays(thresholds.criticalCelsius), 0, 1);
  if (atLeast(thresholds.hotCelsius)) return decide("power-save", "thermal", heatSays(thresholds.hotCelsius));
  if (batteryAtMost(thresholds.batteryLowPercent) && sensors.charging !== true) {
    return decide("power-save", "battery", batterySays(thresholds.batteryLowPercent));
  }
  if (atLeast(thresholds.warmCelsius)) return decide("balanced", "thermal", heatSays(thresholds.warmCelsius));
  if (batteryAtMost(thresholds.batteryConservativePercent)) {
    return decide("balanced", "battery", batterySays(thresholds.batteryConservativePercent));
  }
  return decide("performance", null, "no sensor holds the device back");
};
