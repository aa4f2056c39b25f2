import {
  type AgentSettings,
  askAgent,
  configureAgent,
  deploymentChanged,
  nodeChanged,
  nodeSampled,
  type Output,
  serviceChanged,
  serviceLeft,
  taskChanged,
} from "@fogline/contracts";
import { textOf } from "@fogline/findings";
import { type Database, databaseLeases, fencedDatabase, type Lease, leasesMigration, type Migration, migrate } from "@fogline/ports";
import { answersMigration, type Client, emit, outboxMigration, startRelay } from "@fogline/rpc";
import { type HubPorts, leaseHolder, openShell, type Running, type Shell, seekLeadership } from "@fogline/service";
import { z } from "zod";
import type { OrchestratorConfig } from "./config.ts";
import { DeploymentController } from "./deployments/controller.ts";
import { deploymentHandlers } from "./deployments/handlers.ts";
import { Deployments } from "./deployments/repository.ts";
import { listenHttp } from "./http.ts";
import { openMetrics } from "./metrics.ts";
import type { Probe } from "./nodes/confirm.ts";
import { agentHandlers, nodeHandlers } from "./nodes/handlers.ts";
import { followNodesFile, nodesFileMs } from "./nodes/nodes-file.ts";
import { forgetOld, observedHandlers, pruneMs } from "./nodes/observed.ts";
import { NodeRegistry } from "./nodes/registry.ts";
import { ReportIntervals } from "./nodes/report-intervals.ts";
import { Suspicions } from "./nodes/suspicion.ts";
import { type OrchestratorSchema, orchestratorMigrations } from "./schema.ts";
import { Fog } from "./services/fog.ts";
import { serviceHandlers } from "./services/handlers.ts";
import { checkAll, type HealthParts } from "./services/health.ts";
import { type ServiceChange, ServiceRegistry } from "./services/registry.ts";
import { every } from "./timers.ts";

export { type OrchestratorConfig, orchestratorConfig } from "./config.ts";
export { declareNode, declareNodes, registeredNodes } from "./nodes/declare.ts";
export type { OrchestratorSchema } from "./schema.ts";

/** What the orchestrator needs of the outside. It migrates `database`, which is its own. */
export interface OrchestratorPorts extends HubPorts {
  readonly database: Database<OrchestratorSchema>;
}

export interface OrchestratorRunning extends Running {
  readonly httpPort: number;
}

/** The types of services that hold callers' connections: at a shutdown they stop after the answer left. */
const doors: readonly string[] = ["gateway", "orchestrator"];

/** Every migration of its database, in order. */
export const migrations: readonly Migration[] = [answersMigration, outboxMigration, ...orchestratorMigrations, leasesMigration];

/** Starts the orchestrator. Throws FL4016 when its port is in use. */
export const start = async (config: OrchestratorConfig, ports: OrchestratorPorts): Promise<OrchestratorRunning> => {
  await migrate(ports.database, migrations);
  const shell = await openShell("orchestrator", config, ports);
  try {
    return await open(shell, config, ports);
  } catch (error) {
    await shell.stop("it could not start");
    throw error;
  }
};

const open = async (shell: Shell, config: OrchestratorConfig, ports: OrchestratorPorts): Promise<OrchestratorRunning> => {
  const { database } = ports;
  const state = { leads: false };
  // A file has one process anyway.
  if (database.dialect === "sqlite") {
    await lead(shell, config, ports);
    state.leads = true;
  } else await standBy(shell, config, ports, state);
  const http = await listenHttp(config, shell.client);
  shell.onStop("the HTTP API", () => http.close());
  shell.health(() => healthOf(database, state.leads));
  const running = await shell.ready();
  return { ...running, httpPort: http.port };
};

/**
 * Waits, beside others, for the right to act: nodes, their silence and the services are in the memory of one. That one's writes carry its fence. It
 * ends when it loses the right, because what it remembers is worth nothing any more; whoever starts it again has a replica that stands by.
 */
const standBy = async (shell: Shell, config: OrchestratorConfig, ports: OrchestratorPorts, state: { leads: boolean }): Promise<void> => {
  const { clock, log } = shell;
  const end = () => void shell.stop("another replica leads now");
  let first: Promise<void> | undefined;
  const begin = async (lease: Lease): Promise<void> => {
    state.leads = true;
    await lead(shell, config, { ...ports, database: fencedDatabase(ports.database, lease, end) });
  };
  const leadership = await seekLeadership({
    ...{
      leases: databaseLeases(ports.database, clock),
      name: "orchestrator",
      clock,
      log,
      holder: leaseHolder(shell, ports.database),
      leaseMs: config.leaseMs,
    },
    won: (lease) => {
      const beginning = begin(lease);
      first ??= beginning;
      beginning.catch((error: unknown) => {
        log.error({ err: error }, "this replica could not begin to lead");
        void shell.stop("it could not begin to lead");
      });
    },
    over: end,
  });
  shell.onStop("leadership", () => leadership.stop());
  await first;
};

/** Opens what acts: the registry, the deployments, the list of services, and their operations. */
const lead = async (shell: Shell, config: OrchestratorConfig, ports: OrchestratorPorts): Promise<void> => {
  const { database, clock, random, bus } = ports;
  const relay = startRelay({ database, bus, clock, random, log: shell.log });
  shell.onStop("the relay of events", () => relay.stop());
  const failed = (what: string, error: unknown) => shell.log.error({ err: error }, `${what} failed and is tried again`);
  const repeat = (what: string, everyMs: number, run: () => Promise<void>) =>
    shell.onStop(
      what,
      every(clock, everyMs, run, (error) => failed(what, error)),
    );

  const source = { clock, random, source: shell.name };
  const committed = () => relay.wake();
  const registry = new NodeRegistry({
    ...{ database, clock, random, committed },
    emit: (transaction, data) => emit(transaction, nodeChanged, data, source),
  });
  const deployments = new Deployments({ database, committed, emit: (transaction, data) => emit(transaction, deploymentChanged, data, source) });
  const { configure, probe } = questionsTo(shell.client, config);
  const intervals = new ReportIntervals({ clock, settings: config, configure });
  const suspicions = new Suspicions({ registry, intervals, clock, settings: config, failed, probe });
  const controller = new DeploymentController({ deployments, client: shell.client, clock, settings: config, failed });
  const { fog, health } = fogOf(shell, config);
  openMetrics(shell.metrics, { nodes: () => registry.list(), database });
  shell.onStop("the last samples", () => registry.flush());
  shell.onStop("the suspicions", () => suspicions.stop());
  shell.onStop("the deployments", () => controller.stop());

  // Before anybody can connect: a hello that arrives now must not be overruled by the restart.
  await suspicions.afterRestart();
  const nodes = { registry, suspicions, intervals, sampled: (sample: Output<typeof nodeSampled.data>) => shell.client.publish(nodeSampled, sample) };
  const handlers = [
    ...nodeHandlers(nodes),
    ...agentHandlers(nodes),
    ...observedHandlers({ registry, database, client: shell.client, clock }),
    ...deploymentHandlers({ deployments, controller, client: shell.client, clock, random }),
    ...serviceHandlers({ fog, health, inboxMax: config.inboxMax }),
  ];
  await shell.serve(handlers, { database });
  await watch(shell, registry, controller);
  const leaving = await shell.client.on(serviceLeft, ({ id, startedAtMs }) => health.changed(health.registry.left(id, startedAtMs)));
  shell.onStop("the news of services", () => leaving.stop());
  repeat("looking for silent nodes", config.sweepMs, () => suspicions.sweep());
  repeat("forgetting what is too old", pruneMs, () => forgetOld({ database, clock }));
  repeat("asking services for their health", config.healthIntervalMs, async () => void (await checkAll(health)));
  repeat("comparing deployments with their tasks", config.deploymentResyncMs, () => controller.resync());
  if (config.nodesFile !== undefined) {
    const file = followNodesFile(config.nodesFile, shell);
    await file.look();
    repeat("following the file of nodes", nodesFileMs, () => file.look());
  }
  // List, then watch: what happened to the replicas' tasks while nobody listened.
  void controller.resync().catch((error: unknown) => failed("comparing deployments with their tasks", error));
};

/** What is asked and told of agents, through whichever gateway holds them. */
const questionsTo = (client: Client, config: OrchestratorConfig) => ({
  probe: async ({ peer, address, suspect, timeoutMs }: Probe): Promise<boolean | null> => {
    const question = { kind: "probe", address, nodeId: suspect, timeoutMs } as const;
    const answer = await client.call(askAgent, { node: peer, question }, { address: peer, timeoutMs: config.confirmMs });
    const body = answer.ok ? probeAnswer.safeParse(answer.value.body) : undefined;
    return body?.success ? body.data.alive : null;
  },
  configure: async (id: string, settings: AgentSettings): Promise<boolean> =>
    (await client.call(configureAgent, { node: id, settings }, { address: id })).ok,
});

const probeAnswer = z.object({ alive: z.boolean() });

const fogOf = (shell: Shell, config: OrchestratorConfig): { fog: Fog; health: HealthParts } => {
  const registry = new ServiceRegistry({ failuresMax: config.healthFailuresMax });
  const changed = async (changes: readonly ServiceChange[]) => {
    for (const change of changes) await shell.client.publish(serviceChanged, change);
  };
  const { client, clock } = shell;
  const health = { registry, client, clock, timeoutMs: config.healthTimeoutMs, changed };
  const stopsLast = ({ id, type }: { id: string; type: string }) => id === shell.instance || doors.includes(type);
  return { health, fog: new Fog({ registry, client, clock, settings: config, changed, stopsLast }) };
};

const watch = async (shell: Shell, registry: NodeRegistry, controller: DeploymentController): Promise<void> => {
  const tasks = await shell.client.on(taskChanged, ({ task }) => controller.taskChanged(task), { queue: shell.name });
  const samples = await shell.client.on(nodeSampled, async ({ id, state, metrics }) => registry.sampled(id, state, metrics));
  shell.onStop("the events", async () => void (await Promise.all([tasks.stop(), samples.stop()])));
};

const healthOf = async (database: Database<OrchestratorSchema>, leads: boolean) => {
  try {
    await database.kysely.selectFrom("nodes").select("id").limit(1).execute();
    return { status: "healthy", reason: `its database answers, and it ${leads ? "leads" : "stands by"}` } as const;
  } catch (error) {
    return { status: "unhealthy", reason: `its database does not answer: ${textOf(error)}` } as const;
  }
};
