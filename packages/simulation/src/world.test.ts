import { DeviceCapabilities } from "@fogline/contracts/device";
import { hardware } from "@fogline/fleet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capabilitiesOf, type SimulatedHardware } from "./hardware.ts";
import { advance, firstWorld, type Pins, powerWatts, readingOf, restingTemperature, type World } from "./world.ts";

const phone: SimulatedHardware = {
  architecture: "arm64",
  deviceClass: "smartphone",
  cpuCores: 8,
  memoryBytes: 8_000_000_000,
  battery: true,
  thermal: { throttleCelsius: 70, celsiusMax: 85 },
  idleWatts: 1,
  wattsMax: 5,
};
const pi: SimulatedHardware = { ...phone, deviceClass: "raspberry-pi", cpuCores: 4, battery: false };
const free: Pins = { temperatureCelsius: null, cpuPercent: null };
const idle = { cores: 0, memoryBytes: 0 };
const hourMs = 3_600_000;

describe("the world of a simulated device", () => {
  it("is the same after one long step as after many short ones", () => {
    const steps = fc.array(fc.integer({ min: 1, max: 600_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 8 }), fc.boolean(), (elapsed, cores, charging) => {
        const start: World = { ...firstWorld(phone), batteryPercent: 50, charging };
        const load = { cores, memoryBytes: 0 };
        const many = elapsed.reduce((world, ms) => advance(world, phone, load, free, ms), start);
        const total = elapsed.reduce((sum, ms) => sum + ms, 0);
        const once = advance(start, phone, load, free, total);
        expect(many.temperatureCelsius).toBeCloseTo(once.temperatureCelsius, 6);
        expect(many.batteryPercent).toBeCloseTo(once.batteryPercent ?? -1, 6);
      }),
    );
  });

  it("warms up under load towards a temperature below throttling, and cools down after it", () => {
    const busy = advance(firstWorld(pi), pi, { cores: 4, memoryBytes: 0 }, free, hourMs);
    expect(busy.cpuPercent).toBe(100);
    expect(busy.temperatureCelsius).toBeCloseTo(56, 3);
    const rested = advance(busy, pi, idle, free, hourMs);
    expect(rested.temperatureCelsius).toBeCloseTo(restingTemperature(pi, 3), 3);
  });

  it("drains a battery in eight hours at half load, and charges it in two", () => {
    expect(powerWatts(phone, 50)).toBe(3);
    const unplugged: World = { ...firstWorld(phone), charging: false };
    const half: Pins = { temperatureCelsius: null, cpuPercent: 50 };
    expect(advance(unplugged, phone, idle, half, 4 * hourMs).batteryPercent).toBeCloseTo(50, 6);
    expect(advance(unplugged, phone, idle, half, 9 * hourMs).batteryPercent).toBe(0);
    expect(advance({ ...unplugged, batteryPercent: 0, charging: true }, phone, idle, free, hourMs).batteryPercent).toBeCloseTo(50, 6);
    expect(advance(firstWorld(pi), pi, idle, free, hourMs)).toMatchObject({ batteryPercent: null, charging: null });
  });

  it("holds a pinned sensor where it was put, whatever the load", () => {
    const pinned = advance(firstWorld(pi), pi, { cores: 4, memoryBytes: 0 }, { temperatureCelsius: 95, cpuPercent: 10 }, hourMs);
    expect(pinned).toMatchObject({ temperatureCelsius: 95, cpuPercent: 10 });
  });

  it("has less memory while executions hold it, and never less than none", () => {
    expect(advance(firstWorld(pi), pi, { cores: 1, memoryBytes: 1_000_000_000 }, free, 1000).memoryAvailableBytes).toBe(5_000_000_000);
    expect(advance(firstWorld(pi), pi, { cores: 1, memoryBytes: 9e12 }, free, 1000).memoryAvailableBytes).toBe(0);
  });

  it("shows what sensors show", () => {
    expect(readingOf(firstWorld(phone), phone, 1234.6)).toMatchObject({ uptimeMs: 1235, temperatureCelsius: 40, batteryPercent: 100, cpuPercent: 3 });
  });

  it("can be of any known hardware of the fleet", () => {
    for (const profile of Object.values(hardware)) {
      if (profile.kind === "known") expect(DeviceCapabilities.safeParse(capabilitiesOf(profile)).success).toBe(true);
    }
  });
});
