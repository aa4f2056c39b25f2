import { GIBIBYTE } from "@fogline/units";
import { describe, expect, it } from "vitest";
import { type NodeSource, nodeView } from "./index.ts";
import { source } from "./samples.ts";

const { capabilities, state } = source;
const load = { tasks: 2, cpuCores: 1.5, memoryBytes: GIBIBYTE, gpus: 1 };
const withGpus = (count: number): NodeSource => ({
  ...source,
  capabilities: capabilities === null ? null : { ...capabilities, gpu: { model: "Orin", count } },
});

describe("the view of a node", () => {
  it("carries over what it is and how it is", () => {
    expect(nodeView(source)).toEqual({
      id: "pi-3",
      site: "plant-7",
      tier: "access-edge",
      residency: "eu",
      availability: 0.995,
      labels: {},
      status: "online",
      draining: false,
      architecture: "arm64",
      containers: true,
      gpus: 0,
      gpusFree: 0,
      cpuCores: 4,
      cpuCoresFree: 4,
      cpuCoresIdle: 3,
      memoryBytes: 8 * GIBIBYTE,
      memoryFreeBytes: 6 * GIBIBYTE,
      tasks: 0,
      batteryPowered: false,
      batteryPercent: null,
      charging: null,
      temperatureCelsius: 40,
      thermalState: "normal",
      networkBandwidthMbps: 100,
      networkLatencyMs: 10,
    });
  });

  it("takes off what its tasks were promised, never below nothing", () => {
    expect(nodeView(withGpus(2)).gpusFree).toBe(2);
    expect(nodeView(withGpus(2), load)).toMatchObject({ tasks: 2, cpuCoresFree: 2.5, gpus: 2, gpusFree: 1 });
    const over = { tasks: 9, cpuCores: 9, memoryBytes: 9 * GIBIBYTE, gpus: 9 };
    expect(nodeView(withGpus(1), over)).toMatchObject({ cpuCoresFree: 0, gpusFree: 0, memoryFreeBytes: 0 });
  });

  it("has the cores left that people would count", () => {
    expect(nodeView(source, { ...load, cpuCores: 3 + 0.1 + 0.2 }).cpuCoresFree).toBe(0.7);
  });

  it("has as much memory free as is neither promised nor in use, whichever is less", () => {
    expect(nodeView(source, load).memoryFreeBytes).toBe(6 * GIBIBYTE);
    expect(nodeView(source, { ...load, memoryBytes: 5 * GIBIBYTE }).memoryFreeBytes).toBe(3 * GIBIBYTE);
    expect(nodeView(source, { ...load, memoryBytesUnseen: GIBIBYTE }).memoryFreeBytes).toBe(5 * GIBIBYTE);
    expect(nodeView(source, { ...load, memoryBytesUnseen: 7 * GIBIBYTE }).memoryFreeBytes).toBe(0);
  });

  it("has nothing to give before its agent said what it is and how it is", () => {
    expect(nodeView({ ...source, capabilities: null, state: null })).toMatchObject({
      architecture: null,
      containers: false,
      gpus: 0,
      cpuCoresFree: 0,
      cpuCoresIdle: 0,
      memoryBytes: 0,
      memoryFreeBytes: 0,
      batteryPowered: false,
      temperatureCelsius: null,
      thermalState: "unknown",
    });
    expect(nodeView({ ...source, state: null })).toMatchObject({ cpuCores: 4, cpuCoresIdle: 0, memoryFreeBytes: 0 });
    expect(nodeView({ ...source, capabilities: null })).toMatchObject({ cpuCores: 0, cpuCoresIdle: 0, memoryFreeBytes: 0 });
  });

  it("shows the battery", () => {
    const phone: NodeSource = {
      ...source,
      capabilities: capabilities === null ? null : { ...capabilities, batteryPowered: true, features: [] },
      state: state === null ? null : { ...state, batteryPercent: 18, charging: true },
    };
    expect(nodeView(phone)).toMatchObject({ batteryPowered: true, batteryPercent: 18, charging: true, containers: false });
  });
});
