import { MEBIBYTE } from "@fogline/units";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DeviceState, worthReporting } from "./index.ts";

const before: DeviceState = {
  sampledAtMs: 1_000,
  uptimeMs: 1_000,
  cpuPercent: 20,
  memoryAvailableBytes: 100 * MEBIBYTE,
  storageFreeBytes: 200 * MEBIBYTE,
  temperatureCelsius: 40,
  batteryPercent: 50,
  charging: false,
  networkBandwidthMbps: 10,
  networkLatencyMs: 10,
  powerMode: "performance",
  thermalState: "normal",
};
const worth = (change: Partial<DeviceState>) => worthReporting(before, { ...before, ...change });

describe("a sample", () => {
  it("is worth reporting when nothing was reported before", () => {
    expect(worthReporting(null, before)).toBe(true);
  });

  it("is not worth reporting while it says the same, however much time went by or the network wavered", () => {
    expect(worth({})).toBe(false);
    expect(worth({ sampledAtMs: 90_000, uptimeMs: 90_000, networkBandwidthMbps: 90, networkLatencyMs: 90 })).toBe(false);
  });

  it.each([
    ["CPU by 20 %", { cpuPercent: 39.9 }, { cpuPercent: 40 }],
    ["temperature by 5 C", { temperatureCelsius: 44.9 }, { temperatureCelsius: 45 }],
    ["memory by 10 MB", { memoryAvailableBytes: 110 * MEBIBYTE - 1 }, { memoryAvailableBytes: 110 * MEBIBYTE }],
    ["storage by 10 MB", { storageFreeBytes: 210 * MEBIBYTE - 1 }, { storageFreeBytes: 210 * MEBIBYTE }],
    ["battery by 5 %", { batteryPercent: 54.9 }, { batteryPercent: 55 }],
  ])("counts %s steps", (_, same, changed) => {
    expect(worth(same)).toBe(false);
    expect(worth(changed)).toBe(true);
  });

  it("is worth reporting when a mode changes or a sensor appears or vanishes", () => {
    expect(worth({ powerMode: "balanced" })).toBe(true);
    expect(worth({ thermalState: "warm" })).toBe(true);
    expect(worth({ charging: true })).toBe(true);
    expect(worth({ temperatureCelsius: null })).toBe(true);
    expect(worthReporting({ ...before, batteryPercent: null }, { ...before, batteryPercent: 0 })).toBe(true);
    expect(worthReporting({ ...before, batteryPercent: null }, { ...before, batteryPercent: null })).toBe(false);
  });

  it("is as much news in one direction as in the other", () => {
    const state = fc.record({
      cpuPercent: fc.double({ min: 0, max: 100, noNaN: true }),
      temperatureCelsius: fc.option(fc.double({ min: -40, max: 120, noNaN: true })),
    });
    fc.assert(
      fc.property(state, state, (a, b) => {
        expect(worthReporting({ ...before, ...a }, { ...before, ...b })).toBe(worthReporting({ ...before, ...b }, { ...before, ...a }));
      }),
    );
  });
});
