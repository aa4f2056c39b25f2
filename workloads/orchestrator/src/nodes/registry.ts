import type { connectNode, DeviceState, EdgeMetrics, heartbeatNode, NodeDeclaration, NodeRecord, NodeStatus, Output } from "@fogline/contracts";
import type { Clock, Database, Random } from "@fogline/ports";
import type { Transaction } from "kysely";
import type { NodeRow, OrchestratorSchema } from "../schema.ts";
import { recordStatus } from "./history.ts";
import { probeAddressOf } from "./probe-address.ts";
import { declaredRow, type LiveState, liveColumns, recordOf } from "./records.ts";
import { type StatusEvent, transition } from "./status.ts";
import { addHours, Utilisation } from "./utilisation.ts";

export interface NodeRegistryParts {
  readonly database: Database<OrchestratorSchema>;
  readonly clock: Clock;
  readonly random: Random;
  /** Writes `nodes.changed` in the transaction that changes the node. */
  readonly emit: (transaction: Transaction<OrchestratorSchema>, data: { id: string; node: NodeRecord | null }) => Promise<void>;
  /** Told after each commit that wrote an event. */
  readonly committed: () => void;
}

type Hello = Output<typeof connectNode.request>;
type Heartbeat = Output<typeof heartbeatNode.request>;
type Patch = Partial<Omit<NodeRow, "id" | "version">>;

/**
 * The nodes and their status. Invariants:
 * - a status changes only through `transition`, in the transaction that also writes `nodes.changed` and the node's history;
 * - `version` grows by one with each such transaction and with nothing else;
 * - `connection_id` names the one connection whose end may make the node suspect.
 */
export class NodeRegistry {
  readonly #parts: NodeRegistryParts;
  readonly #live = new Map<string, LiveState>();
  readonly #unwritten = new Set<string>();
  readonly #utilisation: Utilisation;
  readonly #openedMonotonicMs: number;

  constructor(parts: NodeRegistryParts) {
    this.#parts = parts;
    this.#utilisation = new Utilisation(parts.clock);
    this.#openedMonotonicMs = parts.clock.monotonicMs();
  }

  /** Declares a node, or updates its declaration. */
  async register(declaration: NodeDeclaration): Promise<{ node: NodeRecord }> {
    const { database, clock } = this.#parts;
    const nowMs = clock.now();
    const row = await database.transaction(async (transaction) => {
      const known = await find(transaction, declaration.id);
      if (known === undefined) {
        const created = declaredRow(declaration, nowMs);
        await transaction.insertInto("nodes").values(created).execute();
        await recordStatus(transaction, created);
        await this.#parts.emit(transaction, { id: created.id, node: recordOf(created) });
        return created;
      }
      const text = JSON.stringify(declaration);
      return known.declaration === text ? known : this.#write(transaction, known, { declaration: text });
    });
    this.#parts.committed();
    return { node: recordOf(row, this.#live.get(declaration.id)) };
  }

  /** All nodes, sorted by id. */
  async list(filter: { status?: NodeStatus | undefined; site?: string | undefined } = {}): Promise<NodeRecord[]> {
    const rows = await this.rows();
    return rows
      .map((row) => recordOf(row, this.#live.get(row.id)))
      .filter((node) => (filter.status ?? node.status) === node.status && (filter.site ?? node.site) === node.site);
  }

  rows(): Promise<NodeRow[]> {
    return this.#parts.database.kysely.selectFrom("nodes").selectAll().orderBy("id").execute();
  }

  async get(id: string): Promise<NodeRecord | undefined> {
    const row = await find(this.#parts.database.kysely, id);
    return row && recordOf(row, this.#live.get(id));
  }

  /** An agent said hello. `undefined`: no such node. Whoever calls this has checked who it is. */
  async connect(hello: Hello): Promise<NodeRecord | undefined> {
    if ((await find(this.#parts.database.kysely, hello.id)) === undefined) return undefined;
    this.#seen(hello.id, hello.state, hello.executions, hello.metrics);
    return this.#change(hello.id, (current) => ({
      ...this.#moved(current, { kind: "hello" }),
      simulated: hello.simulated ? 1 : 0,
      agent_version: hello.agentVersion,
      boot_id: hello.bootId,
      capabilities: JSON.stringify(hello.capabilities),
      connection_id: hello.connectionId,
      probe_address: probeAddressOf(hello.probeAddress),
    }));
  }

  /** The connection ended. One that is not the node's newest changes nothing. */
  async disconnect(id: string, connectionId: string, reason: string): Promise<{ status: NodeStatus; current: boolean } | undefined> {
    let current = false;
    const node = await this.#change(id, (row) => {
      current = row.connection_id === connectionId;
      return current ? { connection_id: null, ...this.#moved(row, { kind: "disconnected", reason }) } : undefined;
    });
    return node && { status: node.status, current };
  }

  /** A sign of life. `sampled` is true when it changed nothing but the sample. */
  async heartbeat({ id, state, executions, metrics }: Heartbeat): Promise<{ status: NodeStatus; sampled: boolean } | undefined> {
    const row = await find(this.#parts.database.kysely, id);
    if (row === undefined) return undefined;
    this.#seen(id, state, executions, metrics);
    const event = { kind: "heartbeat", connected: row.connection_id !== null } as const;
    if (transition(row.status as NodeStatus, event) === undefined) return { status: row.status as NodeStatus, sampled: true };
    const node = await this.apply(id, event);
    return node && { status: node.status, sampled: false };
  }

  /** A sample that came between two heartbeats, unless a newer one is known. */
  sampled(id: string, state: DeviceState, metrics: EdgeMetrics | undefined): void {
    const live = this.#live.get(id);
    if (live === undefined || (live.state !== null && live.state.sampledAtMs >= state.sampledAtMs)) return;
    this.#seen(id, state, live.executions, metrics ?? live.metrics ?? undefined);
  }

  /** Lets an event act on a node's status. The node after it, or `undefined` when there is no such node. */
  apply(id: string, event: StatusEvent): Promise<NodeRecord | undefined> {
    return this.#change(id, (row) => {
      // Between the decision and this transaction the node's connection may have ended: the row decides.
      const actual = event.kind === "heartbeat" ? { ...event, connected: row.connection_id !== null } : event;
      const moved = this.#moved(row, actual);
      return Object.keys(moved).length > 0 ? moved : undefined;
    });
  }

  drain(id: string, draining: boolean): Promise<NodeRecord | undefined> {
    const flag = draining ? 1 : 0;
    return this.#change(id, (row) => (row.draining === flag ? undefined : { draining: flag }));
  }

  /** Forgets the node; the gateway hears of it and revokes its certificates. */
  async remove(id: string): Promise<boolean> {
    const removed = await this.#parts.database.transaction(async (transaction) => {
      const row = await find(transaction, id);
      if (row === undefined) return false;
      await transaction.deleteFrom("nodes").where("id", "=", id).execute();
      await transaction.deleteFrom("status_changes").where("node_id", "=", id).execute();
      await transaction.deleteFrom("node_hours").where("node_id", "=", id).execute();
      await this.#parts.emit(transaction, { id, node: null });
      return true;
    });
    this.#live.delete(id);
    this.#unwritten.delete(id);
    this.#utilisation.forget(id);
    if (removed) this.#parts.committed();
    return removed;
  }

  /**
   * How long the node has been silent: since it was last heard of here, or for as long as this process could have heard it. Monotonic, because
   * a wall clock that is set forward, or a machine that slept, must not take a whole fleet offline.
   */
  silentMs(id: string): number {
    return this.#parts.clock.monotonicMs() - (this.#live.get(id)?.lastSeenMonotonicMs ?? this.#openedMonotonicMs);
  }

  /** Writes what heartbeats brought since the last time. */
  async flush(): Promise<void> {
    const ids = [...this.#unwritten];
    if (ids.length === 0) return;
    this.#unwritten.clear();
    const hours = this.#utilisation.take();
    const write = this.#parts.database.transaction(async (transaction) => {
      for (const id of ids) {
        const live = this.#live.get(id);
        if (live !== undefined) await transaction.updateTable("nodes").set(liveColumns(live)).where("id", "=", id).execute();
      }
      await addHours(transaction, hours);
    });
    await write.catch((thrown: unknown) => {
      for (const id of ids) this.#unwritten.add(id);
      this.#utilisation.giveBack(hours);
      throw thrown;
    });
  }

  #seen(id: string, state: DeviceState, executions: readonly string[], metrics: EdgeMetrics | undefined): void {
    const { clock } = this.#parts;
    this.#utilisation.saw(id, state.cpuPercent);
    this.#live.set(id, { state, executions, metrics: metrics ?? null, lastSeenAtMs: clock.now(), lastSeenMonotonicMs: clock.monotonicMs() });
    this.#unwritten.add(id);
  }

  #moved(row: NodeRow, event: StatusEvent): Patch {
    const next = transition(row.status as NodeStatus, event);
    if (next === undefined) return {};
    const since = next.status === row.status ? {} : { status_since_ms: this.#parts.clock.now() };
    return { status: next.status, reason: next.reason, ...since };
  }

  async #change(id: string, update: (row: NodeRow) => Patch | undefined): Promise<NodeRecord | undefined> {
    let wrote = false;
    const row = await this.#parts.database.transaction(async (transaction) => {
      const current = await find(transaction, id);
      const patch = current && update(current);
      wrote = patch !== undefined;
      return current && patch ? this.#write(transaction, current, patch) : current;
    });
    if (wrote) this.#parts.committed();
    return row && recordOf(row, this.#live.get(id));
  }

  async #write(transaction: Transaction<OrchestratorSchema>, row: NodeRow, patch: Patch): Promise<NodeRow> {
    const live = this.#live.get(row.id);
    const next: NodeRow = { ...row, ...(live ? liveColumns(live) : {}), ...patch, version: row.version + 1 };
    const { id, ...columns } = next;
    await transaction.updateTable("nodes").set(columns).where("id", "=", id).execute();
    if (next.status !== row.status) await recordStatus(transaction, next);
    await this.#parts.emit(transaction, { id, node: recordOf(next) });
    return next;
  }
}

const find = (database: Pick<Transaction<OrchestratorSchema>, "selectFrom">, id: string): Promise<NodeRow | undefined> =>
  database.selectFrom("nodes").selectAll().where("id", "=", id).executeTakeFirst();
