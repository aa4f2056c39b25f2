import { describe, expect, it } from "vitest";
import { powerThresholds, thermalState } from "./index.ts";

describe("the thermal state", () => {
  it.each([
    [-40, "normal"],
    [44.9, "normal"],
    [45, "warm"],
    [54.9, "warm"],
    [55, "hot"],
    [64.9, "hot"],
    [65, "critical"],
    [120, "critical"],
    [null, "unknown"],
    [Number.NaN, "unknown"],
  ] as const)("at %s C is %s", (celsius, state) => {
    expect(thermalState(celsius)).toBe(state);
  });

  it("takes other thresholds", () => {
    expect(thermalState(80, { ...powerThresholds, warmCelsius: 70, hotCelsius: 85, criticalCelsius: 95 })).toBe("warm");
  });
});
