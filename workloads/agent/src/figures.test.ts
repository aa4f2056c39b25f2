import { powerThresholds } from "@fogline/device";
import { describe, expect, it } from "vitest";
import { powerMeter } from "./figures.ts";
import { judged } from "./sampler.ts";
import { calmReading } from "./testing/limits.ts";

/** A meter that looks at one device after another, and what it wrote. */
const meter = () => {
  const lines: string[] = [];
  const note = (message: string) => void lines.push(message);
  const { observe, figures } = powerMeter(powerThresholds, { info: note, warn: note });
  const looks = (...readings: { batteryPercent?: number; temperatureCelsius?: number }[]) => {
    for (const reading of readings) observe(judged({ ...calmReading, charging: false, ...reading }, 0));
  };
  return { looks, figures, lines };
};

describe("the power meter", () => {
  it("counts each change of the power mode once, however often the device is looked at", () => {
    const { looks, figures } = meter();
    looks(
      { batteryPercent: 90 },
      { batteryPercent: 90 },
      { batteryPercent: 30 },
      { batteryPercent: 30 },
      { batteryPercent: 15 },
      { batteryPercent: 30 },
    );
    expect(figures()).toEqual({ batterySaves: 0, thermalThrottles: 0, policyAdaptations: 3 });
  });

  it("counts a battery save and a thermal throttle when critical mode begins, and again when it comes back", () => {
    const { looks, figures } = meter();
    looks({ batteryPercent: 5 }, { batteryPercent: 5 }, { batteryPercent: 90 }, { batteryPercent: 10 });
    expect(figures()).toEqual({ batterySaves: 2, thermalThrottles: 0, policyAdaptations: 2 });
    looks({ temperatureCelsius: 65 }, { temperatureCelsius: 80 });
    expect(figures()).toEqual({ batterySaves: 2, thermalThrottles: 1, policyAdaptations: 2 });
  });

  it("says that nothing new starts, also on a device that begins in critical mode", () => {
    const { looks, lines } = meter();
    looks({ batteryPercent: 5 }, { batteryPercent: 5 }, { batteryPercent: 90 });
    expect(lines).toEqual(["critical power mode: nothing new starts", "the power mode changed"]);
  });
});
