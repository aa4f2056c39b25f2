import { tiers as hierarchy } from "@fogline/fleet";
import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import { smallInputBytes } from "./fog.ts";
import { heat } from "./heat.ts";
import type { Node } from "./node.ts";
import type { Part, Profile, Valued } from "./profile.ts";
import type { Task } from "./task.ts";
import { levelsFor, type TaskKind, tierLatencyMs } from "./tiers.ts";

/** What each part can give at most; together 100 points. */
export const tierWeights = Object.freeze({ resource: 25, latency: 25, capability: 20, level: 15, availability: 15 });

/** The latency at which nothing is left of the latency points; the target between edge and cloud is below it. */
const LATENCY_MS_MAX = 100;

/** What a level costs for each step that it lies outside of those that suit the task. */
const LEVEL_STEP = 0.2;

const HEAVY_CORES = 4;
const HEAVY_MEMORY_BYTES = 4 * GIBIBYTE;
const HEAVY_INPUT_BYTES = 1_000_000_000;
const SENSOR_CORES_MAX = 0.1;
const SENSOR_MEMORY_BYTES_MAX = 32 * MEBIBYTE;

const isKind = (text: string): text is TaskKind => Object.hasOwn(levelsFor, text);

/**
 * What a task is to the hierarchy. Its label `kind` says so where it is one of heavy, real-time, sensor. Otherwise a GPU, 4 cores, 4 GiB of memory
 * or 1 GB of input make it heavy; at most 0.1 cores and 32 MiB with no input to speak of (10 MB) a sensor's; everything else is real-time.
 */
export const taskKind = (task: Task): TaskKind => {
  const labelled = task.labels.kind;
  if (labelled !== undefined && isKind(labelled)) return labelled;
  if (task.gpu || task.cpuCores >= HEAVY_CORES || task.memoryBytes >= HEAVY_MEMORY_BYTES || task.inputBytes >= HEAVY_INPUT_BYTES) return "heavy";
  const small = task.cpuCores <= SENSOR_CORES_MAX && task.memoryBytes <= SENSOR_MEMORY_BYTES_MAX && task.inputBytes <= smallInputBytes;
  return small ? "sensor" : "real-time";
};

const share = (free: number, need: number, total: number): number => (total > 0 ? Math.min(1, Math.max(0, (free - need) / total)) : 0);

/** The share of cores and memory that stays free with the task on the node, in the mean. */
const resource = (task: Task, node: Node): Valued => {
  const cpu = share(node.cpuCoresFree, task.cpuCores, node.cpuCores);
  const memory = share(node.memoryFreeBytes, task.memoryBytes, node.memoryBytes);
  return { value: (cpu + memory) / 2 };
};

/** 1 at no latency, falling evenly to 0 at 100 ms; what the node measured, or what its tier is assumed to have. */
const latency = (_: Task, node: Node): Valued => {
  const latencyMs = node.networkLatencyMs ?? tierLatencyMs[node.tier];
  const reason = node.networkLatencyMs === null ? `${latencyMs} ms, assumed of ${node.tier}` : `${latencyMs} ms`;
  return { value: Math.max(0, 1 - latencyMs / LATENCY_MS_MAX), reason };
};

/** How well the node's equipment fits: an accelerator that the task would block without using halves it, so does running on battery. */
const capability = (task: Task, node: Node): Valued => {
  const spare = !task.gpu && node.gpus > 0;
  const onBattery = node.batteryPowered && node.charging !== true;
  const reasons = [...(spare ? ["its GPU is not needed"] : []), ...(onBattery ? ["on battery"] : [])];
  const value = (spare ? 0.5 : 1) * (onBattery ? 0.5 : 1);
  return reasons.length === 0 ? { value } : { value, reason: reasons.join(", ") };
};

/** 1 on the levels that suit the task's kind, 0.2 less for each level away from them. */
const level = (task: Task, node: Node): Valued => {
  const kind = taskKind(task);
  const [first, last] = levelsFor[kind];
  const at = hierarchy[node.tier].level;
  const away = Math.max(first - at, at - last, 0);
  return { value: 1 - LEVEL_STEP * away, reason: `${kind} on level ${at}` };
};

/** The share of time that the node's tier promises. */
const availability = (_: Task, node: Node): Valued => ({ value: Math.min(1, Math.max(0, node.availability)) });

/** Points from a share between 0 and 1. */
const weighed = (name: keyof typeof tierWeights, of: (task: Task, node: Node) => Valued): Part => ({
  name,
  kind: "points",
  of: (task, node) => {
    const valued = of(task, node);
    return { ...valued, value: valued.value * tierWeights[name] };
  },
});

/** The five parts of the hierarchy, 0 to 100 points in all, times heat. */
export const tiers: Profile = Object.freeze({
  name: "tiers",
  parts: Object.freeze([
    weighed("resource", resource),
    weighed("latency", latency),
    weighed("capability", capability),
    weighed("level", level),
    weighed("availability", availability),
    heat,
  ]),
});
