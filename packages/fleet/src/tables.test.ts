import { GIBIBYTE } from "@fogline/units";
import { describe, expect, it } from "vitest";
import { refineConnectivity } from "./connectivity.ts";
import { connectivity, deviceClasses, forWorkloads, hardware, hardwareNames, type KnownHardware, tierNames, tiers } from "./index.ts";

const known: readonly KnownHardware[] = hardwareNames.map((name) => hardware[name]).filter((profile) => profile.kind === "known");

describe("the hardware table", () => {
  it.each(known)("$name leaves workloads something, and its numbers agree with each other", (profile) => {
    expect(profile).toBe(hardware[profile.name]);
    expect(forWorkloads(profile).cpuCores).toBeGreaterThan(0);
    expect(profile.reservedMemoryBytes).toBeLessThanOrEqual(profile.memoryBytes / 2);
    expect(profile.idleWatts).toBeLessThan(profile.wattsMax);
    expect(profile.thermal.throttleCelsius).toBeLessThan(profile.thermal.celsiusMax);
  });

  it.each([
    ["jetson-orin-nano-4", 6, 4, 512],
    ["jetson-orin-nano-8", 6, 8, 1024],
    ["jetson-orin-nx-8", 6, 8, 1024],
    ["jetson-orin-nx-16", 8, 16, 1024],
    ["jetson-agx-orin-32", 8, 32, 1792],
    ["jetson-agx-orin-64", 12, 64, 2048],
  ] as const)("%s has %d cores, %d GB and %d CUDA cores in shared memory", (name, cpuCores, gigabytes, cudaCores) => {
    expect(hardware[name]).toMatchObject({
      cpuCores,
      memoryBytes: gigabytes * GIBIBYTE,
      gpu: { cudaCores, sharesMemory: true },
      architecture: "arm64",
    });
  });

  it("reserves 8 GB on a Jetson and 2 GB on a Pi where that is a quarter of the memory or less, else a quarter", () => {
    for (const profile of known) {
      const most = profile.deviceClass === "jetson" ? 8 : profile.deviceClass === "raspberry-pi" ? 2 : undefined;
      if (most !== undefined) expect(profile.reservedMemoryBytes, profile.name).toBe(Math.min(most * GIBIBYTE, profile.memoryBytes / 4));
    }
  });

  it("makes nodes only of what a K3s server runs on: two cores and 2 GB", () => {
    for (const profile of known.filter(({ kubernetes }) => kubernetes)) {
      expect(profile.cpuCores, profile.name).toBeGreaterThanOrEqual(2);
      expect(profile.memoryBytes, profile.name).toBeGreaterThanOrEqual(2e9);
    }
  });

  it("reserves two cores on a Jetson and one on a Pi", () => {
    for (const profile of known.filter(({ deviceClass }) => deviceClass === "jetson")) expect(profile.reservedCores).toBe(2);
    for (const profile of known.filter(({ deviceClass }) => deviceClass === "raspberry-pi"))
      expect(profile).toMatchObject({ reservedCores: 1, cpuCores: 4 });
  });

  it("has a profile of every device class", () => {
    expect(new Set(known.map(({ deviceClass }) => deviceClass))).toEqual(new Set(deviceClasses));
  });

  it("has a battery in what people carry, which no cluster can use unless it is a laptop", () => {
    expect(known.filter(({ battery }) => battery).map(({ name }) => name)).toEqual(["laptop", "smartphone", "tablet"]);
    expect(known.filter(({ kubernetes }) => !kubernetes).map(({ name }) => name)).toEqual(["smartphone", "tablet", "iot-sensor"]);
  });
});

describe("the tiers", () => {
  it("are five levels with falling availability", () => {
    expect(tierNames.map((name) => [tiers[name].name, tiers[name].level, tiers[name].availability])).toEqual([
      ["cloud", 1, 0.9999],
      ["regional-edge", 2, 0.9995],
      ["metro-edge", 3, 0.999],
      ["access-edge", 4, 0.995],
      ["iot", 5, 0.95],
    ]);
  });
});

describe("the connectivity profiles", () => {
  it.each(Object.values(connectivity))("$name renews certificates before an outage could outlast them", (profile) => {
    expect(profile.certificateRenewBeforeMs).toBeGreaterThan(profile.outageMs);
    expect(profile.certificateLifetimeMs).toBeGreaterThan(profile.certificateRenewBeforeMs);
  });

  it("keep their values where nothing is refined", () => {
    expect(refineConnectivity(connectivity.metered, "mine", {})).toEqual({ ...connectivity.metered, name: "mine" });
  });

  it("keep artifacts and pull ahead wherever the line may be away", () => {
    const careful = Object.values(connectivity).filter(({ name }) => name !== "always");
    for (const profile of careful) expect(profile).toMatchObject({ persistentSource: true, prePull: true });
  });
});
