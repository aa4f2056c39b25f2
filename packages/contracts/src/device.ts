import * as z from "zod/mini";

/** What a device says of itself in words. */
const text = z.string().check(z.maxLength(500));
const name = z.string().check(z.maxLength(64));

/** What a device is made of, found by its agent once at start. Bytes are bytes, cores are physical cores. */
export const DeviceCapabilities = z.object({
  architecture: z.enum(["amd64", "arm64", "riscv64", "arm"]),
  deviceClass: z.enum(["smartphone", "tablet", "laptop", "desktop", "raspberry-pi", "jetson", "iot", "server"]),
  model: z.optional(text),
  operatingSystem: text,
  kernel: text,
  cpuCores: z.int().check(z.positive()),
  memoryBytes: z.int().check(z.positive()),
  storageBytes: z.int().check(z.nonnegative()),
  gpu: z.optional(z.object({ model: text, count: z.int().check(z.positive()) })),
  batteryPowered: z.boolean(),
  /** Runtime features: "containers", "bluetooth-le", "bitchat". */
  features: z.array(name).check(z.maxLength(100)),
  networkInterfaces: z
    .array(z.object({ name, kind: z.enum(["ethernet", "wifi", "cellular", "other"]), speedMbps: z.nullable(z.number()) }))
    .check(z.maxLength(1_000)),
});

/** One sample of a device. `null` where the device has no such sensor or it could not be read. */
export const DeviceState = z.object({
  sampledAtMs: z.int(),
  uptimeMs: z.int(),
  cpuPercent: z.number().check(z.gte(0), z.lte(100)),
  memoryAvailableBytes: z.int().check(z.nonnegative()),
  storageFreeBytes: z.int().check(z.nonnegative()),
  temperatureCelsius: z.nullable(z.number()),
  batteryPercent: z.nullable(z.number().check(z.gte(0), z.lte(100))),
  charging: z.nullable(z.boolean()),
  networkBandwidthMbps: z.nullable(z.number().check(z.nonnegative())),
  networkLatencyMs: z.nullable(z.number().check(z.nonnegative())),
  powerMode: z.enum(["critical", "power-save", "balanced", "performance"]),
  thermalState: z.enum(["normal", "warm", "hot", "critical", "unknown"]),
});

const count = z.int().check(z.nonnegative());
const share = z.number().check(z.gte(0), z.lte(100));

/** What an agent counts of itself since it was first started on its data folder, unless said otherwise. `null` where it cannot be known. */
export const EdgeMetrics = z.object({
  /** Of this start of the agent process. */
  agentUptimeMs: count,
  /** When the hub last acknowledged or answered anything, wall clock. */
  lastSyncAtMs: z.nullable(z.int()),
  /** Finished in the last five minutes, per minute. */
  tasksPerMinute: z.number().check(z.nonnegative()),
  /** Mean time from the arrival of an execution to the decision to start or refuse it, of the last hundred. */
  decisionLatencyMs: z.nullable(z.number().check(z.nonnegative())),
  /** Of images and models that were there already; null where nothing is cached. */
  cacheHitRatio: z.nullable(z.number().check(z.gte(0), z.lte(1))),
  cpuPercent: share,
  memoryPercent: share,
  storagePercent: share,
  /** Of the fastest interface that is up. */
  networkPercent: z.nullable(share),
  activeTasks: count,
  queuedTasks: count,
  completedTasks: count,
  failedTasks: count,
  /** Reports that wait for the hub. */
  pendingReports: count,
  /** Times without the hub. */
  offline: z.object({
    outages: count,
    totalMs: count,
    longestMs: count,
    /** When the last one ended, wall clock. */
    lastEndedAtMs: z.nullable(z.int()),
    /** Executions that finished while the hub was away. */
    tasksFinished: count,
  }),
});

export type DeviceCapabilities = z.output<typeof DeviceCapabilities>;
export type DeviceState = z.output<typeof DeviceState>;
export type EdgeMetrics = z.output<typeof EdgeMetrics>;
