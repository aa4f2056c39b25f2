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

export type DeviceCapabilities = z.output<typeof DeviceCapabilities>;
export type DeviceState = z.output<typeof DeviceState>;
