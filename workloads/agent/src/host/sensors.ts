import { statfsSync } from "node:fs";
import { join } from "node:path";
import type { Reading, Sensors, Traffic } from "../ports.ts";
import { detect, type Machine, type SensorPaths } from "./detect.ts";
import { readNumber, readText } from "./files.ts";

/** Outside of this a sensor is broken, not the device: drivers report -40, -273 or 0xffff when they cannot read. */
const celsiusMin = -30;
const celsiusMax = 150;

interface CpuTimes {
  readonly idle: number;
  readonly total: number;
}

/** Jiffies since boot from the first line of /proc/stat (proc_stat(5)); guest time is already part of user time. */
const cpuTimes = (text: string): CpuTimes => {
  const times = text.slice(0, text.indexOf("\n")).trim().split(/\s+/).slice(1, 9).map(Number);
  return { idle: (times[3] ?? 0) + (times[4] ?? 0), total: times.reduce((sum, time) => sum + time, 0) };
};

const busyPercent = (before: CpuTimes, after: CpuTimes): number => {
  const total = after.total - before.total;
  if (total <= 0) return 0;
  return Math.min(100, Math.max(0, Math.round((1 - (after.idle - before.idle) / total) * 1000) / 10));
};

const temperature = (path: string | undefined): number | null => {
  const milli = path === undefined ? null : readNumber(path);
  if (milli === null) return null;
  const celsius = milli / 1000;
  return celsius < celsiusMin || celsius > celsiusMax ? null : celsius;
};

/** The mean of all batteries in whole percent, and whether none of them discharges. */
const battery = (paths: readonly string[]): Pick<Reading, "batteryPercent" | "charging"> => {
  const percents = paths.map((path) => readNumber(join(path, "capacity"))).filter((value) => value !== null);
  if (percents.length === 0) return { batteryPercent: null, charging: null };
  const mean = percents.reduce((sum, value) => sum + value, 0) / percents.length;
  const states = paths.map((path) => readText(join(path, "status")) ?? "Unknown");
  const charging = states.every((state) => state === "Unknown") ? null : states.every((state) => state !== "Discharging");
  return { batteryPercent: Math.min(100, Math.max(0, Math.round(mean))), charging };
};

/** The speed of the fastest interface that is up, in Mbit/s. The kernel gives none, or -1, of one that is down. */
const fastest = (paths: readonly string[]): number | null => {
  const speeds = paths.map(readNumber).filter((speed) => speed !== null && speed > 0);
  return speeds.length === 0 ? null : Math.max(...speeds.map(Number));
};

/** Sums the kernel's counters of the interfaces; undefined when none of them has any. */
const trafficOf = (interfaces: readonly string[]): Traffic | undefined => {
  const sum = (counter: string): number | null =>
    interfaces
      .map((path) => readNumber(join(path, "statistics", counter)))
      .reduce((total, bytes) => (bytes === null ? total : (total ?? 0) + bytes), null);
  const [receivedBytes, sentBytes] = [sum("rx_bytes"), sum("tx_bytes")];
  return receivedBytes === null || sentBytes === null ? undefined : { receivedBytes, sentBytes };
};

/** The sensors of the machine below `root`. A sample is a handful of reads of kernel files, without a process and without waiting. */
export const hostSensors = (machine: Machine): Sensors => {
  const { root, dataFolder } = machine;
  const statPath = join(root, "proc/stat");
  const memoryPath = join(root, "proc/meminfo");
  const uptimePath = join(root, "proc/uptime");
  let paths: SensorPaths = { temperature: undefined, batteries: [], speeds: [], interfaces: [] };
  // The first sample is the mean since boot: there is nothing shorter to compare with that would mean anything.
  let before: CpuTimes = { idle: 0, total: 0 };
  return {
    detect: async () => {
      const found = detect(machine);
      paths = found.paths;
      return found.capabilities;
    },
    traffic: () => trafficOf(paths.interfaces),
    sample: () => {
      const after = cpuTimes(readText(statPath) ?? "");
      const cpuPercent = busyPercent(before, after);
      before = after;
      const storage = statfsSync(dataFolder);
      return {
        uptimeMs: Math.round(Number((readText(uptimePath) ?? "0").split(" ")[0]) * 1000),
        cpuPercent,
        memoryAvailableBytes: Number(/^MemAvailable:\s+(\d+) kB/m.exec(readText(memoryPath) ?? "")?.[1] ?? 0) * 1024,
        storageFreeBytes: storage.bavail * storage.bsize,
        temperatureCelsius: temperature(paths.temperature),
        ...battery(paths.batteries),
        networkBandwidthMbps: fastest(paths.speeds),
        networkLatencyMs: null,
      };
    },
  };
};
