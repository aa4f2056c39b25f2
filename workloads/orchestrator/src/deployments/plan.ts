import type { DeploymentRecord, DeploymentSpec, TaskStatus } from "@fogline/contracts";

/** What is known of one replica: its place, the task that runs it, and what went wrong with it. */
export interface Replica {
  readonly index: number;
  readonly generation: number;
  /** The task was asked for: it may exist even while `taskId` is null. */
  readonly requested: boolean;
  readonly taskId: string | null;
  readonly taskStatus: TaskStatus | null;
  readonly taskNode: string | null;
  readonly failures: number;
  readonly retryAtMs: number;
  readonly problem: string | null;
}

/** What to do next. `create` asks for the task of this generation, which is the same task however often it is asked for. */
export type Step =
  | { readonly kind: "create"; readonly index: number; readonly generation: number }
  | { readonly kind: "replace"; readonly index: number; readonly generation: number; readonly because: TaskStatus }
  | { readonly kind: "cancel"; readonly index: number; readonly taskId: string }
  | { readonly kind: "wait"; readonly index: number; readonly untilMs: number };

/** Whether a task with this status holds a place on the fleet, or will. */
const lives: Readonly<Record<TaskStatus, boolean>> = {
  queued: true,
  assigned: true,
  running: true,
  succeeded: false,
  failed: false,
  cancelled: false,
  unknown: false,
};

export const wantedReplicas = (spec: DeploymentSpec): number => spec.nodes?.length ?? spec.replicas;

const neverMade = (index: number): Replica => ({
  index,
  generation: 0,
  requested: false,
  taskId: null,
  taskStatus: null,
  taskNode: null,
  failures: 0,
  retryAtMs: 0,
  problem: null,
});

/** The wanted places with what is known of each, and any beyond them that still exist. */
export const placesOf = (wanted: number, replicas: readonly Replica[]): Replica[] => {
  const known = new Map(replicas.map((replica) => [replica.index, replica]));
  for (let index = 0; index < wanted; index++) if (!known.has(index)) known.set(index, neverMade(index));
  return [...known.values()].sort((a, b) => a.index - b.index);
};

/**
 * What turns the replicas that exist into those that are wanted. A place has one living task at most: a new one is made only when the task of
 * the last generation is known to have ended. Ended tasks are replaced after their back-off, since a replica runs until it is stopped.
 */
export const plan = (spec: DeploymentSpec, stopped: boolean, replicas: readonly Replica[], nowMs: number): Step[] => {
  const wanted = stopped ? 0 : wantedReplicas(spec);
  return placesOf(wanted, replicas).flatMap((replica): Step[] => {
    const { index, generation, requested, taskId, taskStatus, retryAtMs } = replica;
    const isWanted = index < wanted;
    const alive = taskId !== null && (taskStatus === null || lives[taskStatus]);
    if (!isWanted) {
      if (alive) return [{ kind: "cancel", index, taskId }];
      // Asked for, and the answer was lost: asking again tells which task it is, so that it can be cancelled.
      return requested && taskId === null ? [{ kind: "create", index, generation }] : [];
    }
    if (alive) return [];
    if (retryAtMs > nowMs) return [{ kind: "wait", index, untilMs: retryAtMs }];
    if (taskId === null) return [{ kind: "create", index, generation }];
    return [{ kind: "replace", index, generation: generation + 1, because: taskStatus ?? "unknown" }];
  });
};

/** The status of a deployment with its reason. */
export const summarise = (spec: DeploymentSpec, stopped: boolean, replicas: readonly Replica[]): Pick<DeploymentRecord, "status" | "reason"> => {
  if (stopped) {
    const left = replicas.filter((replica) => replica.taskStatus !== null && lives[replica.taskStatus]).length;
    return { status: "stopped", reason: left === 0 ? "stopped" : `stopped; ${left} replicas are still ending` };
  }
  const wanted = wantedReplicas(spec);
  const places = placesOf(wanted, replicas).filter((replica) => replica.index < wanted);
  const running = places.filter((replica) => replica.taskStatus === "running").length;
  const count = `${running} of ${wanted} replicas run`;
  if (running === wanted) return { status: "running", reason: count };
  const problem = places.find((replica) => replica.taskStatus !== "running" && replica.problem !== null);
  if (problem) return { status: "degraded", reason: `${count}; replica ${problem.index}: ${problem.problem}` };
  const waiting = places.filter((replica) => replica.taskStatus === "queued" || replica.taskStatus === null).length;
  return { status: "progressing", reason: waiting > 0 ? `${count}, ${waiting} wait for a node` : count };
};

/** How long a replica that failed this often in a row waits: doubled each time, up to the limit. */
export const backoffMs = (failures: number, options: { firstMs: number; maxMs: number }): number =>
  failures <= 0 ? 0 : Math.min(options.maxMs, options.firstMs * 2 ** Math.min(failures - 1, 40));
