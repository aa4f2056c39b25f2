import { describe, expect, it } from "vitest";
import { DeviceCapabilities, DeviceState, EdgeMetrics } from "./device.ts";
import { absent, faults } from "./testing/fields.ts";
import { between, countable, flag, number, oneOf, orAbsent, orNull, positiveWhole, textsUpTo, textUpTo, whole } from "./testing/rows.ts";
import { capabilities, metrics, state } from "./testing/samples.ts";

const ethernet = { name: "eth0", kind: "ethernet", speedMbps: null };

describe("the description of a device", () => {
  it("takes what the table says and refuses what lies beyond", () => {
    const table = {
      architecture: oneOf("amd64", "arm64", "riscv64", "arm"),
      deviceClass: oneOf("smartphone", "tablet", "laptop", "desktop", "raspberry-pi", "jetson", "iot", "server"),
      model: orAbsent(textUpTo(500)),
      operatingSystem: textUpTo(500),
      kernel: textUpTo(500),
      cpuCores: positiveWhole,
      memoryBytes: positiveWhole,
      storageBytes: countable,
      gpu: { takes: [absent], refuses: [null, {}] },
      "gpu.model": textUpTo(500),
      "gpu.count": positiveWhole,
      batteryPowered: flag,
      features: textsUpTo(100, 64),
      networkInterfaces: { takes: [[], Array(1_000).fill(ethernet)], refuses: [absent, null, {}, [{}], Array(1_001).fill(ethernet)] },
      "networkInterfaces.0.name": textUpTo(64),
      "networkInterfaces.0.kind": oneOf("ethernet", "wifi", "cellular", "other"),
      "networkInterfaces.0.speedMbps": orNull(number),
    };
    expect(faults(DeviceCapabilities, capabilities, table)).toEqual([]);
  });
});

describe("a sample of a device", () => {
  it("takes what the table says and null for a sensor that is not there", () => {
    const notNegative = { takes: [0, 0.5], refuses: [absent, -0.001, "1"] };
    const table = {
      sampledAtMs: whole,
      uptimeMs: whole,
      cpuPercent: between(0, 100, 0.001),
      memoryAvailableBytes: countable,
      storageFreeBytes: countable,
      temperatureCelsius: orNull(number),
      batteryPercent: orNull(between(0, 100, 0.001)),
      charging: orNull(flag),
      networkBandwidthMbps: orNull(notNegative),
      networkLatencyMs: orNull(notNegative),
      powerMode: oneOf("critical", "power-save", "balanced", "performance"),
      thermalState: oneOf("normal", "warm", "hot", "critical", "unknown"),
    };
    expect(faults(DeviceState, state, table)).toEqual([]);
  });
});

describe("what an agent counts of itself", () => {
  it("takes what the table says and null for what cannot be known", () => {
    const notNegative = { takes: [0, 0.5], refuses: [absent, null, -0.001, "1"] };
    const share = between(0, 100, 0.001);
    const table = {
      agentUptimeMs: countable,
      lastSyncAtMs: orNull(whole),
      tasksPerMinute: notNegative,
      decisionLatencyMs: orNull(notNegative),
      cacheHitRatio: orNull(between(0, 1, 0.001)),
      cpuPercent: share,
      memoryPercent: share,
      storagePercent: share,
      networkPercent: orNull(share),
      activeTasks: countable,
      queuedTasks: countable,
      completedTasks: countable,
      failedTasks: countable,
      pendingReports: countable,
      offline: { refuses: [absent, null, {}] },
      "offline.outages": countable,
      "offline.totalMs": countable,
      "offline.longestMs": countable,
      "offline.lastEndedAtMs": orNull(whole),
      "offline.tasksFinished": countable,
    };
    expect(faults(EdgeMetrics, metrics, table)).toEqual([]);
  });
});
