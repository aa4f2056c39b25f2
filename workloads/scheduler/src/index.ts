import { type TaskSpec, taskChanged } from "@fogline/contracts";
import { profiles as builtInProfiles, type Profile } from "@fogline/placement";
import { type Database, databaseLeases, leasesMigration, type Migration, migrate } from "@fogline/ports";
import { answersMigration, outboxMigration, startRelay } from "@fogline/rpc";
import { type HubPorts, type Leadership, leaseHolder, openShell, type Running, seekLeadership } from "@fogline/service";
import type { SchedulerConfig } from "./config.ts";
import { HandOver } from "./hand-over.ts";
import { type Loop, startLoop } from "./loop.ts";
import { openMetrics } from "./metrics.ts";
import { watchNodes } from "./node-watch.ts";
import { operations } from "./operations.ts";
import { watchPolicies } from "./policy-watch.ts";
import { type SchedulerSchema, schedulerMigrations } from "./schema.ts";
import { TaskQueue } from "./task-queue.ts";

export type { SchedulerConfig } from "./config.ts";
export type { SchedulerSchema } from "./schema.ts";

export interface SchedulerPorts extends HubPorts {
  readonly database: Database<SchedulerSchema>;
  /** How candidates are scored, by the name that a task gives; the built-in profiles unless given. */
  readonly profiles?: Readonly<Record<TaskSpec["profile"], Profile>>;
}

/** Every migration of its database, in order. */
export const migrations: readonly Migration[] = [answersMigration, outboxMigration, leasesMigration, ...schedulerMigrations];

/** Starts the scheduler: its tables, its view of nodes and policies, the loop of the replica that holds the lease, and its operations. */
export const start = async (config: SchedulerConfig, ports: SchedulerPorts): Promise<Running> => {
  const { database, profiles = builtInProfiles } = ports;
  await migrate(database, migrations);
  const shell = await openShell("scheduler", config, ports);
  const { client, clock, random, log } = shell;

  const relay = startRelay({ database, bus: ports.bus, clock, random, log });
  shell.onStop("outbox relay", () => relay.stop());
  const queue = new TaskQueue({ database, clock, random, source: shell.instance, committed: () => relay.wake() });
  // What is on its way to others at the stop is given up: the next start says it again.
  const ending = new AbortController();
  const handOver = new HandOver(client, clock, log, ending.signal);
  let loop: Loop | undefined;
  const wake = () => loop?.wake();
  const nodes = await watchNodes(client, log, wake, ending.signal);
  shell.onStop("node watch", () => nodes.stop());
  const policies = await watchPolicies(client, log, wake, ending.signal);
  shell.onStop("policy watch", () => policies.stop());

  let leadership: Leadership | undefined;
  const metrics = openMetrics(shell.metrics, () => queue.counts());
  const running = startLoop({ config, clock, log, queue, handOver, nodes, policies, leadership: () => leadership, metrics, profiles });
  loop = running;
  leadership = await seekLeadership({
    ...{ leases: databaseLeases(database, clock), name: "scheduler", clock, log, holder: leaseHolder(shell, database), leaseMs: config.leaseMs },
    mayLead: (fence) => queue.raiseFence(fence),
    won: wake,
  });
  shell.onStop("leadership", () => leadership?.stop());
  shell.onStop("loop", () => {
    ending.abort(new Error("the scheduler stops"));
    return running.stop();
  });
  // What another replica stored: a new task to place, or a node's report that freed something.
  const foreign = await client.on(taskChanged, async (_, { source }) => {
    if (source !== shell.instance) wake();
  });
  shell.onStop("task watch", () => foreign.stop());

  shell.health(async () =>
    nodes.listed
      ? { status: "healthy", reason: leadership?.fence === undefined ? "stands by" : "runs the loop" }
      : { status: "degraded", reason: "the node registry has not answered yet" },
  );
  await shell.serve(operations({ config, queue, handOver, policies, loop: running, log }), { database });
  return shell.ready();
};
