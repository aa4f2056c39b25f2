import { GIBIBYTE } from "@fogline/units";

const CPU_CORES_FULL = 64;
const MEMORY_BYTES_FULL = 256 * GIBIBYTE;

/** Share of `full` on a logarithmic scale, 0 to 1: doubling a small device counts as much as doubling a large one. */
const share = (amount: number, full: number): number =>
  Number.isFinite(amount) && amount > 0 ? Math.min(1, Math.log2(1 + amount) / Math.log2(1 + full)) : 0;

/**
 * How much computing is to be had, 0 to 100: the same weight for processor and memory,
 * 50 log2(1 + cores) / log2(65) + 50 log2(1 + GiB) / log2(257), each share at most 1 (64 cores, 256 GiB).
 * Give what is free to compare where work may go, or what is installed to compare devices.
 */
export const computeScore = (cpuCores: number, memoryBytes: number): number =>
  50 * share(cpuCores, CPU_CORES_FULL) + 50 * share(memoryBytes / GIBIBYTE, MEMORY_BYTES_FULL / GIBIBYTE);
