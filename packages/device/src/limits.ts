import { type Refusal, refusal } from "@fogline/findings";
import { GIBIBYTE, MEBIBYTE } from "@fogline/units";

/** How full an agent lets its device become before it takes no more work. */
export interface ResourceLimits {
  readonly cpuPercentMax: number;
  readonly memoryPercentMax: number;
  readonly diskPercentMax: number;
  /** Memory that stays free; a device with less memory in all is held to `memoryPercentMax` alone. */
  readonly memoryFreeBytesMin: number;
  /** Size of the agent's local cache. */
  readonly cacheBytes: number;
}

/** CPU 80 %, memory 85 %, disk 90 %, 1 GiB kept free, 100 MiB of cache. */
export const resourceLimits: ResourceLimits = Object.freeze({
  cpuPercentMax: 80,
  memoryPercentMax: 85,
  diskPercentMax: 90,
  memoryFreeBytesMin: GIBIBYTE,
  cacheBytes: 100 * MEBIBYTE,
});

/** How full a device is. */
export interface ResourceUse {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  readonly storageBytes: number;
  readonly storageFreeBytes: number;
}

export type LimitRule = "cpu-limit" | "memory-limit" | "disk-limit" | "memory-reserve";

const percentUsed = (total: number, free: number): number => (total > 0 ? ((total - free) / total) * 100 : 0);

/** Every limit that a device is above, in a fixed order; none when it may take more work. Exactly at a limit is allowed. */
export const overLimits = (use: ResourceUse, limits: ResourceLimits = resourceLimits): Refusal<LimitRule>[] => {
  const found: Refusal<LimitRule>[] = [];
  const share = (rule: LimitRule, what: string, percent: number, percentMax: number): void => {
    if (percent > percentMax)
      found.push(refusal(rule, `${what} is ${percent.toFixed(1)} % used, the limit is ${percentMax} %`, { percent, percentMax }));
  };
  share("cpu-limit", "the CPU", use.cpuPercent, limits.cpuPercentMax);
  share("memory-limit", "memory", percentUsed(use.memoryBytes, use.memoryAvailableBytes), limits.memoryPercentMax);
  share("disk-limit", "the disk", percentUsed(use.storageBytes, use.storageFreeBytes), limits.diskPercentMax);
  if (use.memoryBytes > limits.memoryFreeBytesMin && use.memoryAvailableBytes < limits.memoryFreeBytesMin) {
    const free = Math.floor(use.memoryAvailableBytes / MEBIBYTE);
    const least = Math.ceil(limits.memoryFreeBytesMin / MEBIBYTE);
    const facts = { memoryFreeBytes: use.memoryAvailableBytes, memoryFreeBytesMin: limits.memoryFreeBytesMin };
    found.push(refusal("memory-reserve", `${free} MiB of memory are free, ${least} MiB stay free`, facts));
  }
  return found;
};
