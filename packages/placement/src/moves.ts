import { powerThresholds } from "@fogline/device";
import type { Node } from "./node.ts";
import { type Candidate, type PlaceOptions, place, profileOf } from "./place.ts";
import { scoreOf } from "./profile.ts";
import type { Task } from "./task.ts";

/** What can make a running task move. */
export type MoveCause = "draining" | "thermal" | "battery";

/** A move worth making, with its cause. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly cause: MoveCause;
  /** The cause and both scores in a sentence. */
  readonly reason: string;
}

export interface MoveOptions {
  /** How many times the current score the best must be, at least 1; 1.5 when absent. Less would let tasks wander between equals. */
  readonly factor?: number;
}

const moveFactorDefault = 1.5;

/** What is wrong with the node, most pressing first: draining, hot or critical, or a low battery that does not charge. Nothing: it is fine. */
export const moveCause = (node: Node): { cause: MoveCause; says: string } | undefined => {
  if (node.draining) return { cause: "draining", says: `${node.id} is draining` };
  if (node.thermalState === "hot" || node.thermalState === "critical") {
    const at = node.temperatureCelsius === null ? "" : ` at ${Math.round(node.temperatureCelsius)} C`;
    return { cause: "thermal", says: `${node.id} is ${node.thermalState}${at}` };
  }
  const low = node.batteryPowered && node.batteryPercent !== null && node.batteryPercent <= powerThresholds.batteryLowPercent;
  if (low && node.charging !== true) return { cause: "battery", says: `${node.id} has ${node.batteryPercent} % battery and does not charge` };
  return undefined;
};

/**
 * Whether a running task should leave its node for the best candidate: only with a cause, and only when the best scores at least `factor` times
 * as much. A draining node counts as score 0, so anything that scores at all is better.
 */
export const worthMoving = (
  current: { readonly node: Node; readonly score: number },
  best: Pick<Candidate, "node" | "score"> | undefined,
  { factor = moveFactorDefault }: MoveOptions = {},
): Move | undefined => {
  const found = moveCause(current.node);
  if (found === undefined || best === undefined || best.node === current.node.id) return undefined;
  const score = found.cause === "draining" ? 0 : current.score;
  if (best.score <= 0 || best.score < factor * score) return undefined;
  const reason = `${found.says}; ${best.node} scores ${best.score.toFixed(1)}, ${current.node.id} ${score.toFixed(1)}`;
  return { from: current.node.id, to: best.node, cause: found.cause, reason };
};

/** What scores see of the node as it would be without the task that it holds, so that a task is not compared with its own load. */
const withoutTask = (node: Node, task: Task): Node => ({
  ...node,
  cpuCoresFree: Math.min(node.cpuCores, node.cpuCoresFree + task.cpuCores),
  cpuCoresIdle: Math.min(node.cpuCores, node.cpuCoresIdle + task.cpuCores),
  memoryFreeBytes: Math.min(node.memoryBytes, node.memoryFreeBytes + task.memoryBytes),
});

/** The move that a running task on node `currentId` should make now, or nothing. A node that is not in `nodes` cannot be left. */
export const planMove = (task: Task, nodes: readonly Node[], currentId: string, options: PlaceOptions & MoveOptions = {}): Move | undefined => {
  const holder = nodes.find(({ id }) => id === currentId);
  if (holder === undefined || moveCause(holder) === undefined) return undefined;
  const current = withoutTask(holder, task);
  const others = nodes.filter(({ id }) => id !== currentId);
  const best = place(task, others, options).candidates[0];
  return worthMoving({ node: current, score: scoreOf(task, current, profileOf(options)).score }, best, options);
};
