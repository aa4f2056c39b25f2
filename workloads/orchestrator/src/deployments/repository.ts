import type { DeploymentRecord, DeploymentSpec, TaskStatus } from "@fogline/contracts";
import type { Database } from "@fogline/ports";
import type { Transaction } from "kysely";
import type { DeploymentRow, OrchestratorSchema, ReplicaRow } from "../schema.ts";
import { placesOf, type Replica, summarise, wantedReplicas } from "./plan.ts";

/** A deployment as the planner and its callers see it. */
export interface Deployment {
  readonly id: string;
  readonly spec: DeploymentSpec;
  readonly stopped: boolean;
  readonly replicas: readonly StoredReplica[];
  readonly record: DeploymentRecord;
}

export type StoredReplica = Replica & { readonly taskVersion: number };

/** What a change may alter. `undefined` leaves everything as it is. */
export interface Change {
  readonly stopped?: boolean;
  readonly replicas?: readonly StoredReplica[];
}

type Emit = (transaction: Transaction<OrchestratorSchema>, data: { deployment: DeploymentRecord }) => Promise<void>;
type Reader = Pick<Transaction<OrchestratorSchema>, "selectFrom">;

/** Deployments and their replicas. Every change that shows in the record is written with its event, in one transaction. */
export class Deployments {
  readonly #database: Database<OrchestratorSchema>;
  readonly #emit: Emit;
  readonly #committed: () => void;

  constructor(parts: { database: Database<OrchestratorSchema>; emit: Emit; committed: () => void }) {
    this.#database = parts.database;
    this.#emit = parts.emit;
    this.#committed = parts.committed;
  }

  /** Stores a new deployment; `undefined` when one of this name is not stopped. `within` runs in the same transaction. */
  async create(
    deployment: { id: string; spec: DeploymentSpec; createdAtMs: number },
    within: (transaction: Transaction<OrchestratorSchema>, record: DeploymentRecord) => Promise<void>,
  ): Promise<DeploymentRecord | undefined> {
    const { id, spec, createdAtMs } = deployment;
    const record = await this.#database.transaction(async (transaction) => {
      const taken = transaction.selectFrom("deployments").select("id").where("name", "=", spec.name).where("status", "<>", "stopped");
      if ((await taken.executeTakeFirst()) !== undefined) return undefined;
      const { status, reason } = summarise(spec, false, []);
      const row = { id, name: spec.name, spec: JSON.stringify(spec), status, reason, created_at_ms: createdAtMs, version: 1 };
      await transaction.insertInto("deployments").values(row).execute();
      const created = assemble(row, []).record;
      await this.#emit(transaction, { deployment: created });
      await within(transaction, created);
      return created;
    });
    if (record) this.#committed();
    return record;
  }

  get(id: string): Promise<Deployment | undefined> {
    return load(this.#database.kysely, id);
  }

  /** All of them, sorted by name; those stopped before a newer one of the same name included. */
  async list(): Promise<Deployment[]> {
    const rows = await this.#database.kysely.selectFrom("deployments").selectAll().orderBy("name").orderBy("created_at_ms").execute();
    const replicas = await this.#database.kysely.selectFrom("replicas").selectAll().orderBy("position").execute();
    const byDeployment = Map.groupBy(replicas, (replica) => replica.deployment_id);
    return rows.map((row) => assemble(row, byDeployment.get(row.id) ?? []));
  }

  /** Which deployment a task is a replica of. */
  async ofTask(taskId: string): Promise<string | undefined> {
    const query = this.#database.kysely.selectFrom("replicas").select("deployment_id").where("task_id", "=", taskId);
    return (await query.executeTakeFirst())?.deployment_id;
  }

  /** Changes a deployment as `decide` says of its current state; the deployment afterwards. */
  async change(id: string, decide: (current: Deployment) => Change | undefined): Promise<Deployment | undefined> {
    let wrote = false;
    const changed = await this.#database.transaction(async (transaction) => {
      wrote = false;
      const current = await load(transaction, id);
      const change = current && decide(current);
      if (current === undefined || change === undefined) return current;
      for (const replica of change.replicas ?? []) await upsert(transaction, id, replica);
      const stopped = change.stopped ?? current.stopped;
      const merged = new Map([...current.replicas, ...(change.replicas ?? [])].map((replica) => [replica.index, replica]));
      const replicas = [...merged.values()];
      const { status, reason } = summarise(current.spec, stopped, replicas);
      const next = compose(
        current.id,
        current.spec,
        { status, reason, createdAtMs: current.record.createdAtMs, version: current.record.version + 1 },
        replicas,
      );
      if (same(current.record, next.record)) return { ...next, record: current.record };
      wrote = true;
      const columns = { status, reason, version: next.record.version };
      await transaction.updateTable("deployments").set(columns).where("id", "=", id).execute();
      await this.#emit(transaction, { deployment: next.record });
      return next;
    });
    if (wrote) this.#committed();
    return changed;
  }
}

const same = (a: DeploymentRecord, b: DeploymentRecord): boolean => JSON.stringify({ ...a, version: 0 }) === JSON.stringify({ ...b, version: 0 });

const load = async (reader: Reader, id: string): Promise<Deployment | undefined> => {
  const row = await reader.selectFrom("deployments").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return undefined;
  return assemble(row, await reader.selectFrom("replicas").selectAll().where("deployment_id", "=", id).orderBy("position").execute());
};

const upsert = async (transaction: Transaction<OrchestratorSchema>, id: string, replica: StoredReplica): Promise<void> => {
  const columns = {
    generation: replica.generation,
    requested: replica.requested ? 1 : 0,
    task_id: replica.taskId,
    task_status: replica.taskStatus,
    task_node: replica.taskNode,
    task_version: replica.taskVersion,
    failures: replica.failures,
    retry_at_ms: replica.retryAtMs,
    problem: replica.problem,
  };
  await transaction
    .insertInto("replicas")
    .values({ deployment_id: id, position: replica.index, ...columns })
    .onConflict((conflict) => conflict.columns(["deployment_id", "position"]).doUpdateSet(columns))
    .execute();
};

const replicaOf = (row: ReplicaRow): StoredReplica => ({
  index: row.position,
  generation: row.generation,
  requested: row.requested === 1,
  taskId: row.task_id,
  taskStatus: row.task_status as TaskStatus | null,
  taskNode: row.task_node,
  taskVersion: row.task_version,
  failures: row.failures,
  retryAtMs: row.retry_at_ms,
  problem: row.problem,
});

const assemble = (row: DeploymentRow, replicas: readonly ReplicaRow[]): Deployment =>
  compose(
    row.id,
    JSON.parse(row.spec) as DeploymentSpec,
    { status: row.status as DeploymentRecord["status"], reason: row.reason, createdAtMs: row.created_at_ms, version: row.version },
    replicas.map(replicaOf),
  );

const compose = (
  id: string,
  spec: DeploymentSpec,
  head: Pick<DeploymentRecord, "status" | "reason" | "createdAtMs" | "version">,
  replicas: readonly StoredReplica[],
): Deployment => ({
  id,
  spec,
  stopped: head.status === "stopped",
  replicas,
  record: {
    id,
    spec,
    ...head,
    replicas: placesOf(wantedReplicas(spec), replicas).map(({ index, taskId, taskNode, taskStatus }) => ({
      index,
      taskId,
      node: taskNode,
      status: taskStatus,
    })),
  },
});
