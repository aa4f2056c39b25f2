import type { DeviceState } from "@fogline/contracts/device";
import { resourceLimits } from "@fogline/device";
import { describe, expect, it } from "vitest";
import { createAdmission } from "./admission.ts";

const gibibyte = 1024 ** 3;

const calm: DeviceState = {
  sampledAtMs: 0,
  uptimeMs: 1,
  cpuPercent: 5,
  memoryAvailableBytes: 6 * gibibyte,
  storageFreeBytes: 50 * gibibyte,
  temperatureCelsius: 40,
  batteryPercent: null,
  charging: null,
  networkBandwidthMbps: null,
  networkLatencyMs: null,
  powerMode: "performance",
  thermalState: "normal",
};

/** A device with 8 GiB of memory and 100 GiB of storage that is looked at once a second. */
const device = (limits = {}) => {
  const admission = createAdmission({ memoryBytes: 8 * gibibyte, storageBytes: 100 * gibibyte }, { ...resourceLimits, ...limits });
  let atMs = 0;
  return {
    rule: (running: number) => admission.refusal(running)?.rule,
    message: (running: number) => admission.refusal(running)?.message,
    passes: (seconds: number, changes: Partial<DeviceState> = {}) => {
      for (let second = 0; second < seconds; second += 1) {
        admission.observe({ ...calm, ...changes }, atMs);
        atMs += 1000;
      }
    },
  };
};

describe("starting one more execution", () => {
  it("waits until the device was looked at once, and is allowed on a calm one", () => {
    const { rule, passes } = device();
    expect(rule(0)).toBe("not-sampled");
    passes(1);
    expect([rule(0), rule(4)]).toEqual([undefined, undefined]);
  });

  it("is refused above the limits of memory, disk and free memory, also when nothing of ours runs, and allowed when they are kept again", () => {
    const { rule, passes, message } = device();
    passes(1, { memoryAvailableBytes: 1.1 * gibibyte });
    expect(rule(0)).toBe("memory-limit");
    passes(1, { storageFreeBytes: 9 * gibibyte });
    expect(rule(0)).toBe("disk-limit");
    expect(message(0)).toBe("the disk is 91.0 % used, the limit is 90 %");
    passes(1, { memoryAvailableBytes: 2 * gibibyte, storageFreeBytes: 10 * gibibyte });
    expect(rule(0)).toBeUndefined();
    const roomy = device({ memoryPercentMax: 100 });
    roomy.passes(1, { memoryAvailableBytes: gibibyte - 1 });
    expect(roomy.rule(0)).toBe("memory-reserve");
  });

  it("is refused in critical power mode before anything else, with what the sensors say", () => {
    const { rule, passes } = device();
    passes(1, { powerMode: "critical", storageFreeBytes: 0 });
    expect(rule(0)).toBe("power-critical");
    passes(1, { powerMode: "power-save" });
    expect(rule(0)).toBeUndefined();
  });

  it("is refused because of the CPU only while an execution of ours runs: a device that others keep busy still runs one", () => {
    const { rule, passes } = device();
    passes(20, { cpuPercent: 100 });
    expect(rule(0)).toBeUndefined();
    expect(rule(1)).toBe("cpu-limit");
  });

  it("takes the CPU's mean over ten seconds: a few busy ones are no limit, and a few calm ones do not lift it", () => {
    const { rule, passes } = device();
    passes(11, { cpuPercent: 0 });
    passes(8, { cpuPercent: 100 });
    expect(rule(1)).toBeUndefined();
    passes(1, { cpuPercent: 100 });
    expect(rule(1)).toBe("cpu-limit");
    passes(1, { cpuPercent: 0 });
    expect(rule(1)).toBe("cpu-limit");
    passes(2, { cpuPercent: 0 });
    expect(rule(1)).toBeUndefined();
  });

  it("does not count the first value of the CPU, which is the mean since the machine booted", () => {
    const { rule, passes } = device();
    passes(1, { cpuPercent: 100 });
    expect(rule(1)).toBeUndefined();
  });

  it("has no limit of CPU when that is set to 100 percent", () => {
    const { rule, passes } = device({ cpuPercentMax: 100 });
    passes(20, { cpuPercent: 100 });
    expect(rule(1)).toBeUndefined();
  });
});
