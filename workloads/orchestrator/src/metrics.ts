import { DeploymentRecord, type NodeRecord, NodeStatus, TaskStatus } from "@fogline/contracts";
import type { Database } from "@fogline/ports";
import { Gauge, type Registry } from "prom-client";
import type { OrchestratorSchema } from "./schema.ts";

/** Where the figures come from; asked each time that somebody reads them. */
export interface MetricsSources {
  readonly nodes: () => Promise<readonly NodeRecord[]>;
  readonly database: Database<OrchestratorSchema>;
}

/** A replica whose task nobody has yet made, or heard of. */
const noTask = "none";
const replicaStatuses = [...TaskStatus.options, noTask];

type Counts = ReadonlyMap<string, number>;

const countsOf = (values: readonly string[]): Counts =>
  new Map([...Map.groupBy(values, (value) => value)].map(([value, { length }]) => [value, length]));

const deploymentCounts = async ({ kysely }: Database<OrchestratorSchema>): Promise<Counts> => {
  const query = kysely.selectFrom("deployments").select(({ fn }) => ["status" as const, fn.countAll().as("count")]);
  return new Map((await query.groupBy("status").execute()).map(({ status, count }) => [status, Number(count)]));
};

/** Those of stopped deployments are over and not counted: they stay in the table for ever. */
const replicaCounts = async ({ kysely }: Database<OrchestratorSchema>): Promise<Counts> => {
  const query = kysely
    .selectFrom("replicas")
    .innerJoin("deployments", "deployments.id", "replicas.deployment_id")
    .where("deployments.status", "<>", "stopped")
    .select(({ fn }) => ["task_status" as const, fn.countAll().as("count")]);
  return new Map((await query.groupBy("task_status").execute()).map(({ task_status, count }) => [task_status ?? noTask, Number(count)]));
};

const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length);

/** Busy share of the CPU, 0 to 1, of each node that is online and has said it. */
const cpuShares = (nodes: readonly NodeRecord[]): number[] =>
  nodes.flatMap(({ status, state }) => (status === "online" && state !== null ? [state.cpuPercent / 100] : []));

const memoryShares = (nodes: readonly NodeRecord[]): number[] =>
  nodes.flatMap(({ status, state, capabilities }) =>
    status === "online" && state !== null && capabilities !== null ? [1 - state.memoryAvailableBytes / capabilities.memoryBytes] : [],
  );

/** What the orchestrator knows of nodes and deployments, as metrics beside those of every workload. */
export const openMetrics = (registry: Registry, { nodes, database }: MetricsSources): void => {
  const registers = [registry];
  const byStatus = (name: string, help: string, statuses: readonly string[], counts: () => Promise<Counts>) =>
    new Gauge({
      ...{ name, help, registers, labelNames: ["status"] },
      async collect() {
        const now = await counts();
        for (const status of statuses) this.set({ status }, now.get(status) ?? 0);
      },
    });
  const overOnline = (name: string, help: string, shares: (nodes: readonly NodeRecord[]) => number[]) =>
    new Gauge({
      ...{ name, help, registers },
      async collect() {
        this.set(mean(shares(await nodes())));
      },
    });
  byStatus("fogline_orchestrator_nodes", "Nodes that are declared, by status.", NodeStatus.options, async () =>
    countsOf((await nodes()).map(({ status }) => status)),
  );
  overOnline("fogline_orchestrator_nodes_cpu_utilisation_ratio", "Mean CPU use of the nodes that are online, 0 to 1; 0 when none is.", cpuShares);
  overOnline(
    "fogline_orchestrator_nodes_memory_utilisation_ratio",
    "Mean share of memory in use of the nodes that are online, 0 to 1; 0 when none is.",
    memoryShares,
  );
  byStatus("fogline_orchestrator_deployments", "Deployments by status.", DeploymentRecord.shape.status.options, () => deploymentCounts(database));
  byStatus("fogline_orchestrator_replicas", "Replicas of deployments that are not stopped, by the status of their task.", replicaStatuses, () =>
    replicaCounts(database),
  );
};
