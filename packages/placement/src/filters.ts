import { type Refusal, refusal } from "@fogline/findings";
import { MEBIBYTE } from "@fogline/units";
import type { Node } from "./node.ts";
import type { Task } from "./task.ts";

/** Says why a node may not take a task, or nothing. */
export type NodePolicy = (task: Task, node: Node) => Refusal | undefined;

/** What filters know beside the task and the node. */
export interface FilterContext {
  /** Most tasks that one node holds at a time. */
  readonly tasksPerNodeMax: number;
  /** Operators' rules, tried in this order. */
  readonly policies: readonly NodePolicy[];
  /** Nodes where an attempt of this task failed. */
  readonly avoid: ReadonlySet<string>;
}

/** A rule: gives nothing, or a refusal that names both sides. */
export type Filter = (task: Task, node: Node, context: FilterContext) => Refusal | undefined;

/** Rounds needs up and supplies down, so that a sentence never shows two equal numbers for a refusal. */
const needMiB = (bytes: number): string => `${Math.ceil(bytes / MEBIBYTE)} MiB`;
const haveMiB = (bytes: number): string => `${Math.floor(bytes / MEBIBYTE)} MiB`;
/** In hundredths of a core, once the noise of binary fractions (0.07 * 100 is above 7) is rounded away. */
const hundredths = (cores: number): number => Math.round(cores * 1e8) / 1e6;
const needCores = (cores: number): string => `${Math.ceil(hundredths(cores)) / 100}`;
const haveCores = (cores: number): string => `${Math.floor(hundredths(cores)) / 100}`;

export const online: Filter = (_, node) =>
  node.status === "online"
    ? undefined
    : refusal("status", `task needs a node that is online, ${node.id} is ${node.status === "never-seen" ? "not seen yet" : node.status}`, {
        status: node.status,
      });

export const notDraining: Filter = (_, node) =>
  node.draining ? refusal("draining", `task needs a node that takes new tasks, ${node.id} is draining`, { draining: true }) : undefined;

export const pinnedNode: Filter = (task, node) =>
  task.node === undefined || task.node === node.id
    ? undefined
    : refusal("node", `task is pinned to ${task.node}, this is ${node.id}`, { wants: task.node, has: node.id });

export const wantedSite: Filter = (task, node) =>
  task.site === undefined || task.site === node.site
    ? undefined
    : refusal("site", `task wants site ${task.site}, ${node.id} is at ${node.site}`, { wants: task.site, has: node.site });

export const wantedTier: Filter = (task, node) =>
  task.tiers === undefined || task.tiers.includes(node.tier)
    ? undefined
    : refusal("tier", `task wants tier ${task.tiers.join(" or ") || "none"}, ${node.id} is ${node.tier}`, {
        wants: task.tiers.join(" "),
        has: node.tier,
      });

export const wantedArchitecture: Filter = (task, node) =>
  task.architecture === undefined || task.architecture === node.architecture
    ? undefined
    : refusal("architecture", `task needs ${task.architecture}, ${node.id} is ${node.architecture ?? "of unknown architecture"}`, {
        needs: task.architecture,
        has: node.architecture,
      });

export const enoughCpu: Filter = (task, node) =>
  node.cpuCoresFree >= task.cpuCores
    ? undefined
    : refusal("cpu", `task needs ${needCores(task.cpuCores)} CPU cores, ${node.id} has ${haveCores(node.cpuCoresFree)} free`, {
        needsCores: task.cpuCores,
        hasCores: node.cpuCoresFree,
      });

export const enoughMemory: Filter = (task, node) =>
  node.memoryFreeBytes >= task.memoryBytes
    ? undefined
    : refusal("memory", `task needs ${needMiB(task.memoryBytes)}, ${node.id} has ${haveMiB(node.memoryFreeBytes)} free`, {
        needsBytes: task.memoryBytes,
        hasBytes: node.memoryFreeBytes,
      });

export const gpuAvailable: Filter = (task, node) => {
  if (!task.gpu || node.gpusFree > 0) return undefined;
  const has = node.gpus === 0 ? "has none" : `has 0 of ${node.gpus} free`;
  return refusal("gpu", `task needs 1 GPU, ${node.id} ${has}`, { needsGpus: 1, hasGpus: node.gpus, freeGpus: node.gpusFree });
};

export const belowTaskLimit: Filter = (_, node, { tasksPerNodeMax }) =>
  node.tasks < tasksPerNodeMax
    ? undefined
    : refusal("tasks", `a node takes at most ${tasksPerNodeMax} tasks at a time, ${node.id} has ${node.tasks}`, {
        tasks: node.tasks,
        tasksMax: tasksPerNodeMax,
      });

export const wantedResidency: Filter = (task, node) =>
  task.residency === undefined || task.residency === node.residency
    ? undefined
    : refusal("residency", `task's data must stay in ${task.residency}, ${node.id} is in ${node.residency ?? "no declared residency"}`, {
        wants: task.residency,
        has: node.residency,
      });

export const policiesAllow: Filter = (task, node, { policies }) => {
  for (const policy of policies) {
    const refused = policy(task, node);
    if (refused !== undefined) return refused;
  }
  return undefined;
};

export const notFailedHere: Filter = (_, node, { avoid }) =>
  avoid.has(node.id)
    ? refusal("failed-here", `task looks for another node than those where it failed, ${node.id} is one of ${avoid.size}`, { node: node.id })
    : undefined;

export const containerRuntime: Filter = (task, node) =>
  task.image === undefined || node.containers
    ? undefined
    : refusal("containers", `task runs in image ${task.image}, ${node.id} has no container runtime`, { image: task.image });

/** Every filter in the order they are tried; the first that refuses is the reason given. */
export const defaultFilters: readonly Filter[] = Object.freeze([
  online,
  notDraining,
  pinnedNode,
  wantedSite,
  wantedTier,
  wantedArchitecture,
  enoughCpu,
  enoughMemory,
  gpuAvailable,
  belowTaskLimit,
  wantedResidency,
  policiesAllow,
  notFailedHere,
  containerRuntime,
]);
