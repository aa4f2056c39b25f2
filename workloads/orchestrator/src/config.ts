import { orchestrationDefaults, shellSettings } from "@fogline/contracts";
import { z } from "zod";

const milliseconds = (min: number, max: number, fallback: number) => z.coerce.number().int().min(min).max(max).default(fallback);

/** Settings of the orchestrator. Defaults are the numbers of the platform design: heartbeat 30 s, health 60 s, confirmation within 3 to 5 s. */
export const orchestratorConfig = z
  .strictObject({
    ...shellSettings,
    /** File of the SQLite database; used when `databaseUrl` is absent. */
    databasePath: z.string().min(1).default("orchestrator.sqlite"),
    /** PostgreSQL to use instead of a file; several replicas may share one. */
    databaseUrl: z.string().min(1).meta({ secret: true }).optional(),
    /** A JSON file with the nodes that the fleet declares, as `fogline fleet nodes` and the chart write it: the registry holds exactly those, and follows the file. Without it nodes are declared through the API. */
    nodesFile: z.string().min(1).optional(),
    /** Of several replicas on one PostgreSQL one acts and the others stand by; how long its right to act lasts without renewal, and so the longest pause when it dies. */
    leaseMs: milliseconds(100, 600_000, 6_000),
    /** Port of the HTTP API; 0 takes any free one. */
    httpPort: z.coerce.number().int().min(0).max(65_535).default(8_080),
    httpHost: z.string().default("127.0.0.1"),
    /** Largest request body; a larger one is refused with FL4006. */
    bodyBytesMax: z.coerce.number().int().min(1_024).max(16_777_216).default(262_144),
    /** Longest request head; a longer one is refused with FL4018. */
    headerBytesMax: z.coerce.number().int().min(1_024).max(1_048_576).default(16_384),
    /** How often an idle agent sends a heartbeat, where its node is not declared with an interval of its own. */
    heartbeatMs: milliseconds(100, 3_600_000, 30_000),
    /** A node that misses this many heartbeats in a row is offline. */
    heartbeatsMissedMax: z.coerce.number().int().min(1).max(100).default(3),
    /** How long after a lost connection the node's site may still say that it lives; then it is offline. */
    confirmMs: milliseconds(100, 60_000, 4_000),
    /** How many nodes of the same site are asked to reach a suspect; 0 asks none. */
    probePeersMax: z.coerce.number().int().min(0).max(10).default(2),
    /** After a restart of this service, how long agents have to connect again before they are offline. */
    reconnectGraceMs: milliseconds(100, 600_000, 20_000),
    /** How often silence is looked for and late samples are written. */
    sweepMs: milliseconds(50, 60_000, 5_000),
    /** Executions an agent holds at most; told to it when it connects. */
    tasksMax: z.coerce.number().int().min(0).max(1_000).default(64),
    /** How often every service instance is asked how it is. */
    healthIntervalMs: milliseconds(100, 3_600_000, orchestrationDefaults.healthIntervalMs),
    /** How long one instance has for its answer. */
    healthTimeoutMs: milliseconds(10, 60_000, 1_000),
    /** Unanswered health questions in a row after which an instance counts as unhealthy. */
    healthFailuresMax: z.coerce.number().int().min(1).max(100).default(orchestrationDefaults.breakerFailures),
    /** How long looking for a service may take in all. */
    discoveryTimeoutMs: milliseconds(1, 600_000, orchestrationDefaults.discoveryTimeoutMs),
    discoveryAttempts: z.coerce.number().int().min(1).max(100).default(orchestrationDefaults.discoveryAttempts),
    /** Wait before the second attempt; doubled for each further one. */
    retryBackoffMs: milliseconds(1, 60_000, orchestrationDefaults.retryBackoffMs),
    /** Events that wait for one service instance at most; the next one is refused with FL4012. */
    inboxMax: z.coerce.number().int().min(1).max(1_000_000).default(orchestrationDefaults.queueMax),
    /** How often deployments are compared with their tasks when no event says that something changed. */
    deploymentResyncMs: milliseconds(100, 3_600_000, 60_000),
    /** Wait before a replica that failed is created again; doubled with each failure in a row. */
    redeployBackoffMs: milliseconds(1, 3_600_000, 1_000),
    redeployBackoffMsMax: milliseconds(1, 86_400_000, 300_000),
  })
  .refine((config) => config.confirmMs < config.heartbeatMs * config.heartbeatsMissedMax, {
    path: ["confirmMs"],
    error: "must be shorter than the silence that makes a node offline (heartbeatMs x heartbeatsMissedMax)",
  });

export type OrchestratorConfig = z.output<typeof orchestratorConfig>;
