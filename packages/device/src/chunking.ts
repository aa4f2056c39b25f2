import { GIBIBYTE } from "@fogline/units";
import { known, type PowerThresholds, powerThresholds } from "./thresholds.ts";

/** Chunk sizes in bytes: the base, and the range that no combination of factors leaves. */
export const chunkBytes = Object.freeze({ base: 512, min: 64, max: 2048 });

/** What chunking looks at. */
export interface ChunkingFacts {
  readonly memoryAvailableBytes: number;
  readonly temperatureCelsius: number | null;
  readonly batteryPercent: number | null;
}

/** The chunk size in whole bytes, and the factors it came from. */
export interface Chunking {
  readonly bytes: number;
  readonly memoryFactor: number;
  readonly thermalFactor: number;
  readonly batteryFactor: number;
}

const memoryFactorOf = (availableBytes: number): number => {
  const gibibytes = availableBytes / GIBIBYTE;
  if (gibibytes <= 2) return 0.5;
  if (gibibytes <= 4) return 0.75;
  return gibibytes <= 8 ? 1 : 1.25;
};

const thermalFactorOf = (celsius: number | undefined, thresholds: PowerThresholds): number => {
  if (celsius === undefined) return 1;
  if (celsius >= thresholds.criticalCelsius) return 0.3;
  if (celsius >= thresholds.hotCelsius) return 0.5;
  return celsius >= thresholds.warmCelsius ? 0.75 : 1;
};

const batteryFactorOf = (percent: number | undefined, thresholds: PowerThresholds): number => {
  if (percent === undefined) return 1;
  if (percent <= thresholds.batteryCriticalPercent) return 0.3;
  if (percent <= thresholds.batteryLowPercent) return 0.6;
  return percent <= thresholds.batteryConservativePercent ? 0.8 : 1;
};

/**
 * How large the pieces are into which a device cuts its work: the base times a factor for free memory (2, 4 and 8 GiB), temperature and
 * battery, rounded to a whole byte and kept between 64 and 2048. Missing sensors count as factor 1.
 */
export const chunkingFor = (facts: ChunkingFacts, thresholds: PowerThresholds = powerThresholds): Chunking => {
  const memoryFactor = memoryFactorOf(facts.memoryAvailableBytes);
  const thermalFactor = thermalFactorOf(known(facts.temperatureCelsius), thresholds);
  const batteryFactor = batteryFactorOf(known(facts.batteryPercent), thresholds);
  const bytes = Math.round(chunkBytes.base * memoryFactor * thermalFactor * batteryFactor);
  return { bytes: clampChunk(bytes), memoryFactor, thermalFactor, batteryFactor };
};

/** `bytes` moved into the allowed range, 64 to 2048. */
export const clampChunk = (bytes: number): number => Math.min(chunkBytes.max, Math.max(chunkBytes.min, bytes));
