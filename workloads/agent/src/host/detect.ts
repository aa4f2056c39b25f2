import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { DeviceCapabilities } from "@fogline/contracts/device";
import { classify } from "@fogline/device";
import { namesIn, readNumber, readText } from "./files.ts";

/** What detection looks at besides the tree of files; the rest of the machine, so that fixture trees can stand in for it. */
export interface Machine {
  /** Folder that holds proc, sys, etc, run, usr: "/" on a real machine. */
  readonly root: string;
  /** `process.arch` of the machine. */
  readonly arch: string;
  /** Folder whose file system counts as the device's storage. */
  readonly dataFolder: string;
  /** Whether the runner has an engine for images; it knows, files alone do not. */
  readonly containers: boolean;
}

/** Where the sampler reads what detection found. Undefined or empty where the device has no such sensor. */
export interface SensorPaths {
  readonly temperature: string | undefined;
  readonly batteries: readonly string[];
  /** Where each way out that has a speed tells it. */
  readonly speeds: readonly string[];
  /** The folders of the interfaces that lead out of the device. */
  readonly interfaces: readonly string[];
}

const architectures: Readonly<Record<string, DeviceCapabilities["architecture"]>> = { x64: "amd64", arm64: "arm64", riscv64: "riscv64", arm: "arm" };

/** Zones that measure the processor, the best first. A Jetson's zone 0 measures the always-on part of the chip, not the processor. */
const cpuZones = [/^cpu-thermal$/i, /^cpu-therm$/i, /^cpu_thermal$/i, /^x86_pkg_temp$/i, /^soc[-_]?(thermal|dts.*)?$/i, /cpu/i];

/** Processor cores, threads of one core counted once; 1 when the kernel does not say. */
const physicalCores = (root: string): number => {
  const cores = new Set<string>();
  for (const name of namesIn(join(root, "sys/devices/system/cpu"))) {
    if (!/^cpu\d+$/.test(name)) continue;
    const topology = join(root, "sys/devices/system/cpu", name, "topology");
    const core = readText(join(topology, "core_id"));
    // Clusters of big and little cores number their cores anew: the siblings tell them apart.
    const siblings = readText(join(topology, "thread_siblings_list")) ?? readText(join(topology, "core_cpus_list"));
    if (core !== undefined) cores.add(siblings ?? `${readText(join(topology, "physical_package_id")) ?? 0}:${core}`);
  }
  if (cores.size > 0) return cores.size;
  const processors = (readText(join(root, "proc/cpuinfo")) ?? "").match(/^processor\s*:/gm)?.length ?? 0;
  return Math.max(1, processors);
};

const memoryBytes = (root: string): number => {
  const kib = Number(/^MemTotal:\s+(\d+) kB/m.exec(readText(join(root, "proc/meminfo")) ?? "")?.[1] ?? 0);
  return Math.max(1, kib * 1024);
};

const modelOf = (root: string): string | null => {
  const tree = readText(join(root, "proc/device-tree/model")) ?? readText(join(root, "sys/firmware/devicetree/base/model"));
  if (tree) return tree;
  const dmi = join(root, "sys/devices/virtual/dmi/id");
  const named = [readText(join(dmi, "sys_vendor")), readText(join(dmi, "product_name"))].filter((part) => part !== undefined && part !== "");
  return named.length > 0 ? named.join(" ") : null;
};

const batteriesOf = (root: string): readonly string[] => {
  const supplies = join(root, "sys/class/power_supply");
  return (
    namesIn(supplies)
      .map((name) => join(supplies, name))
      // A wireless mouse has a battery too, and says that it is only its own.
      .filter((path) => readText(join(path, "type")) === "Battery" && readText(join(path, "scope")) !== "Device")
  );
};

/** Chips and labels that measure the processor, the best first: one sensor for the whole package before that of one core. */
const cpuChips = ["k10temp", "zenpower", "coretemp", "cpu_thermal", "soc_thermal"];
const cpuLabels = [/^Tdie$/i, /^Package id 0$/i, /^Tctl$/i, /cpu/i, /^Core 0$/i];

/** A temperature of the hardware monitors (`Documentation/hwmon/sysfs-interface` of Linux): of a chip that is a processor's, else one that is labelled so. */
const monitorOf = (root: string): string | undefined => {
  const folder = join(root, "sys/class/hwmon");
  const inputs = namesIn(folder).flatMap((name) => {
    // Some drivers of old kernels have their files one folder down.
    const chip = [join(folder, name), join(folder, name, "device")].find((path) => namesIn(path).some((file) => /^temp\d+_input$/.test(file)));
    if (chip === undefined) return [];
    const chipName = readText(join(folder, name, "name")) ?? readText(join(chip, "name")) ?? "";
    return namesIn(chip)
      .filter((file) => /^temp\d+_input$/.test(file))
      .map((file) => ({ path: join(chip, file), chipName, label: readText(join(chip, file.replace("_input", "_label"))) ?? "" }));
  });
  const labelled = (found: typeof inputs): string | undefined => {
    for (const wanted of cpuLabels) {
      const input = found.find(({ label }) => wanted.test(label));
      if (input !== undefined) return input.path;
    }
    return undefined;
  };
  for (const wanted of cpuChips) {
    const ofChip = inputs.filter(({ chipName }) => chipName === wanted);
    if (ofChip.length > 0) return labelled(ofChip) ?? ofChip[0]?.path;
  }
  return labelled(inputs);
};

const temperatureOf = (root: string): string | undefined => {
  const folder = join(root, "sys/class/thermal");
  const zones = namesIn(folder)
    .filter((name) => name.startsWith("thermal_zone"))
    .map((name) => ({ path: join(folder, name, "temp"), type: readText(join(folder, name, "type")) ?? "" }));
  for (const wanted of cpuZones) {
    const zone = zones.find(({ type }) => wanted.test(type));
    if (zone !== undefined) return zone.path;
  }
  return monitorOf(root);
};

type Interface = DeviceCapabilities["networkInterfaces"][number];

const interfacesOf = (root: string): { interfaces: Interface[]; speeds: string[]; folders: string[] } => {
  const folder = join(root, "sys/class/net");
  const interfaces: Interface[] = [];
  const folders: string[] = [];
  const speeds: string[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    // ARPHRD_ETHER; loopback, tunnels and others are not ways out of the device.
    const type = readNumber(join(path, "type"));
    const cellular = /^(wwan|rmnet|ppp|usb_rmnet)/.test(name);
    if (name === "lo" || (type !== 1 && !cellular) || /^(veth|docker|br-|virbr|ifb|dummy|cni|flannel|tap)/.test(name)) continue;
    const wifi = existsSync(join(path, "wireless")) || existsSync(join(path, "phy80211")) || /^wl/.test(name);
    const kind = cellular ? "cellular" : wifi ? "wifi" : /^(eth|en)/.test(name) ? "ethernet" : "other";
    const measured = readNumber(join(path, "speed"));
    const speedMbps = measured !== null && measured > 0 ? measured : null;
    speeds.push(join(path, "speed"));
    interfaces.push({ name, kind, speedMbps });
    folders.push(path);
  }
  return { interfaces, speeds, folders };
};

const gpuOf = (root: string, model: string | null): DeviceCapabilities["gpu"] => {
  const cards = namesIn(join(root, "proc/driver/nvidia/gpus"));
  if (cards.length > 0) {
    const information = readText(join(root, "proc/driver/nvidia/gpus", cards[0] ?? "", "information")) ?? "";
    return { model: /^Model:\s+(.+)$/m.exec(information)?.[1]?.trim() ?? "NVIDIA GPU", count: cards.length };
  }
  const tegra = existsSync(join(root, "etc/nv_tegra_release")) || /jetson|tegra/i.test(model ?? "");
  return tegra ? { model: "NVIDIA Tegra", count: 1 } : undefined;
};

/** A containerd alone usually belongs to Kubernetes, which does not want others' containers in it. */
const featuresOf = ({ root, containers }: Machine): string[] => [
  ...(containers ? ["containers"] : []),
  ...(existsSync(join(root, "run/containerd/containerd.sock")) ? ["containerd"] : []),
  ...(namesIn(join(root, "sys/class/bluetooth")).length > 0 ? ["bluetooth-le"] : []),
];

const operatingSystemOf = (root: string): string => {
  const release = readText(join(root, "etc/os-release")) ?? readText(join(root, "usr/lib/os-release")) ?? "";
  return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(release)?.[1] ?? "Linux";
};

const storageBytes = (folder: string): number => {
  const found = statfsSync(folder);
  return found.blocks * found.bsize;
};

/** Finds out what the device is made of, by direct reads only. Throws when its architecture is not one that Fogline builds for. */
export const detect = (machine: Machine): { capabilities: DeviceCapabilities; paths: SensorPaths } => {
  const { root, arch, dataFolder } = machine;
  const architecture = architectures[arch];
  if (architecture === undefined)
    throw new Error(`the architecture "${arch}" is not supported; Fogline runs on ${Object.values(architectures).join(", ")}`);
  const model = modelOf(root);
  const batteries = batteriesOf(root);
  const batteryPowered = batteries.length > 0;
  const memory = memoryBytes(root);
  const chassisType = readNumber(join(root, "sys/devices/virtual/dmi/id/chassis_type"));
  const formFactor = readText(join(root, "etc/machine-info"))?.match(/^CHASSIS="?(\w+)"?$/m)?.[1] ?? null;
  const { deviceClass } = classify({ architecture, model, batteryPowered, memoryBytes: memory, chassisType, formFactor });
  const { interfaces, speeds, folders } = interfacesOf(root);
  const gpu = gpuOf(root, model);
  const capabilities: DeviceCapabilities = {
    architecture,
    deviceClass,
    ...(model === null ? {} : { model }),
    operatingSystem: operatingSystemOf(root),
    kernel: readText(join(root, "proc/sys/kernel/osrelease")) ?? "unknown",
    cpuCores: physicalCores(root),
    memoryBytes: memory,
    storageBytes: storageBytes(dataFolder),
    ...(gpu === undefined ? {} : { gpu }),
    batteryPowered,
    features: featuresOf(machine),
    networkInterfaces: interfaces,
  };
  return { capabilities, paths: { temperature: temperatureOf(root), batteries, speeds, interfaces: folders } };
};
