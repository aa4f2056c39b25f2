import type { ThermalState } from "./capabilities.ts";
import { known, type PowerThresholds, powerThresholds } from "./thresholds.ts";

/** How hot a device is: `warm`, `hot` and `critical` begin exactly at their threshold; `unknown` without a readable sensor. */
export const thermalState = (temperatureCelsius: number | null, thresholds: PowerThresholds = powerThresholds): ThermalState => {
  const celsius = known(temperatureCelsius);
  if (celsius === undefined) return "unknown";
  if (celsius >= thresholds.criticalCelsius) return "critical";
  if (celsius >= thresholds.hotCelsius) return "hot";
  if (celsius >= thresholds.warmCelsius) return "warm";
  return "normal";
};
