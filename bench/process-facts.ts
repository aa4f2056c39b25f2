import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Figure, percentile } from "./figures.ts";

/** What a process holds, in bytes. */
interface Memory {
  /** Resident: everything that is in memory for it, shared pages counted in full. */
  readonly rss: number;
  /** Proportional: shared pages counted by the number of processes that share them. */
  readonly pss: number;
  /** Private: what would be free if it ended. */
  readonly uss: number;
}

/** Reads /proc/<pid>/smaps_rollup. Throws when the process has ended. */
const memoryOf = (pid: number): Memory => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN) * 1024;
  return { rss: bytes("Rss"), pss: bytes("Pss"), uss: bytes("Private_Clean") + bytes("Private_Dirty") };
};

/** What a process holds in memory, shared pages counted in full. */
export const residentBytes = (pid: number): number => memoryOf(pid).rss;

/** What a process holds in memory, shared pages counted by the number of processes that share them. */
export const proportionalBytes = (pid: number): number => memoryOf(pid).pss;

const sampleMs = 1_000;

/** Samples the memory of processes each second for a while, and answers the median of each. */
export const memoryFigures = async (processes: Readonly<Record<string, number>>, windowMs: number): Promise<Figure[]> => {
  const samples: Record<string, Memory[]> = {};
  for (let sampled = 0; sampled <= windowMs; sampled += sampleMs) {
    for (const [name, pid] of Object.entries(processes)) samples[name] = [...(samples[name] ?? []), memoryOf(pid)];
    await sleep(sampleMs);
  }
  return Object.entries(samples).flatMap(([name, taken]) =>
    (["rss", "pss", "uss"] as const).map((kind): Figure => {
      const value =
        percentile(
          taken.map((memory) => memory[kind]),
          0.5,
        ) / 1e6;
      return { what: `${name}: ${kind.toUpperCase()}`, unit: "MB", value };
    }),
  );
};

/** The fields of /proc/<pid>/stat after the command's name, which may hold anything. Field 3 (state) is the first. */
const statOf = (pid: number): readonly string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
};

/** Linux counts processor time in hundredths of a second on every platform that Node supports. */
const msPerTick = 10;

/** Processor time that a process used so far, user and system, in milliseconds. */
export const processorMs = (pid: number): number => {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
};

/** Processor time of all processes that this one started and that have ended, and of those that they waited for, in milliseconds. */
export const childrenProcessorMs = (): number => {
  const fields = statOf(process.pid);
  return (Number(fields[13]) + Number(fields[14])) * msPerTick;
};

/** Processor time of this process since `before` was taken, in microseconds. Unlike a wait it does not grow when others are busy. */
export const processorMicros = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

/** The children of a process, by what their command line names. */
export const childOf = (parent: number, naming: RegExp): number => {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (Number(statOf(Number(name))[1]) !== parent) continue;
      if (naming.test(readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " "))) return Number(name);
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error(`process ${parent} has no child whose command line matches ${naming}`);
};
