import { mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeviceCapabilities } from "@fogline/contracts/device";
import { afterEach, describe, expect, it } from "vitest";
import { judged } from "../sampler.ts";
import { desktop, jetson, laptop, phone, pi5, plant, type Tree } from "../testing/trees.ts";
import { hostSensors } from "./sensors.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const look = async (tree: Tree, arch = "arm64", containers = false) => {
  const root = await mkdtemp(join(tmpdir(), "fogline-tree-"));
  folders.push(root);
  await plant(root, tree);
  const sensors = hostSensors({ root, arch, dataFolder: root, containers });
  const capabilities = await sensors.detect();
  expect(DeviceCapabilities.safeParse(capabilities).success).toBe(true);
  return { root, sensors, capabilities, reading: sensors.sample() };
};

describe("detection", () => {
  it("knows a Jetson by its device tree, its GPU, and the processor's own thermal zone", async () => {
    const { capabilities, reading } = await look(jetson, "arm64", true);
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

describe("the temperature of the processor", () => {
  const without = (tree: Tree, start: string): Tree => Object.fromEntries(Object.entries(tree).filter(([path]) => !path.startsWith(start)));
  const monitor = (name: string, inputs: Readonly<Record<string, string>>): Tree => ({
    ...without(desktop, "sys/class/hwmon/hwmon2"),
    "sys/class/hwmon/hwmon2/name": `${name}\n`,
    ...Object.fromEntries(Object.entries(inputs).map(([file, text]) => [`sys/class/hwmon/hwmon2/${file}`, `${text}\n`])),
  });
  const celsius = async (tree: Tree) => (await look(tree, "x64")).reading.temperatureCelsius;

  it("comes from the processor's hardware monitor where no thermal zone measures it, and not from the disk's or the board's", async () => {
    expect(await celsius(desktop)).toBe(58.25);
    const intel = { temp2_label: "Core 0", temp2_input: "47000", temp1_label: "Package id 0", temp1_input: "49000" };
    expect(await celsius(monitor("coretemp", intel))).toBe(49);
    expect(await celsius(monitor("cpu_thermal", { temp1_input: "52000" }))).toBe(52);
  });

  it("comes from a sensor of the board that is labelled as the processor's when there is no better one", async () => {
    expect(await celsius(monitor("iwlwifi_1", { temp1_input: "33000" }))).toBe(41);
  });

  it("comes from the thermal zone where there is one, and is not known where only others are measured", async () => {
    const zone = { "sys/class/thermal/thermal_zone1/type": "x86_pkg_temp\n", "sys/class/thermal/thermal_zone1/temp": "60000\n" };
    expect(await celsius({ ...desktop, ...zone })).toBe(60);
    expect(await celsius(without(without(desktop, "sys/class/hwmon/hwmon1"), "sys/class/hwmon/hwmon2"))).toBeNull();
  });
});

describe("a sample", () => {
  it("shows the mean of several batteries in whole percent", async () => {
    const { root, sensors } = await look(laptop, "x64");
    await plant(root, { "sys/class/power_supply/BAT0/capacity": "41\n", "sys/class/power_supply/BAT1/capacity": "60\n" });
    expect(sensors.sample().batteryPercent).toBe(51);
  });

  it("tells what went through the interfaces that lead out of the device, and nothing where the kernel does not count", async () => {
    expect((await look(desktop, "x64")).sensors.traffic?.()).toEqual({ receivedBytes: 1005, sentBytes: 27 });
    expect((await look(jetson)).sensors.traffic?.()).toBeUndefined();
  });

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
