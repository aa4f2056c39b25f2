import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluatePower, type PowerSensors, powerThresholds } from "./index.ts";

const sensors = (batteryPercent: number | null, temperatureCelsius: number | null, charging: boolean | null = false): PowerSensors => ({
  batteryPercent,
  temperatureCelsius,
  charging,
});

describe("the power mode", () => {
  it.each([
    { battery: 0, charging: false, mode: "critical", cause: "battery" },
    { battery: 10, charging: false, mode: "critical", cause: "battery" },
    { battery: 10, charging: true, mode: "critical", cause: "battery" },
    { battery: 11, charging: false, mode: "power-save", cause: "battery" },
    { battery: 11, charging: true, mode: "balanced", cause: "battery" },
    { battery: 20, charging: false, mode: "power-save", cause: "battery" },
    { battery: 20, charging: null, mode: "power-save", cause: "battery" },
    { battery: 20, charging: true, mode: "balanced", cause: "battery" },
    { battery: 21, charging: false, mode: "balanced", cause: "battery" },
    { battery: 40, charging: false, mode: "balanced", cause: "battery" },
    { battery: 40, charging: true, mode: "balanced", cause: "battery" },
    { battery: 41, charging: false, mode: "performance", cause: null },
    { battery: 100, charging: true, mode: "performance", cause: null },
  ])("of a cool device at $battery % (charging: $charging) is $mode", ({ battery, charging, mode, cause }) => {
    expect(evaluatePower(sensors(battery, 30, charging))).toMatchObject({ mode, cause });
  });

  it.each([
    { celsius: 44.9, mode: "performance", cause: null },
    { celsius: 45, mode: "balanced", cause: "thermal" },
    { celsius: 54.9, mode: "balanced", cause: "thermal" },
    { celsius: 55, mode: "power-save", cause: "thermal" },
    { celsius: 64.9, mode: "power-save", cause: "thermal" },
    { celsius: 65, mode: "critical", cause: "thermal" },
    { celsius: 120, mode: "critical", cause: "thermal" },
  ])("of a full device at $celsius C is $mode", ({ celsius, mode, cause }) => {
    expect(evaluatePower(sensors(100, celsius))).toMatchObject({ mode, cause });
  });

  it("follows the first rule that matches", () => {
    expect(evaluatePower(sensors(10, 65))).toMatchObject({ mode: "critical", cause: "battery" });
    expect(evaluatePower(sensors(20, 65))).toMatchObject({ mode: "critical", cause: "thermal" });
    expect(evaluatePower(sensors(20, 55))).toMatchObject({ mode: "power-save", cause: "thermal" });
    expect(evaluatePower(sensors(20, 45))).toMatchObject({ mode: "power-save", cause: "battery" });
    expect(evaluatePower(sensors(40, 45))).toMatchObject({ mode: "balanced", cause: "thermal" });
  });

  it("counts a battery save or a thermal throttle in critical mode only", () => {
    expect(evaluatePower(sensors(10, 30)).counters).toEqual({ batterySaves: 1, thermalThrottles: 0 });
    expect(evaluatePower(sensors(10, 70)).counters).toEqual({ batterySaves: 1, thermalThrottles: 0 });
    expect(evaluatePower(sensors(50, 65)).counters).toEqual({ batterySaves: 0, thermalThrottles: 1 });
    for (const milder of [sensors(11, 30), sensors(50, 55), sensors(50, 45), sensors(40, 30), sensors(41, 30)]) {
      expect(evaluatePower(milder).counters).toEqual({ batterySaves: 0, thermalThrottles: 0 });
    }
  });

  it("says the cause with both numbers", () => {
    expect(evaluatePower(sensors(18, 30)).reason).toBe("battery 18 %, not charging; limit 20 %");
    expect(evaluatePower(sensors(9, 30, true)).reason).toBe("battery 9 %, charging; limit 10 %");
    expect(evaluatePower(sensors(33, 30, null)).reason).toBe("battery 33 %, not charging; limit 40 %");
    expect(evaluatePower(sensors(50, 46)).reason).toBe("temperature 46 C; limit 45 C");
    expect(evaluatePower(sensors(50, 56)).reason).toBe("temperature 56 C; limit 55 C");
    expect(evaluatePower(sensors(50, 66)).reason).toBe("temperature 66 C; limit 65 C");
    expect(evaluatePower(sensors(50, 30)).reason).toBe("no sensor holds the device back");
  });

  it("is not held back by a sensor that is missing or does not give a number", () => {
    for (const missing of [null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(evaluatePower(sensors(missing, 30))).toMatchObject({ mode: "performance", cause: null });
      expect(evaluatePower(sensors(100, missing))).toMatchObject({ mode: "performance", cause: null });
    }
    expect(evaluatePower(sensors(null, 65, null)).mode).toBe("critical");
    expect(evaluatePower(sensors(10, null, null)).mode).toBe("critical");
  });

  it("takes other thresholds", () => {
    const careful = { ...powerThresholds, batteryConservativePercent: 60, warmCelsius: 35 };
    expect(evaluatePower(sensors(60, 30), careful).mode).toBe("balanced");
    expect(evaluatePower(sensors(61, 35), careful).mode).toBe("balanced");
    expect(evaluatePower(sensors(61, 34), careful).mode).toBe("performance");
  });

  it("never rises with heat, nor with a falling battery", () => {
    const order = ["critical", "power-save", "balanced", "performance"];
    const rank = (of: PowerSensors): number => order.indexOf(evaluatePower(of).mode);
    const percent = fc.double({ min: 0, max: 100, noNaN: true });
    const celsius = fc.double({ min: -40, max: 120, noNaN: true });
    fc.assert(
      fc.property(percent, percent, celsius, celsius, fc.constantFrom(true, false, null), (a, b, c, d, charging) => {
        expect(rank(sensors(a, Math.max(c, d), charging))).toBeLessThanOrEqual(rank(sensors(a, Math.min(c, d), charging)));
        expect(rank(sensors(Math.min(a, b), c, charging))).toBeLessThanOrEqual(rank(sensors(Math.max(a, b), c, charging)));
      }),
    );
  });
});
