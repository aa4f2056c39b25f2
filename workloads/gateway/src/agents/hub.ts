import {
  type AgentSettings,
  agentProtocolVersion,
  connectNode,
  disconnectNode,
  type ExecutionReport,
  type FromAgent,
  heartbeatNode,
  nodeSampled,
  reportExecution,
} from "@fogline/contracts";
import type { Bus, Clock, Random } from "@fogline/ports";
import { type Client, type RpcLog, type Served, serve } from "@fogline/rpc";
import type { GatewayConfig } from "../config.ts";
import { AgentConnection, type ConnectionEvents, closeCode, type Socket } from "./connection.ts";
import { agentHandlers } from "./handlers.ts";
import { Refusals } from "./refusals.ts";
import { ReportQueue } from "./reports.ts";
import { misfitOf } from "./skew.ts";

export interface AgentHubParts {
  readonly bus: Bus;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: RpcLog;
  readonly config: GatewayConfig;
  readonly version: string;
  /** How often agents send samples now; null when nobody watches. */
  readonly sampleMs: () => number | null;
}

type Hello = Extract<FromAgent, { type: "hello" }>;
type Heartbeat = Extract<FromAgent, { type: "heartbeat" }>;

interface Entry {
  connection: AgentConnection;
  settings: AgentSettings;
  readonly served: Served;
}

/** How long the end of a connection is told to an orchestrator that does not answer: by then the silence of heartbeats says it too. */
const tellMsMax = 120_000;
const tellRetryMs = 1_000;

/**
 * The agents that are connected here. Invariants: a node has one open connection at most, the newest that its certificates opened; the
 * operations addressed to a node are served exactly while it has one; what happens to one node happens in order.
 */
export class AgentHub {
  readonly refusals = new Refusals();
  readonly #parts: AgentHubParts;
  readonly #entries = new Map<string, Entry>();
  readonly #open = new Set<AgentConnection>();
  readonly #turns = new Map<string, Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(parts: AgentHubParts) {
    this.#parts = parts;
  }

  /** Connections, those without a hello included. */
  get size(): number {
    return this.#open.size;
  }

  /** The connected nodes, sorted. */
  get nodes(): string[] {
    return [...this.#entries.keys()].sort();
  }

  /**
   * Takes a new socket of a node whose certificate was checked. Its messages go to `received`, its end to `end` of what is returned. `welcomed` is
   * called when everything may be asked of it.
   */
  accept(socket: Socket, nodeId: string, welcomed: () => void = () => {}): AgentConnection {
    const { clock, random, config } = this.#parts;
    const reports = new ReportQueue({
      commit: (report) => this.#commit(nodeId, report),
      acknowledge: (sequence) => connection.send({ type: "ack", sequence }),
      clock,
      max: config.reportsMax,
    });
    const beats = latest((beat: Heartbeat) => this.#heartbeat(connection, beat));
    const events: ConnectionEvents = {
      hello: (hello) => void this.#turn(nodeId, () => this.#hello(connection, hello, welcomed)),
      heartbeat: beats,
      sample: ({ state, metrics }) => void this.#parts.client.publish(nodeSampled, { id: nodeId, state, metrics }),
      report: ({ sequence, report }) => reports.add(sequence, report),
      ended: (reason) => {
        reports.end();
        this.#open.delete(connection);
        void this.#turn(nodeId, () => this.#left(connection, reason));
      },
    };
    const connection = new AgentConnection({ socket, id: random.id(), nodeId, clock, limits: config, events });
    this.#open.add(connection);
    return connection;
  }

  /** The node was removed: its certificates open nothing any more. */
  forget(nodeId: string): void {
    this.#entries.get(nodeId)?.connection.refuse("FL4002", `node "${nodeId}" was removed`, closeCode.refused);
  }

  /** Tells every agent how often to send samples now. */
  settingsChanged(): void {
    for (const { connection, settings } of this.#entries.values()) connection.configure(this.#effective(settings));
  }

  /** Closes every connection so that agents look for another gateway. That is no news about the nodes, so nobody is told. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const connection of [...this.#open]) connection.close(closeCode.restart, "the gateway stops");
    await Promise.allSettled(this.#turns.values());
  }

  async #hello(connection: AgentConnection, hello: Hello, welcomed: () => void): Promise<void> {
    const { client, clock, version } = this.#parts;
    const { nodeId } = connection;
    if (connection.isOver) return;
    if (hello.protocol !== agentProtocolVersion) {
      return this.#refuse(connection, "FL4018", `protocol ${hello.protocol} is not known here, ${agentProtocolVersion} is`);
    }
    const misfit = misfitOf(hello, this.#parts.log);
    if (misfit !== undefined) return this.#refuse(connection, "FL4063", misfit);
    if (hello.nodeId !== nodeId) return connection.refuse("FL4018", `hello names "${hello.nodeId}", the address "${nodeId}"`, closeCode.refused);
    const { bootId, agentVersion, simulated, capabilities, state, executions, metrics, probeAddress } = hello;
    const about = { bootId, agentVersion, simulated, capabilities, state, executions, metrics, probeAddress };
    const answer = await client.call(connectNode, { id: nodeId, connectionId: connection.id, ...about });
    if (!answer.ok) {
      const { error, code, message } = answer.failure;
      if (error === "notFound") return connection.refuse(code, message, closeCode.refused);
      // Not the agent's fault, and maybe over soon: it comes back by itself.
      return connection.close(closeCode.tryLater, message);
    }
    if (connection.isOver) return this.#tellGone(connection, "it closed while it connected");
    await this.#admit(connection, answer.value.settings);
    const settings = this.#effective(answer.value.settings);
    // Sequences are the scheduler's business: an agent sends again what was not acknowledged, and taking that twice is harmless.
    connection.welcome({ type: "welcome", hubVersion: version, timeMs: clock.now(), settings, acknowledged: 0 });
    welcomed();
  }

  #refuse(connection: AgentConnection, code: string, message: string): void {
    this.refusals.note(connection.nodeId, { atMs: this.#parts.clock.now(), code, message });
    connection.refuse(code, message, closeCode.refused);
  }

  async #admit(connection: AgentConnection, settings: AgentSettings): Promise<void> {
    const { bus, clock, random, log } = this.#parts;
    const known = this.#entries.get(connection.nodeId);
    if (known) {
      const replaced = known.connection;
      known.connection = connection;
      known.settings = settings;
      replaced.close(closeCode.replaced, "a newer connection of this node replaced it");
      return;
    }
    const current = () => this.#entries.get(connection.nodeId)?.connection;
    const configure = (wanted: AgentSettings): boolean => {
      const entry = this.#entries.get(connection.nodeId);
      if (entry === undefined) return false;
      entry.settings = wanted;
      return entry.connection.configure(this.#effective(wanted));
    };
    const options = { clock, random, log, source: "gateway", address: connection.nodeId };
    const served = await serve(bus, agentHandlers(current, configure), options);
    this.#entries.set(connection.nodeId, { connection, settings, served });
  }

  async #left(connection: AgentConnection, reason: string): Promise<void> {
    const entry = this.#entries.get(connection.nodeId);
    if (entry?.connection !== connection) return;
    this.#entries.delete(connection.nodeId);
    // Suspected first: taking the operations away may wait for those that run.
    this.#tellGone(connection, reason);
    await entry.served.stop();
  }

  /** Tells the orchestrator, again and again until it knows. A newer connection makes the news worthless, and harmless. */
  #tellGone({ nodeId, id }: AgentConnection, reason: string): void {
    if (this.#stopped.signal.aborted) return;
    const { client, clock, log } = this.#parts;
    const untilMs = clock.monotonicMs() + tellMsMax;
    const tell = async () => {
      while (!this.#stopped.signal.aborted && clock.monotonicMs() < untilMs) {
        const answer = await client.call(disconnectNode, { id: nodeId, connectionId: id, reason });
        if (answer.ok) return;
        log.warn({ node: nodeId, failure: answer.failure.error }, "the orchestrator does not take the end of a connection; trying again");
        await clock.sleep(tellRetryMs, this.#stopped.signal).catch(() => {});
      }
    };
    void tell();
  }

  async #heartbeat(connection: AgentConnection, { state, executions, metrics }: Heartbeat): Promise<void> {
    const answer = await this.#parts.client.call(heartbeatNode, { id: connection.nodeId, state, executions, metrics });
    if (answer.ok) return;
    if (answer.failure.error === "notFound") this.forget(connection.nodeId);
    else this.#parts.log.warn({ node: connection.nodeId, failure: answer.failure.error }, "a heartbeat was not taken");
  }

  async #commit(node: string, report: ExecutionReport): Promise<boolean> {
    const { client, log } = this.#parts;
    const answer = await client.call(reportExecution, { node, report });
    if (answer.ok) return true;
    log.warn({ node, execution: report.executionId, failure: answer.failure.error }, "a report was not taken; trying again");
    // What does not fit never will: how the execution ended is worth more than its output, and must not hold up the reports behind it.
    const tooLarge = answer.failure.error === "refusedRequest" && (report.stdout ?? report.stderr) !== undefined;
    return tooLarge && (await client.call(reportExecution, { node, report: withoutOutput(report) })).ok;
  }

  #effective(settings: AgentSettings): AgentSettings {
    return { ...settings, sampleMs: this.#parts.sampleMs() };
  }

  #turn(nodeId: string, run: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(nodeId) ?? Promise.resolve();
    const turn = before.then(run).catch((error: unknown) => this.#parts.log.error({ err: error, node: nodeId }, "an agent's connection failed here"));
    this.#turns.set(nodeId, turn);
    return turn.finally(() => {
      if (this.#turns.get(nodeId) === turn) this.#turns.delete(nodeId);
    });
  }
}

const withoutOutput = (report: ExecutionReport): ExecutionReport => ({
  ...report,
  stdout: "",
  stderr: "",
  outputTruncated: true,
  message: `${report.message === undefined ? "" : `${report.message}; `}its output is too large to be passed on`,
});

/** Runs one at a time; of those that come meanwhile only the newest: an older heartbeat says nothing that the newer one does not. */
const latest = <Value>(run: (value: Value) => Promise<void>): ((value: Value) => void) => {
  let running = false;
  let waiting: { value: Value } | undefined;
  const go = async (first: Value) => {
    running = true;
    for (let next: { value: Value } | undefined = { value: first }; next !== undefined; next = waiting) {
      waiting = undefined;
      await run(next.value);
    }
    running = false;
  };
  return (value) => {
    if (running) waiting = { value };
    else void go(value);
  };
};
