import type { NodeRecord, TaskSpec } from "@fogline/contracts";
import type { Profile } from "@fogline/placement";
import type { Clock } from "@fogline/ports";
import type { Leadership, Log } from "@fogline/service";
import type { SchedulerConfig } from "./config.ts";
import { type Executor, execute } from "./execute.ts";
import { FenceLost } from "./fence.ts";
import type { HandOver } from "./hand-over.ts";
import type { SchedulerMetrics } from "./metrics.ts";
import type { NodeWatch } from "./node-watch.ts";
import { planCancels, planExecutions, unexpected } from "./plan-executions.ts";
import { planMoves, planPlacements } from "./plan-placements.ts";
import type { PolicyWatch } from "./policy-watch.ts";
import type { OpenTask, TaskQueue } from "./task-queue.ts";
import { Promises, type World } from "./world.ts";

export interface LoopParts {
  readonly config: SchedulerConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: TaskQueue;
  readonly handOver: HandOver;
  readonly nodes: NodeWatch;
  readonly policies: PolicyWatch;
  readonly leadership: () => Leadership | undefined;
  readonly metrics: SchedulerMetrics;
  readonly profiles: Readonly<Record<TaskSpec["profile"], Profile>>;
}

export interface Loop {
  /** Asks for a look at the queue: now, or right after the one that is going on. */
  wake(): void;
  /** The world as planning would see it now. */
  world(): Promise<World>;
  stop(): Promise<void>;
}

/** A look that takes longer than this is followed by a pause as long as itself. */
const longLookMs = 50;

/**
 * Looks at the queue whenever something happened, and every `loopMs`. One look at a time; each plans from what is stored and what the nodes
 * said, so a crash at any point costs nothing but the look itself. Invariant: a decision is committed before anybody outside hears of it.
 */
export const startLoop = (parts: LoopParts): Loop => {
  const { config, clock, log, queue, handOver, nodes, policies } = parts;
  const unreachable = new Map<string, { version: number; monotonicMs: number }>();
  let taken: ReadonlyMap<string, number> = new Map();
  const beside = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let again = false;
  let stopping = false;

  const world = async (): Promise<World> => {
    const tasks = await queue.open();
    const monotonicMs = clock.monotonicMs();
    taken = takenSince(taken, tasks, monotonicMs);
    return {
      ...{ now: clock.now(), monotonicMs, sinceMs: parts.leadership()?.sinceMs ?? 0, nodes: nodes.nodes, tasks },
      ...{ policies: policies.forNodes, profiles: parts.profiles, sentMonotonicMs: handOver.sentMonotonicMs, takenMonotonicMs: taken },
      unreachable: stillUnreachable(unreachable, nodes.nodes, monotonicMs, config.resendMs),
      settings: config,
    };
  };

  const runBeside = (what: string, run: () => Promise<void>): void => {
    const running = run()
      .catch((thrown: unknown) => (thrown instanceof FenceLost ? parts.leadership()?.lost() : log.error({ err: thrown, what }, "a step failed")))
      .then(() => void beside.delete(running));
    beside.add(running);
  };

  const executorFor = (fence: number, seen: World): Executor => ({
    ...{ queue, handOver, clock, fence, nodes: seen.nodes, tasks: new Map(seen.tasks.map((task) => [task.row.id, task])) },
    unreachable: (node) => void unreachable.set(node, { version: nodes.nodes.get(node)?.version ?? 0, monotonicMs: clock.monotonicMs() }),
    wake: () => wake(),
    beside: runBeside,
    stopping: () => stopping,
  });

  const look = async (): Promise<void> => {
    const fence = parts.leadership()?.fence;
    if (fence === undefined || !nodes.listed) return;
    const startedMs = clock.monotonicMs();
    let seen = await world();
    const listed = unexpected(seen);
    const held = listed.length === 0 ? new Map() : await queue.held(listed.map(({ executionId }) => executionId));
    const first = [...planExecutions(seen), ...planCancels(listed, held)];
    if ((await execute(first, executorFor(fence, seen))) > 0) seen = await world();
    const promises = new Promises(seen);
    const second = [...planPlacements(seen, promises), ...planMoves(seen, promises)];
    await execute(second, executorFor(fence, seen));
    for (const { kind } of second) {
      if (kind === "place") parts.metrics.placed();
      if (kind === "move") parts.metrics.moved();
    }
    parts.metrics.decided(clock.monotonicMs() - startedMs);
  };

  const wake = (): void => {
    if (stopping) return;
    again = true;
    looking ??= (async () => {
      while (again && !stopping) {
        again = false;
        const startedMs = clock.monotonicMs();
        try {
          await look();
        } catch (thrown) {
          if (thrown instanceof FenceLost) parts.leadership()?.lost();
          else log.error({ err: thrown }, "a look at the queue failed; the next one tries again");
        }
        // With a queue so long that a look takes a while, what else this process does gets its turn before the next one.
        const tookMs = clock.monotonicMs() - startedMs;
        if (tookMs > longLookMs && !stopping) await clock.sleep(tookMs);
      }
    })().finally(() => {
      looking = undefined;
      if (again) wake();
    });
  };

  let cancelTick = () => {};
  const tick = async (): Promise<void> => {
    const fence = parts.leadership()?.fence;
    await Promise.all([nodes.refresh(), policies.refresh()]);
    if (stopping) return;
    wake();
    if (fence !== undefined) runBeside("forget old tasks", async () => void (await queue.prune(config.finishedKept, fence)));
    cancelTick = clock.after(config.loopMs, () => runBeside("tick", tick));
  };
  runBeside("tick", tick);

  return {
    wake,
    world,
    stop: async () => {
      stopping = true;
      cancelTick();
      await looking;
      await handOver.settled();
      await Promise.allSettled(beside);
    },
  };
};

/** Since when each execution that an agent took is known here; those that are over are forgotten. */
const takenSince = (before: ReadonlyMap<string, number>, tasks: readonly OpenTask[], monotonicMs: number): ReadonlyMap<string, number> =>
  new Map(
    tasks.flatMap(({ executions }) =>
      executions.filter(({ status }) => status === "accepted" || status === "running").map(({ id }) => [id, before.get(id) ?? monotonicMs] as const),
    ),
  );

/** A node that nobody could be reached for is avoided until the registry says something new of it, and no longer than `forMs`. */
const stillUnreachable = (
  unreachable: Map<string, { version: number; monotonicMs: number }>,
  nodes: ReadonlyMap<string, NodeRecord>,
  nowMonotonicMs: number,
  forMs: number,
): ReadonlySet<string> => {
  for (const [id, { version, monotonicMs }] of unreachable) {
    if (nowMonotonicMs - monotonicMs >= forMs || nodes.get(id)?.version !== version) unreachable.delete(id);
  }
  return new Set(unreachable.keys());
};
