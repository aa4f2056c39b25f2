import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import { describe, expect, it } from "vitest";
import { overLimits, type ResourceUse, resourceLimits } from "./index.ts";

const calm: ResourceUse = {
  cpuPercent: 10,
  memoryBytes: 20 * GIBIBYTE,
  memoryAvailableBytes: 10 * GIBIBYTE,
  storageBytes: 1000,
  storageFreeBytes: 500,
};
const rules = (use: Partial<ResourceUse>) => overLimits({ ...calm, ...use }).map(({ rule }) => rule);

describe("the limits that protect a device", () => {
  it("are CPU 80 %, memory 85 %, disk 90 %, 1 GiB free, 100 MiB of cache", () => {
    expect(resourceLimits).toEqual({
      cpuPercentMax: 80,
      memoryPercentMax: 85,
      diskPercentMax: 90,
      memoryFreeBytesMin: 1_073_741_824,
      cacheBytes: 104_857_600,
    });
  });

  it("allow exactly as much as they say", () => {
    expect(rules({})).toEqual([]);
    expect(rules({ cpuPercent: 80 })).toEqual([]);
    expect(rules({ cpuPercent: 80.1 })).toEqual(["cpu-limit"]);
    expect(rules({ memoryAvailableBytes: 3 * GIBIBYTE })).toEqual([]);
    expect(rules({ memoryAvailableBytes: 2.9 * GIBIBYTE })).toEqual(["memory-limit"]);
    expect(rules({ storageFreeBytes: 100 })).toEqual([]);
    expect(rules({ storageFreeBytes: 99 })).toEqual(["disk-limit"]);
    expect(rules({ memoryBytes: 4 * GIBIBYTE, memoryAvailableBytes: GIBIBYTE })).toEqual([]);
    expect(rules({ memoryBytes: 4 * GIBIBYTE, memoryAvailableBytes: GIBIBYTE - 1 })).toEqual(["memory-reserve"]);
  });

  it("do not ask a device to keep more memory free than it has", () => {
    expect(rules({ memoryBytes: GIBIBYTE, memoryAvailableBytes: GIBIBYTE / 2 })).toEqual([]);
    expect(rules({ memoryBytes: GIBIBYTE + 1, memoryAvailableBytes: GIBIBYTE / 2 })).toEqual(["memory-reserve"]);
  });

  it("count a size that is not known as not used", () => {
    expect(rules({ memoryBytes: 0, memoryAvailableBytes: 0, storageBytes: 0, storageFreeBytes: 0 })).toEqual([]);
  });

  it("are all named at once, each with both numbers", () => {
    const use = { cpuPercent: 99, memoryBytes: 4 * GIBIBYTE, memoryAvailableBytes: 512 * MEBIBYTE + 1, storageBytes: 1000, storageFreeBytes: 20 };
    expect(overLimits(use)).toEqual([
      { rule: "cpu-limit", message: "the CPU is 99.0 % used, the limit is 80 %", facts: { percent: 99, percentMax: 80 } },
      { rule: "memory-limit", message: "memory is 87.5 % used, the limit is 85 %", facts: { percent: expect.closeTo(87.5, 5), percentMax: 85 } },
      { rule: "disk-limit", message: "the disk is 98.0 % used, the limit is 90 %", facts: { percent: 98, percentMax: 90 } },
      {
        rule: "memory-reserve",
        message: "512 MiB of memory are free, 1024 MiB stay free",
        facts: { memoryFreeBytes: 512 * MEBIBYTE + 1, memoryFreeBytesMin: GIBIBYTE },
      },
    ]);
  });

  it("round what stays free up and what is free down", () => {
    const use = { ...calm, memoryBytes: 4 * GIBIBYTE, memoryAvailableBytes: GIBIBYTE };
    expect(overLimits(use, { ...resourceLimits, memoryFreeBytesMin: GIBIBYTE + 1 })[0]?.message).toBe(
      "1024 MiB of memory are free, 1025 MiB stay free",
    );
  });

  it("can be set", () => {
    expect(overLimits({ ...calm, cpuPercent: 50 }, { ...resourceLimits, cpuPercentMax: 40 }).map(({ rule }) => rule)).toEqual(["cpu-limit"]);
  });
});
