import {
  assignExecution,
  cancelExecution,
  type Execution,
  type ExecutionReport,
  listNodes,
  type NodeRecord,
  nodeChanged,
  reportExecution,
} from "@fogline/contracts";
import { ok } from "@fogline/findings";
import type { Bus, Clock, Random } from "@fogline/ports";
import { type Client, createClient, handle, type Served, serve } from "@fogline/rpc";

const GiB = 1024 ** 3;

/** A node record as the registry would tell it: an idle mains-powered server, online. */
export const nodeRecord = (id: string, change: Partial<NodeRecord> = {}): NodeRecord => ({
  ...{ id, site: "home", region: "eu", cluster: null, tier: "access-edge", ring: null, hardware: "server", connectivity: "wired", residency: "eu" },
  ...{ availability: 0.99, labels: {}, status: "online", statusSinceMs: 0, reason: "says hello", draining: false, simulated: true },
  ...{ agentVersion: "0.1.0", bootId: "boot-1", executions: [], metrics: null, lastSeenAtMs: 0, version: 1 },
  capabilities: {
    ...{ architecture: "amd64", deviceClass: "server", operatingSystem: "linux", kernel: "6.1", cpuCores: 8, memoryBytes: 16 * GiB },
    ...{ storageBytes: 100 * GiB, batteryPowered: false, features: [], networkInterfaces: [] },
  },
  state: {
    ...{ sampledAtMs: 0, uptimeMs: 1_000, cpuPercent: 5, memoryAvailableBytes: 12 * GiB, storageFreeBytes: 50 * GiB, temperatureCelsius: 40 },
    ...{ batteryPercent: null, charging: null, networkBandwidthMbps: 1_000, networkLatencyMs: 1, powerMode: "performance", thermalState: "normal" },
  },
  ...change,
});

/** What a test decides about executions: how long one runs, and how it ends. */
export type Behaviour = (execution: Execution) => { durationMs: number; exitCode?: number; outcome?: ExecutionReport["outcome"] };

export interface FleetOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly behaviour?: Behaviour;
}

const heartbeatMs = 30_000;
const confirmMs = 4_000;

/**
 * The other side of the scheduler: a node registry and agents behind the contracts, on the same bus. An agent keeps what a real one keeps on
 * disk: which executions it ever took, and reports until they are acknowledged.
 */
export class Fleet {
  readonly options: Required<FleetOptions>;
  readonly client: Client;
  readonly agents = new Map<string, Agent>();
  /** Every start of a task's command, as a line in its file: the execution that wrote it. */
  readonly lines = new Map<string, string[]>();
  readonly #records = new Map<string, NodeRecord>();
  #served: Served | undefined;

  constructor(options: FleetOptions) {
    this.options = { behaviour: () => ({ durationMs: 1_000 }), ...options };
    const { bus, clock, random } = options;
    this.client = createClient(bus, { clock, random, source: "fleet" });
  }

  async start(records: readonly NodeRecord[]): Promise<void> {
    const { bus, clock, random } = this.options;
    for (const record of records) this.#records.set(record.id, record);
    const list = handle(listNodes, async () => ok({ nodes: [...this.#records.values()] }));
    this.#served = await serve(bus, [list], { clock, random, source: "registry" });
    for (const record of records) {
      const agent = new Agent(this, record.id);
      this.agents.set(record.id, agent);
      if (record.status === "online") await agent.connect();
    }
  }

  async stop(): Promise<void> {
    await this.#served?.stop(0);
    for (const agent of this.agents.values()) await agent.disconnect();
  }

  agent(id: string): Agent {
    const agent = this.agents.get(id);
    if (agent === undefined) throw new Error(`no agent ${id}`);
    return agent;
  }

  record(id: string): NodeRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw new Error(`no node ${id}`);
    return record;
  }

  /** Changes a record the way the registry does: a higher version and an event. */
  async tell(id: string, change: Partial<NodeRecord>): Promise<void> {
    const before = this.record(id);
    const status = change.status ?? before.status;
    const statusSinceMs = status === before.status ? before.statusSinceMs : this.options.clock.now();
    const node = { ...before, statusSinceMs, ...change, version: before.version + 1 };
    this.#records.set(id, node);
    await this.client.publish(nodeChanged, { id, node });
  }

  async remove(id: string): Promise<void> {
    await this.agent(id).disconnect();
    this.#records.delete(id);
    await this.client.publish(nodeChanged, { id, node: null });
  }
}

/** One agent. Its memory of executions survives {@link Agent.die}; what ran then is reported as interrupted. */
export class Agent {
  readonly #fleet: Fleet;
  readonly #id: string;
  readonly #taken = new Set<string>();
  readonly #running = new Map<string, { execution: Execution; end: () => void }>();
  readonly #outbox: ExecutionReport[] = [];
  #served: Served | undefined;
  #sending = false;
  #stopHeartbeat = () => {};
  /** Assign frames that arrived, repetitions included. */
  assigned: string[] = [];
  cancelled: string[] = [];
  /** Takes assign frames without doing anything with them, as if they were lost on the last stretch. */
  deaf = false;
  /** Keeps its reports to itself. */
  mute = false;

  constructor(fleet: Fleet, id: string) {
    this.#fleet = fleet;
    this.#id = id;
  }

  get holds(): string[] {
    return [...this.#running.keys()];
  }

  get unreported(): number {
    return this.#outbox.length;
  }

  /** Opens the connection: says hello with what it holds, and sends what is not acknowledged. */
  async connect(): Promise<void> {
    if (this.#served !== undefined) return;
    const { bus, clock, random } = this.#fleet.options;
    const handlers = [
      handle(assignExecution, async ({ execution }) => {
        this.#take(execution);
        return ok({});
      }),
      handle(cancelExecution, async ({ executionId }) => {
        this.cancelled.push(executionId);
        const held = this.#running.get(executionId);
        if (held !== undefined) this.#finish(held.execution, { outcome: "cancelled", exitCode: null });
        return ok({});
      }),
    ];
    this.#served = await serve(bus, handlers, { clock, random, source: this.#id, address: this.#id });
    await this.#fleet.tell(this.#id, { status: "online", executions: this.holds, lastSeenAtMs: clock.now(), reason: "says hello" });
    this.#beat();
    this.#send();
  }

  /** The connection ends; the agent goes on. The registry suspects it at once and confirms after four seconds. */
  async disconnect(): Promise<void> {
    const served = this.#served;
    if (served === undefined) return;
    this.#served = undefined;
    this.#stopHeartbeat();
    await served.stop(0);
    await this.#fleet.tell(this.#id, { status: "suspect", reason: "its connection ended" });
    this.#fleet.options.clock.after(confirmMs, () => {
      if (this.#served === undefined) void this.#fleet.tell(this.#id, { status: "offline", reason: "nobody reaches it" });
    });
  }

  /** SIGKILL: what ran is gone, and is reported as interrupted after the restart. */
  async die(): Promise<void> {
    for (const { execution, end } of this.#running.values()) {
      end();
      this.#outbox.push(this.#reportOf(execution, { status: "finished", outcome: "interrupted", exitCode: null }));
    }
    this.#running.clear();
    await this.disconnect();
  }

  #take(execution: Execution): void {
    this.assigned.push(execution.executionId);
    if (this.deaf || this.#taken.has(execution.executionId)) return;
    this.#taken.add(execution.executionId);
    const { clock, behaviour } = this.#fleet.options;
    const { durationMs, exitCode = 0, outcome = "exited" } = behaviour(execution);
    if (outcome === "could-not-start") {
      this.#report(execution, { status: "finished", outcome, exitCode: null });
      return;
    }
    const lines = this.#fleet.lines.get(execution.taskId) ?? [];
    this.#fleet.lines.set(execution.taskId, [...lines, execution.executionId]);
    this.#running.set(execution.executionId, {
      execution,
      end: clock.after(durationMs, () => this.#finish(execution, { outcome, exitCode: outcome === "exited" ? exitCode : null })),
    });
    this.#report(execution, { status: "accepted" });
    this.#report(execution, { status: "running" });
  }

  #finish(execution: Execution, news: Pick<ExecutionReport, "outcome" | "exitCode">): void {
    this.#running.get(execution.executionId)?.end();
    this.#running.delete(execution.executionId);
    this.#report(execution, { status: "finished", ...news, stdout: `ran on ${this.#id}\n` });
  }

  #reportOf(execution: Execution, news: Omit<ExecutionReport, "executionId" | "taskId" | "atMs">): ExecutionReport {
    return { executionId: execution.executionId, taskId: execution.taskId, atMs: this.#fleet.options.clock.now(), ...news };
  }

  #report(execution: Execution, news: Omit<ExecutionReport, "executionId" | "taskId" | "atMs">): void {
    this.#outbox.push(this.#reportOf(execution, news));
    this.#send();
  }

  /** One report at a time, again and again until it is acknowledged. */
  #send(): void {
    if (this.#sending || this.mute) return;
    this.#sending = true;
    void (async () => {
      while (this.#served !== undefined && this.#outbox[0] !== undefined) {
        const answer = await this.#fleet.client.call(reportExecution, { node: this.#id, report: this.#outbox[0] }, { timeoutMs: 1_000 });
        if (answer.ok) this.#outbox.shift();
        else await this.#fleet.options.clock.sleep(500);
      }
      this.#sending = false;
    })();
  }

  #beat(): void {
    const { clock } = this.#fleet.options;
    this.#stopHeartbeat = clock.after(heartbeatMs, () => {
      void this.#fleet.tell(this.#id, { executions: this.holds, lastSeenAtMs: clock.now() });
      this.#beat();
    });
  }
}
