import type { DeviceState } from "@fogline/contracts/device";
import { powerThresholds } from "@fogline/device";
import { virtualClock } from "@fogline/fakes";
import { describe, expect, it } from "vitest";
import type { Reading } from "./ports.ts";
import { startSampler } from "./sampler.ts";

const rested: Reading = {
  uptimeMs: 1,
  cpuPercent: 5,
  memoryAvailableBytes: 1_000_000_000,
  storageFreeBytes: 1_000_000_000,
  temperatureCelsius: 30,
  batteryPercent: 90,
  charging: true,
  networkBandwidthMbps: null,
  networkLatencyMs: null,
};

const watch = (staggerShare = 0) => {
  const clock = virtualClock(0);
  const world = { reading: rested, reachable: true };
  const heartbeats: { readonly atMs: number; readonly state: DeviceState }[] = [];
  const samples: number[] = [];
  const sampler = startSampler(
    { detect: () => Promise.reject(new Error("not asked here")), sample: () => world.reading },
    clock,
    { heartbeatMs: 30_000, staggerShare, thresholds: powerThresholds },
    {
      heartbeat: (state) => {
        if (world.reachable) heartbeats.push({ atMs: clock.monotonicMs(), state });
        return world.reachable;
      },
      sample: () => {
        samples.push(clock.monotonicMs());
        return true;
      },
      sampled: () => undefined,
    },
  );
  const times = () => heartbeats.map(({ atMs }) => atMs);
  return { clock, world, heartbeats, samples, sampler, times };
};

describe("the sampler", () => {
  it("sends a heartbeat at once when connected, then one an interval, the first interval shortened", async () => {
    const { clock, sampler, times } = watch(0.4);
    sampler.connected();
    await clock.advance(80_000);
    expect(times()).toEqual([0, 18_000, 48_000, 78_000]);
  });

  it("sends one within a second when a mode changes", async () => {
    const { clock, world, sampler, times, heartbeats } = watch();
    sampler.connected();
    await clock.advance(2500);
    world.reading = { ...rested, temperatureCelsius: 70 };
    await clock.advance(1000);
    world.reading = { ...rested, temperatureCelsius: 70, charging: false };
    await clock.advance(1000);
    expect(times()).toEqual([0, 3000, 4000]);
    expect(heartbeats[1]?.state).toMatchObject({ thermalState: "critical", powerMode: "critical", sampledAtMs: 3000 });
  });

  it("sends one after ten seconds when a number changes notably, and none for wavering memory", async () => {
    const { clock, world, sampler, times } = watch();
    sampler.connected();
    world.reading = { ...rested, memoryAvailableBytes: 1, storageFreeBytes: 1 };
    await clock.advance(15_000);
    expect(times()).toEqual([0]);
    world.reading = { ...rested, cpuPercent: 80 };
    await clock.advance(1000);
    expect(times()).toEqual([0, 16_000]);
    world.reading = { ...rested, cpuPercent: 5 };
    await clock.advance(10_000);
    expect(times()).toEqual([0, 16_000, 26_000]);
  });

  it("sends no more than one in a third of its interval for numbers that change, and still one within a second for a mode", async () => {
    const { clock, world, sampler, times } = watch();
    sampler.configure({ heartbeatMs: 300_000, sampleMs: null });
    sampler.connected();
    world.reading = { ...rested, cpuPercent: 80 };
    await clock.advance(150_000);
    expect(times()).toEqual([0, 100_000]);
    world.reading = { ...rested, cpuPercent: 80, temperatureCelsius: 70 };
    await clock.advance(2_000);
    expect(times()).toEqual([0, 100_000, 151_000]);
  });

  it("shortens its first interval by a share of what the hub tells it, not of what it was started with", async () => {
    const { clock, sampler, times } = watch(0.4);
    sampler.connected();
    sampler.configure({ heartbeatMs: 300_000, sampleMs: null });
    await clock.advance(600_000);
    expect(times()).toEqual([0, 180_000, 480_000]);
  });

  it("sends samples as often as somebody wants to see them, and takes a new interval at once", async () => {
    const { clock, sampler, samples, times } = watch();
    sampler.connected();
    sampler.configure({ heartbeatMs: 5000, sampleMs: 250 });
    await clock.advance(1000);
    expect(samples).toEqual([250, 500, 750, 1000]);
    sampler.configure({ heartbeatMs: 5000, sampleMs: null });
    await clock.advance(5000);
    expect(samples).toHaveLength(4);
    expect(times()).toEqual([0, 5000]);
  });

  it("is silent when stopped, and keeps trying when nobody is there", async () => {
    const { clock, world, sampler, times } = watch();
    world.reachable = false;
    sampler.connected();
    await clock.advance(3000);
    world.reachable = true;
    await clock.advance(1000);
    expect(times()).toEqual([4000]);
    sampler.stop();
    await clock.advance(60_000);
    expect(times()).toEqual([4000]);
  });
});
