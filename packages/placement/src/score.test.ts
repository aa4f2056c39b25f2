import { computeScore } from "@fogline/device";
import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import { describe, expect, it } from "vitest";
import { heatFactors, type Node, place, profiles, scoreOf, type Task, taskKind, tierWeights, without } from "./index.ts";
import { node, task } from "./samples.ts";

const part = (profile: "fog" | "tiers", name: string, has: Partial<Node> = {}, wanted: Partial<Task> = {}) =>
  scoreOf({ ...task, ...wanted }, node(has), profiles[profile]).parts.find((found) => found.name === name);

describe("a score", () => {
  it("is the sum of the points times the factors", () => {
    const of = (kind: "points" | "factor", value: number) => ({ name: `${kind} ${value}`, kind, of: () => ({ value }) });
    const profile = { name: "made", parts: [of("points", 3), of("factor", 0.5), of("points", 4), of("factor", 2.5)] };
    expect(scoreOf(task, node(), profile)).toEqual({
      score: 8.75,
      parts: profile.parts.map(({ name, kind, of: value }) => ({ name, kind, ...value() })),
    });
  });

  it("counts a part that is not a number, or below nothing, as 0, and never overflows", () => {
    const points = (value: number) => ({ name: "p", kind: "points" as const, of: () => ({ value }) });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      expect(scoreOf(task, node(), { name: "made", parts: [points(value), points(2)] }).score).toBe(2);
    }
    expect(scoreOf(task, node(), { name: "made", parts: [points(1e308), points(1e308)] }).score).toBe(Number.MAX_VALUE);
  });

  it("shows a reason only where there is one", () => {
    expect(part("fog", "heat")).toStrictEqual({ name: "heat", kind: "factor", value: 1 });
    expect(part("fog", "heat", { thermalState: "hot", temperatureCelsius: 57.6 })).toEqual({
      name: "heat",
      kind: "factor",
      value: 0.5,
      reason: "hot: 58 C",
    });
    expect(part("fog", "heat", { thermalState: "unknown", temperatureCelsius: null })?.reason).toBe("temperature unknown");
  });
});

describe("the fog profile", () => {
  it("starts from the compute score of what is free and idle", () => {
    const free = { cpuCoresFree: 2, cpuCoresIdle: 3, memoryFreeBytes: 6 * GIBIBYTE };
    expect(part("fog", "compute", free)).toEqual({ name: "compute", kind: "points", value: computeScore(2, 6 * GIBIBYTE) });
    expect(part("fog", "compute", { ...free, cpuCoresIdle: 1 })?.value).toBe(computeScore(1, 6 * GIBIBYTE));
  });

  it.each([
    [{ batteryPowered: true, charging: true }, 1.5, "charging"],
    [{ batteryPowered: true, charging: false }, 1, "on battery"],
    [{ batteryPowered: true, charging: null }, 1, "on battery"],
    [{ batteryPowered: false, charging: null }, 1.2, "mains"],
    [{ batteryPowered: false, charging: true }, 1.2, "mains"],
  ])("with %j has power factor %s", (has, value, reason) => {
    expect(part("fog", "power", has)).toEqual({ name: "power", kind: "factor", value, reason });
  });

  it.each([
    ["normal", 1],
    ["warm", 0.9],
    ["hot", 0.5],
    ["critical", 0.1],
    ["unknown", 0.5],
  ] as const)("when %s has heat factor %s", (thermalState, value) => {
    expect(part("fog", "heat", { thermalState })?.value).toBe(value);
    expect(heatFactors[thermalState]).toBe(value);
  });

  it("multiplies by 1.3 when the task requires a GPU and the node has one", () => {
    expect(part("fog", "gpu", { gpus: 1 }, { gpu: true })).toEqual({ name: "gpu", kind: "factor", value: 1.3 });
    expect(part("fog", "gpu", { gpus: 0 }, { gpu: true })?.value).toBe(1);
    expect(part("fog", "gpu", { gpus: 1 }, { gpu: false })).toBeUndefined();
  });

  it.each([
    [0, 0.5, "0 Mbit/s"],
    [50, 0.75, "50 Mbit/s"],
    [100, 1, "100 Mbit/s"],
    [1000, 1, "1000 Mbit/s"],
    [null, 0.5, "link speed unknown"],
  ])("for an input above 10 MB at %s Mbit/s has network factor %s", (networkBandwidthMbps, value, reason) => {
    expect(part("fog", "network", { networkBandwidthMbps }, { inputBytes: 10_000_001 })).toEqual({ name: "network", kind: "factor", value, reason });
    expect(part("fog", "network", { networkBandwidthMbps }, { inputBytes: 10_000_000 })).toBeUndefined();
  });

  it("multiplies all of them", () => {
    const has = { batteryPowered: true, charging: true, thermalState: "warm" as const, gpus: 1, gpusFree: 1, networkBandwidthMbps: 50 };
    const { score, parts } = scoreOf({ ...task, gpu: true, inputBytes: 20_000_000 }, node(has), profiles.fog);
    expect(parts.map(({ name }) => name)).toEqual(["compute", "power", "gpu", "network", "heat"]);
    expect(score).toBeCloseTo(computeScore(3, 6 * GIBIBYTE) * 1.5 * 1.3 * 0.75 * 0.9, 10);
  });
});

describe("the tiers profile", () => {
  it("weighs resource 25, latency 25, capability 20, level 15, availability 15: 100 in all", () => {
    expect(tierWeights).toEqual({ resource: 25, latency: 25, capability: 20, level: 15, availability: 15 });
    const perfect = { cpuCores: 1e9, cpuCoresFree: 1e9, memoryBytes: 1e18, memoryFreeBytes: 1e18, networkLatencyMs: 0, availability: 1 };
    const { score, parts } = scoreOf(task, node(perfect), profiles.tiers);
    expect(parts.map(({ name, value }) => [name, Math.round(value * 1e6) / 1e6])).toEqual([...Object.entries(tierWeights), ["heat", 1]]);
    expect(score).toBeCloseTo(100, 6);
  });

  it("gives resource points for the share that stays free with the task", () => {
    // (4 - 1) / 4 cores and (6 - 2) / 8 GiB: the mean of 0.75 and 0.5, of 25 points
    const has = { cpuCores: 4, cpuCoresFree: 4, memoryBytes: 8 * GIBIBYTE, memoryFreeBytes: 6 * GIBIBYTE };
    expect(part("tiers", "resource", has, { memoryBytes: 2 * GIBIBYTE })).toEqual({ name: "resource", kind: "points", value: 15.625 });
    expect(part("tiers", "resource", { ...has, cpuCores: 1, cpuCoresFree: 1 }, { cpuCores: 0.5 })?.value).toBeCloseTo(14.84375, 10);
    expect(part("tiers", "resource", { ...has, cpuCoresFree: 0, memoryFreeBytes: 0 })?.value).toBe(0);
    expect(part("tiers", "resource", { ...has, cpuCores: 0, memoryBytes: 0 })?.value).toBe(0);
    expect(part("tiers", "resource", { ...has, cpuCoresFree: 99, memoryFreeBytes: 99 * GIBIBYTE })?.value).toBe(25);
  });

  it.each([
    [0, 25],
    [4, 24],
    [60, 10],
    [100, 0],
    [400, 0],
  ])("gives at %s ms of latency %s points", (networkLatencyMs, value) => {
    expect(part("tiers", "latency", { networkLatencyMs })).toEqual({ name: "latency", kind: "points", value, reason: `${networkLatencyMs} ms` });
  });

  it.each([
    ["cloud", 80, 5],
    ["regional-edge", 40, 15],
    ["metro-edge", 15, 21.25],
    ["access-edge", 5, 23.75],
    ["iot", 5, 23.75],
  ] as const)("assumes of an unmeasured %s node %s ms", (tier, latencyMs, value) => {
    const found = part("tiers", "latency", { tier, networkLatencyMs: null });
    expect(found?.value).toBeCloseTo(value, 10);
    expect(found?.reason).toBe(`${latencyMs} ms, assumed of ${tier}`);
  });

  it("halves capability points for a GPU that is not needed, and for running on battery", () => {
    expect(part("tiers", "capability")).toEqual({ name: "capability", kind: "points", value: 20 });
    expect(part("tiers", "capability", { gpus: 1 })).toMatchObject({ value: 10, reason: "its GPU is not needed" });
    expect(part("tiers", "capability", { gpus: 1 }, { gpu: true })).toEqual({ name: "capability", kind: "points", value: 20 });
    expect(part("tiers", "capability", { batteryPowered: true, charging: false })).toMatchObject({ value: 10, reason: "on battery" });
    expect(part("tiers", "capability", { batteryPowered: true, charging: null })?.value).toBe(10);
    expect(part("tiers", "capability", { batteryPowered: true, charging: true })?.value).toBe(20);
    expect(part("tiers", "capability", { gpus: 1, batteryPowered: true })).toMatchObject({ value: 5, reason: "its GPU is not needed, on battery" });
  });

  it.each([
    ["heavy", [15, 15, 12, 9, 6]],
    ["real-time", [9, 12, 15, 15, 12]],
    ["sensor", [3, 6, 9, 12, 15]],
  ])("gives %s tasks on levels 1 to 5 %j points", (kind, points) => {
    const tiers = ["cloud", "regional-edge", "metro-edge", "access-edge", "iot"] as const;
    tiers.forEach((tier, index) => {
      const found = part("tiers", "level", { tier }, { labels: { kind } });
      expect(found?.value).toBeCloseTo(points[index] ?? Number.NaN, 10);
      expect(found?.reason).toBe(`${kind} on level ${index + 1}`);
    });
  });

  it("gives the availability that the tier promises, of 15 points", () => {
    expect(part("tiers", "availability", { availability: 0.9999 })?.value).toBeCloseTo(14.9985, 10);
    expect(part("tiers", "availability", { availability: 0.95 })).toEqual({ name: "availability", kind: "points", value: 14.25 });
    expect(part("tiers", "availability", { availability: 2 })?.value).toBe(15);
    expect(part("tiers", "availability", { availability: -1 })?.value).toBe(0);
  });

  it("multiplies the points by heat, as the last part", () => {
    const cool = scoreOf(task, node(), profiles.tiers).score;
    expect(scoreOf(task, node({ thermalState: "warm" }), profiles.tiers).score).toBeCloseTo(cool * 0.9, 10);
    expect(part("tiers", "heat", { thermalState: "critical", temperatureCelsius: 70 })).toMatchObject({ kind: "factor", value: 0.1 });
  });
});

describe("the kind of a task", () => {
  const kind = (wanted: Partial<Task>) => taskKind({ ...task, cpuCores: 0.1, memoryBytes: MEBIBYTE, ...wanted });

  it("is what its label says, when it says a kind", () => {
    expect(kind({ labels: { kind: "heavy" } })).toBe("heavy");
    expect(kind({ labels: { kind: "real-time" } })).toBe("real-time");
    expect(kind({ gpu: true, labels: { kind: "sensor" } })).toBe("sensor");
    for (const label of ["", "huge", "toString"]) expect(kind({ labels: { kind: label } })).toBe("sensor");
  });

  it.each([
    [{ gpu: true }, "heavy"],
    [{ cpuCores: 4 }, "heavy"],
    [{ cpuCores: 3.9 }, "real-time"],
    [{ memoryBytes: 4 * GIBIBYTE }, "heavy"],
    [{ memoryBytes: 4 * GIBIBYTE - 1 }, "real-time"],
    [{ inputBytes: 1_000_000_000 }, "heavy"],
    [{ inputBytes: 999_999_999 }, "real-time"],
    [{ inputBytes: 10_000_001 }, "real-time"],
    [{ inputBytes: 10_000_000 }, "sensor"],
    [{ cpuCores: 0.11 }, "real-time"],
    [{ cpuCores: 0.1 }, "sensor"],
    [{ memoryBytes: 32 * MEBIBYTE + 1 }, "real-time"],
    [{ memoryBytes: 32 * MEBIBYTE }, "sensor"],
  ] as const)("asking for %j is %s", (wanted, expected) => {
    expect(kind(wanted)).toBe(expected);
  });
});

describe("a profile without a part", () => {
  it("decides as if that part did not exist", () => {
    const size = { cpuCores: 8, cpuCoresFree: 8, cpuCoresIdle: 8, memoryBytes: 16 * GIBIBYTE, memoryFreeBytes: 16 * GIBIBYTE };
    const hot = node({ ...size, id: "big-hot", thermalState: "hot", temperatureCelsius: 60 });
    const cool = node({ id: "small-cool" });
    for (const name of ["fog", "tiers"] as const) {
      const [wanted, nodes] = [task, [hot, cool]];
      const profile = without(profiles[name], "heat");
      expect(profile.name).toBe(`${name} without heat`);
      expect(place(wanted, nodes, { profile: name }).chosen).toBe("small-cool");
      expect(place(wanted, nodes, { profile }).chosen).toBe("big-hot");
      expect(place(wanted, nodes, { profile }).profile).toBe(`${name} without heat`);
    }
  });
});
