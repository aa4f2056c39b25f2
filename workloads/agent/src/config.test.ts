import { powerThresholds, resourceLimits } from "@fogline/device";
import { describe, expect, it } from "vitest";
import { configFromEnvironment } from "./config.ts";

const read = (environment: Readonly<Record<string, string>>) => configFromEnvironment({ FOGLINE_AGENT_NODE_ID: "pi-1", ...environment });
const settingsOf = (environment: Readonly<Record<string, string>> = {}) => {
  const parsed = read(environment);
  if (!parsed.ok) throw new Error(parsed.failure.map(({ message }) => message).join("; "));
  return parsed.value;
};
const problems = (environment: Readonly<Record<string, string>>) => {
  const parsed = read(environment);
  return parsed.ok ? [] : parsed.failure.map(({ message }) => message);
};

describe("the settings of an agent", () => {
  it("begin with the thresholds and limits of the design, on real hardware", () => {
    const { cacheBytes: _, ...limits } = resourceLimits;
    expect(settingsOf()).toMatchObject({ ...powerThresholds, ...limits, simulated: false });
    expect(settingsOf()).toMatchObject({
      batteryCriticalPercent: 10,
      criticalCelsius: 65,
      cpuPercentMax: 80,
      memoryPercentMax: 85,
      diskPercentMax: 90,
    });
  });

  it("take thresholds, limits and simulation from the environment", () => {
    const environment = { FOGLINE_AGENT_BATTERY_CRITICAL_PERCENT: "5", FOGLINE_AGENT_DISK_PERCENT_MAX: "95", FOGLINE_AGENT_SIMULATED: "true" };
    expect(settingsOf(environment)).toMatchObject({ batteryCriticalPercent: 5, batteryLowPercent: 20, diskPercentMax: 95, simulated: true });
  });

  it("refuse thresholds that do not ascend, equal ones included, and percentages above 100", () => {
    expect(problems({ FOGLINE_AGENT_BATTERY_CRITICAL_PERCENT: "20" })).toEqual([
      "FOGLINE_AGENT_BATTERY_LOW_PERCENT: must be above batteryCriticalPercent",
    ]);
    expect(problems({ FOGLINE_AGENT_WARM_CELSIUS: "60" })).toEqual(["FOGLINE_AGENT_HOT_CELSIUS: must be above warmCelsius"]);
    expect(problems({ FOGLINE_AGENT_MEMORY_PERCENT_MAX: "101" })).toHaveLength(1);
  });
});
