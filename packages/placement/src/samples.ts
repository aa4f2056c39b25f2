import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import fc from "fast-check";
import { type Node, type NodeSource, nodeView, type Task } from "./index.ts";

/** A task that asks for little. */
export const task: Task = { cpuCores: 1, memoryBytes: 512 * MEBIBYTE, gpu: false, inputBytes: 0, labels: {} };

/** A Raspberry Pi on mains, cool and idle. */
export const source: NodeSource = {
  id: "pi-3",
  site: "plant-7",
  tier: "access-edge",
  residency: "eu",
  availability: 0.995,
  labels: {},
  status: "online",
  draining: false,
  capabilities: {
    architecture: "arm64",
    deviceClass: "raspberry-pi",
    operatingSystem: "linux",
    kernel: "6.12",
    cpuCores: 4,
    memoryBytes: 8 * GIBIBYTE,
    storageBytes: 64 * GIBIBYTE,
    batteryPowered: false,
    features: ["containers"],
    networkInterfaces: [],
  },
  state: {
    sampledAtMs: 0,
    uptimeMs: 0,
    cpuPercent: 25,
    memoryAvailableBytes: 6 * GIBIBYTE,
    storageFreeBytes: 32 * GIBIBYTE,
    temperatureCelsius: 40,
    batteryPercent: null,
    charging: null,
    networkBandwidthMbps: 100,
    networkLatencyMs: 10,
    powerMode: "performance",
    thermalState: "normal",
  },
};

/** The same as placement sees it, changed as told. */
export const node = (change: Partial<Node> = {}): Node => ({ ...nodeView(source), ...change });

/** Any node that a fleet could have, good or bad. Ids repeat: take unique ones. */
export const anyNode: fc.Arbitrary<Node> = fc
  .record({
    id: fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom(..."abcde") }),
    site: fc.constantFrom("plant-7", "headquarters"),
    tier: fc.constantFrom("cloud" as const, "regional-edge" as const, "metro-edge" as const, "access-edge" as const, "iot" as const),
    residency: fc.constantFrom("eu", "us", null),
    availability: fc.double({ min: 0, max: 1, noNaN: true }),
    labels: fc.constant({}),
    status: fc.constantFrom("online" as const, "online" as const, "suspect" as const, "offline" as const, "never-seen" as const),
    draining: fc.constantFrom(false, false, true),
    architecture: fc.constantFrom("arm64" as const, "amd64" as const, null),
    containers: fc.boolean(),
    gpus: fc.nat(2),
    gpusFree: fc.nat(2),
    cpuCores: fc.constant(8),
    cpuCoresFree: fc.double({ min: 0, max: 8, noNaN: true }),
    cpuCoresIdle: fc.double({ min: 0, max: 8, noNaN: true }),
    memoryBytes: fc.constant(8 * GIBIBYTE),
    memoryFreeBytes: fc.nat(8 * GIBIBYTE),
    tasks: fc.nat(12),
    batteryPowered: fc.boolean(),
    batteryPercent: fc.option(fc.nat(100)),
    charging: fc.option(fc.boolean()),
    temperatureCelsius: fc.option(fc.double({ min: -20, max: 110, noNaN: true })),
    thermalState: fc.constantFrom("normal" as const, "warm" as const, "hot" as const, "critical" as const, "unknown" as const),
  })
  .chain((part) =>
    fc
      .record({ networkBandwidthMbps: fc.option(fc.double({ min: 0, max: 10_000, noNaN: true })), networkLatencyMs: fc.option(fc.nat(500)) })
      .map((network) => ({ ...part, ...network })),
  );

/** A fleet of distinct nodes. */
export const anyFleet = fc.uniqueArray(anyNode, { selector: ({ id }) => id, maxLength: 12 });

/** Any task that could be asked for. */
export const anyTask: fc.Arbitrary<Task> = fc.record({
  cpuCores: fc.double({ min: 0.01, max: 8, noNaN: true }),
  memoryBytes: fc.integer({ min: 1, max: 8 * GIBIBYTE }),
  gpu: fc.boolean(),
  inputBytes: fc.nat(100_000_000),
  labels: fc.constantFrom({}, { kind: "sensor" }, { kind: "heavy" }, { kind: "no such kind" }),
  image: fc.option(fc.constant("nginx"), { nil: undefined }),
  site: fc.option(fc.constant("plant-7"), { nil: undefined }),
});
