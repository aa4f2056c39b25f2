import { mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeviceCapabilities } from "@fogline/contracts/device";
import { afterEach, describe, expect, it } from "vitest";
import { judged } from "../sampler.ts";
import { jetson, laptop, phone, pi5, plant, type Tree } from "../testing/trees.ts";
import { hostSensors } from "./sensors.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const look = async (tree: Tree, arch = "arm64") => {
  const root = await mkdtemp(join(tmpdir(), "fogline-tree-"));
  folders.push(root);
  await plant(root, tree);
  const sensors = hostSensors({ root, arch, dataFolder: root });
  const capabilities = await sensors.detect();
  expect(DeviceCapabilities.safeParse(capabilities).success).toBe(true);
  return { root, sensors, capabilities, reading: sensors.sample() };
};

describe("detection", () => {
  it("knows a Jetson by its device tree, its GPU, and the processor's own thermal zone", async () => {
    const { capabilities, reading } = await look(jetson);
    expect(capabilities).toMatchObject({
      architecture: "arm64",
      deviceClass: "jetson",
      model: "NVIDIA Jetson Orin Nano Developer Kit",
      operatingSystem: "Ubuntu 22.04.5 LTS",
      kernel: "5.15.148-tegra",
      cpuCores: 6,
      memoryBytes: 7_802_964 * 1024,
      gpu: { model: "NVIDIA Tegra", count: 1 },
      batteryPowered: false,
      features: ["containers", "containerd"],
      networkInterfaces: [{ name: "eth0", kind: "ethernet", speedMbps: 1000 }],
    });
    expect(reading).toMatchObject({ temperatureCelsius: 61.5, uptimeMs: 1_234_560, cpuPercent: 10, networkBandwidthMbps: 1000 });
  });

  it("knows a Raspberry Pi, and that a cable without a link has no speed", async () => {
    const { capabilities, reading } = await look(pi5);
    expect(capabilities).toMatchObject({ deviceClass: "raspberry-pi", cpuCores: 4, batteryPowered: false, features: ["bluetooth-le"] });
    expect(capabilities.gpu).toBeUndefined();
    expect(capabilities.networkInterfaces).toEqual([
      { name: "eth0", kind: "ethernet", speedMbps: null },
      { name: "wlan0", kind: "wifi", speedMbps: null },
    ]);
    expect(reading).toMatchObject({ temperatureCelsius: 52.15, batteryPercent: null, charging: null, memoryAvailableBytes: 7_000_000 * 1024 });
  });

  it("counts a laptop's cores once, all of its batteries, and not the one of its mouse", async () => {
    const { capabilities, reading } = await look(laptop, "x64");
    expect(capabilities).toMatchObject({
      architecture: "amd64",
      deviceClass: "laptop",
      model: "LENOVO 21CB001AGE",
      cpuCores: 4,
      gpu: { model: "NVIDIA GeForce RTX 3050", count: 1 },
      batteryPowered: true,
    });
    expect(capabilities.networkInterfaces.map(({ kind }) => kind)).toEqual(["wifi", "cellular"]);
    expect(reading).toMatchObject({ temperatureCelsius: 71, batteryPercent: 50, charging: false, cpuPercent: 50 });
  });

  it("knows a phone whose battery has a name of its own, and takes no absurd temperature for true", async () => {
    const { capabilities, reading } = await look(phone);
    expect(capabilities).toMatchObject({ deviceClass: "smartphone", batteryPowered: true, cpuCores: 2 });
    expect(reading).toMatchObject({ temperatureCelsius: null, batteryPercent: 9, charging: true });
    expect(judged(reading, 5)).toMatchObject({ sampledAtMs: 5, powerMode: "critical", thermalState: "unknown" });
  });

  it("tells how much memory there is and is free, and the size and free space of the disk that its data is on", async () => {
    const { root, capabilities, reading } = await look(jetson);
    const disk = await statfs(root);
    expect(capabilities.memoryBytes / 1024 / 1024).toBeCloseTo(7_620.08, 2);
    expect(reading.memoryAvailableBytes).toBe(6_000_000 * 1024);
    expect(capabilities.storageBytes).toBe(disk.blocks * disk.bsize);
    expect(reading.storageFreeBytes).toBeGreaterThan(0);
    expect(reading.storageFreeBytes).toBeLessThanOrEqual(capabilities.storageBytes);
  });

  it("of a machine that says nothing finds one core and no sensors", async () => {
    const { capabilities, reading } = await look({ "proc/stat": "" });
    expect(capabilities).toMatchObject({ cpuCores: 1, memoryBytes: 1, features: [], networkInterfaces: [], kernel: "unknown" });
    expect(reading).toMatchObject({ cpuPercent: 0, temperatureCelsius: null, batteryPercent: null, charging: null, networkBandwidthMbps: null });
  });

  it("refuses an architecture that Fogline does not build for", async () => {
    await expect(look(pi5, "mips")).rejects.toThrow('the architecture "mips" is not supported');
  });
});

describe("a sample", () => {
  it("shows the processor's share since the last one", async () => {
    const { root, sensors } = await look(jetson);
    await plant(root, { "proc/stat": "cpu  175 0 0 925 0 0 0 0 0 0\n" });
    expect(sensors.sample().cpuPercent).toBe(75);
    expect(sensors.sample().cpuPercent).toBe(0);
  });

  it("goes on when a sensor vanishes", async () => {
    const { root, sensors } = await look(laptop, "x64");
    await rm(join(root, "sys/class/power_supply/BAT0"), { recursive: true });
    await plant(root, { "sys/class/thermal/thermal_zone7/temp": "" });
    expect(sensors.sample()).toMatchObject({ batteryPercent: 60, charging: true, temperatureCelsius: null });
  });
});
