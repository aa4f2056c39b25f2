import { columnTypes, type Dialect, type Migration } from "@fogline/ports";
import { type Kysely, sql } from "kysely";

// Tables of the orchestrator. Structured values are JSON text, times integer milliseconds, flags 0 or 1: the same on SQLite and PostgreSQL.

export interface NodeRow {
  readonly id: string;
  readonly declaration: string;
  readonly status: string;
  readonly status_since_ms: number;
  readonly reason: string;
  readonly draining: number;
  readonly simulated: number;
  readonly agent_version: string | null;
  readonly boot_id: string | null;
  readonly capabilities: string | null;
  readonly state: string | null;
  /** What the agent counts of itself; null when it is too old to say. */
  readonly metrics: string | null;
  readonly executions: string;
  readonly last_seen_at_ms: number | null;
  /** The connection that holds the node now; null when it said none is open. */
  readonly connection_id: string | null;
  readonly probe_address: string | null;
  readonly version: number;
}

/** A change of a node's status; `version` is the node's own after it. */
export interface StatusChangeRow {
  readonly node_id: string;
  readonly version: number;
  readonly at_ms: number;
  readonly status: string;
  readonly reason: string;
}

/** CPU use of a node in an hour: the mean in percent is `busy / weight_ms`. */
export interface NodeHourRow {
  readonly node_id: string;
  /** Its beginning, aligned to hours since the epoch. */
  readonly hour_ms: number;
  /** Percent, each value times the milliseconds that it stands for. */
  readonly busy: number;
  readonly weight_ms: number;
}

export interface DeploymentRow {
  readonly id: string;
  readonly name: string;
  readonly spec: string;
  readonly status: string;
  readonly reason: string;
  readonly created_at_ms: number;
  readonly version: number;
}

export interface ReplicaRow {
  readonly deployment_id: string;
  readonly position: number;
  /** Counts the tasks made for this replica; part of the idempotency key under which its task is created. */
  readonly generation: number;
  /** 1 from just before the task is asked for: after a crash it may exist although `task_id` is null. */
  readonly requested: number;
  readonly task_id: string | null;
  readonly task_status: string | null;
  readonly task_node: string | null;
  readonly task_version: number;
  /** Failures in a row, for the back-off. */
  readonly failures: number;
  readonly retry_at_ms: number;
  /** Why the replica is not running, when something went wrong. */
  readonly problem: string | null;
}

export interface OrchestratorSchema {
  nodes: NodeRow;
  status_changes: StatusChangeRow;
  node_hours: NodeHourRow;
  deployments: DeploymentRow;
  replicas: ReplicaRow;
}

const nodes = async (database: Kysely<OrchestratorSchema>, dialect: Dialect): Promise<void> => {
  const big = columnTypes(dialect).integer;
  await database.schema
    .createTable("nodes")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("declaration", "text", (column) => column.notNull())
    .addColumn("credential_hash", "text", (column) => column.unique())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("status_since_ms", big, (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("draining", "integer", (column) => column.notNull())
    .addColumn("simulated", "integer", (column) => column.notNull())
    .addColumn("agent_version", "text")
    .addColumn("boot_id", "text")
    .addColumn("capabilities", "text")
    .addColumn("state", "text")
    .addColumn("executions", "text", (column) => column.notNull())
    .addColumn("last_seen_at_ms", big)
    .addColumn("connection_id", "text")
    .addColumn("probe_address", "text")
    .addColumn("version", big, (column) => column.notNull())
    .execute();
};

const deployments = async (database: Kysely<OrchestratorSchema>, dialect: Dialect): Promise<void> => {
  const big = columnTypes(dialect).integer;
  await database.schema
    .createTable("deployments")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("spec", "text", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("created_at_ms", big, (column) => column.notNull())
    .addColumn("version", big, (column) => column.notNull())
    .execute();
  // A stopped deployment keeps its record and gives its name back.
  await sql`create unique index deployments_name on deployments (name) where status <> 'stopped'`.execute(database);
  await database.schema
    .createTable("replicas")
    .addColumn("deployment_id", "text", (column) => column.notNull().references("deployments.id"))
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("generation", "integer", (column) => column.notNull())
    .addColumn("requested", "integer", (column) => column.notNull())
    .addColumn("task_id", "text")
    .addColumn("task_status", "text")
    .addColumn("task_node", "text")
    .addColumn("task_version", big, (column) => column.notNull())
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("retry_at_ms", big, (column) => column.notNull())
    .addColumn("problem", "text")
    .addPrimaryKeyConstraint("replicas_key", ["deployment_id", "position"])
    .execute();
  await database.schema.createIndex("replicas_task").on("replicas").column("task_id").execute();
};

/** Nodes had secrets of their own once. The column stays, because SQLite cannot drop one that is unique; what was in it goes. */
const withoutCredentials = async (database: Kysely<{ nodes: { credential_hash: string | null } }>): Promise<void> => {
  await database.updateTable("nodes").set({ credential_hash: null }).execute();
};

/** What is known of nodes over time. The history of a node that was declared before begins with its present status. */
const overTime = async (database: Kysely<OrchestratorSchema>, dialect: Dialect): Promise<void> => {
  const big = columnTypes(dialect).integer;
  await database.schema.alterTable("nodes").addColumn("metrics", "text").execute();
  await database.schema
    .createTable("status_changes")
    .addColumn("node_id", "text", (column) => column.notNull())
    .addColumn("version", big, (column) => column.notNull())
    .addColumn("at_ms", big, (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("status_changes_key", ["node_id", "version"])
    .execute();
  await sql`insert into status_changes (node_id, version, at_ms, status, reason)
    select id, version, status_since_ms, status, substr(reason, 1, 70) from nodes`.execute(database);
  await database.schema
    .createTable("node_hours")
    .addColumn("node_id", "text", (column) => column.notNull())
    .addColumn("hour_ms", big, (column) => column.notNull())
    .addColumn("busy", big, (column) => column.notNull())
    .addColumn("weight_ms", big, (column) => column.notNull())
    .addPrimaryKeyConstraint("node_hours_key", ["node_id", "hour_ms"])
    .execute();
  await database.schema.createIndex("node_hours_by_age").on("node_hours").column("hour_ms").execute();
};

export const orchestratorMigrations: readonly Migration[] = [
  { name: "orchestrator-001-nodes", up: nodes },
  { name: "orchestrator-002-deployments", up: deployments },
  { name: "orchestrator-003-without-credentials", up: withoutCredentials },
  { name: "orchestrator-004-over-time", up: overTime },
];
