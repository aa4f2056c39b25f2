import type { PlacementExplanation, TaskSpec } from "@fogline/contracts";
import { refusal } from "@fogline/findings";
import { type Placement, type PlaceOptions, place, planMove } from "@fogline/placement";
import type { Step } from "./step.ts";
import type { OpenTask } from "./task-queue.ts";
import { mayRunAgain } from "./task-state.ts";
import { waitingReason } from "./waiting-reason.ts";
import { Promises, type World } from "./world.ts";

/** Rows of an explanation that are kept, of candidates and of refusals each. */
const explanationRowsMax = 250;

/** Where each queued task goes, most urgent first; one that fits nowhere waits with its reason and holds nobody up. */
export const planPlacements = (world: World, promises = new Promises(world)): Step[] => {
  const steps: Step[] = [];
  // Within one plan free resources only shrink: what fitted nowhere before fits nowhere now.
  const fitNowhere = new Map<string, PlacementExplanation>();
  for (const task of world.tasks) {
    if (task.row.status !== "queued" || returnsSoon(world, task)) continue;
    const options = optionsFor(world, task);
    const likeness = JSON.stringify([demandsOf(task.spec), [...(options.avoid ?? [])].sort()]);
    const placement = fitNowhere.get(likeness) ?? explained(choose(world, task, promises, options), world.now);
    if (placement.chosen === null) {
      fitNowhere.set(likeness, placement);
      const reason = waitingReason(placement, task.spec);
      if (reason !== task.row.reason) steps.push({ kind: "wait", taskId: task.row.id, reason, placement });
    } else {
      promises.add(placement.chosen, task.spec, world.now);
      steps.push({ kind: "place", taskId: task.row.id, node: placement.chosen, placement });
    }
  }
  return steps;
};

/** Tasks that should leave a draining, hot or nearly empty node, when another is clearly better and they stayed long enough. */
export const planMoves = (world: World, promises = new Promises(world)): Step[] => {
  const { now, settings, nodes } = world;
  const steps: Step[] = [];
  for (const task of world.tasks) {
    if (steps.length >= settings.movesMax) break;
    const execution = task.executions.find(({ id }) => id === task.row.execution_id);
    if (execution === undefined || (execution.status !== "accepted" && execution.status !== "running")) continue;
    const from = nodes.get(execution.node);
    if (from?.status !== "online" || !mayRunAgain(task.state) || task.spec.node !== undefined) continue;
    if (!from.draining && now - execution.assigned_at_ms < settings.stayMsMin) continue;
    const options = optionsFor(world, task);
    const all = promises.nodes();
    const move = planMove(task.spec, all, execution.node, { ...options, factor: settings.moveFactor });
    if (move === undefined) continue;
    const others = all.filter(({ id }) => id !== execution.node);
    const left = { node: move.from, refusal: refusal(move.cause, move.reason) };
    const chosen = place(task.spec, others, options);
    const placement = explained({ ...chosen, refused: [left, ...chosen.refused] }, now);
    promises.add(move.to, task.spec, now);
    steps.push({ kind: "move", taskId: task.row.id, executionId: execution.id, from: move.from, to: move.to, reason: move.reason, placement });
  }
  return steps;
};

/** The placement as it is kept and answered. */
export const explained = (placement: Placement, decidedAtMs: number): PlacementExplanation => ({
  decidedAtMs,
  profile: placement.profile,
  chosen: placement.chosen,
  candidates: placement.candidates.slice(0, explanationRowsMax),
  refused: placement.refused
    .slice(0, explanationRowsMax)
    .map(({ node, refusal }) => ({ node, refusal: { ...refusal, facts: { ...refusal.facts } } })),
});

/** How placement is asked for this task: its profile, the operators' policies, and where it should not be tried again. */
export const optionsFor = ({ profiles, policies, settings, unreachable }: World, task: Pick<OpenTask, "spec" | "executions">): PlaceOptions => {
  const failed = task.executions.filter(({ status, outcome }) => status === "finished" && outcome !== null).map(({ node }) => node);
  const avoid = new Set(task.spec.node === undefined ? [...unreachable, ...failed] : unreachable);
  return { profile: profiles[task.spec.profile], policies, tasksPerNodeMax: settings.tasksPerNodeMax, avoid };
};

/** A node where an attempt failed is better than none. */
const choose = (world: World, task: OpenTask, promises: Promises, options: PlaceOptions): Placement => {
  const nodes = promises.nodes();
  const first = place(task.spec, nodes, options);
  if (first.chosen !== null || (options.avoid?.size ?? 0) <= world.unreachable.size) return first;
  return place(task.spec, nodes, { ...options, avoid: world.unreachable });
};

/** Its last attempt was lost with its node, the node is back and lists it: it is taken back instead of started again. */
const returnsSoon = ({ nodes }: World, task: OpenTask): boolean => {
  const last = task.executions.find(({ id, status }) => id === task.row.execution_id && status === "lost");
  const node = last === undefined ? undefined : nodes.get(last.node);
  return last !== undefined && node?.status === "online" && node.executions.includes(last.id);
};

const demandsOf = (spec: TaskSpec): unknown => [
  ...[spec.cpuCores, spec.memoryBytes, spec.gpu, spec.inputBytes, spec.image ?? null, spec.node ?? null, spec.site ?? null],
  ...[spec.tiers ?? null, spec.architecture ?? null, spec.residency ?? null, spec.profile, spec.labels],
];
