import { z } from "zod";
import { AgentSettings, HeldExecutions } from "./agent-protocol.ts";
import { DeviceCapabilities, DeviceState, EdgeMetrics } from "./device.ts";
import { errorOf, event, operation } from "./kernel/declaration.ts";

export const NodeId = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "lower case letters, digits and dashes");

export const tierNames = ["cloud", "regional-edge", "metro-edge", "access-edge", "iot"] as const;

/** What the fleet file declares of a node; the registry keeps it beside what the agent reports. */
export const NodeDeclaration = z.object({
  id: NodeId,
  site: z.string(),
  region: z.string(),
  cluster: z.string().nullable(),
  tier: z.enum(tierNames),
  ring: z.string().nullable(),
  hardware: z.string(),
  connectivity: z.string(),
  residency: z.string().nullable(),
  /** Share of the time the node's tier promises, 0 to 1. */
  availability: z.number().min(0).max(1),
  labels: z.record(z.string(), z.string()).default({}),
  /** How often its agent reports when nothing happens, 100 ms to an hour; absent where the hub's own interval holds. */
  reportIntervalMs: z.int().min(100).max(3_600_000).optional(),
});

/** `never-seen` until the first hello; `suspect` when the link broke and nobody has confirmed yet; `offline` when confirmed or silent too long. */
export const NodeStatus = z.enum(["never-seen", "online", "suspect", "offline"]);

export const NodeRecord = NodeDeclaration.extend({
  status: NodeStatus,
  statusSinceMs: z.int(),
  /** Why the status is what it is, in a sentence. */
  reason: z.string(),
  draining: z.boolean(),
  simulated: z.boolean(),
  agentVersion: z.string().nullable(),
  bootId: z.string().nullable(),
  capabilities: z.nullable(DeviceCapabilities),
  state: z.nullable(DeviceState),
  /** Executions that the agent said it holds, from its last hello or heartbeat. */
  executions: z.array(z.string()),
  /** What the agent counts of itself, from its last hello or heartbeat; null when it is too old to say. */
  metrics: z.nullable(EdgeMetrics).default(null),
  lastSeenAtMs: z.int().nullable(),
  /** Grows by one with every change of this record: an optimistic lock and the order of `nodes.changed`. */
  version: z.int(),
});

const notFound = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no node "${id}"`);
const byId = z.object({ id: NodeId });

export const registerNode = operation({
  name: "nodes.register",
  summary: "Declare a node, or update its declaration. Its device enrols with a token that is made for it.",
  role: "admin",
  idempotency: "natural",
  http: { method: "POST", path: "/api/nodes" },
  request: NodeDeclaration,
  response: z.object({ node: NodeRecord }),
});

export const listNodes = operation({
  name: "nodes.list",
  summary: "Nodes, sorted by id, a page at a time.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/nodes" },
  request: z.object({
    status: NodeStatus.optional(),
    site: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(100).default(100),
    /** The id of the last node of the page before. */
    after: z.string().optional(),
  }),
  response: z.object({ nodes: z.array(NodeRecord), next: z.string().nullable().default(null) }),
});

export const getNode = operation({
  name: "nodes.get",
  summary: "One node.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/nodes/:id" },
  request: byId,
  response: NodeRecord,
  errors: { notFound },
});

export const heartbeatNode = operation({
  name: "nodes.heartbeat",
  summary: "A sign of life with the node's state and the executions it holds.",
  role: "node",
  idempotency: "natural",
  http: { method: "POST", path: "/api/nodes/:id/heartbeat" },
  request: z.object({ id: NodeId, state: DeviceState, executions: HeldExecutions, metrics: z.optional(EdgeMetrics) }),
  response: z.object({ status: NodeStatus }),
  errors: { notFound },
});

export const drainNode = operation({
  name: "nodes.drain",
  summary: "Stop placing tasks on a node and move what may move; with `draining: false`, take it back into service.",
  role: "admin",
  idempotency: "natural",
  http: { method: "POST", path: "/api/nodes/:id/drain" },
  request: z.object({ id: NodeId, draining: z.boolean().default(true) }),
  response: NodeRecord,
  errors: { notFound },
});

export const removeNode = operation({
  name: "nodes.remove",
  summary: "Forget a node and revoke its certificates.",
  role: "admin",
  idempotency: "natural",
  http: { method: "DELETE", path: "/api/nodes/:id" },
  request: byId,
  response: z.object({ removed: z.boolean() }),
});

/** Called by the gateway when an agent whose certificate it checked said hello: marks the node online, and says how it shall behave. */
export const connectNode = operation({
  name: "nodes.connect",
  summary: "An agent opened its connection.",
  role: "service",
  idempotency: "natural",
  request: z.object({
    id: NodeId,
    /** Names this connection, so that a late `disconnect` of an older one changes nothing. */
    connectionId: z.string(),
    bootId: z.string(),
    agentVersion: z.string(),
    simulated: z.boolean(),
    capabilities: DeviceCapabilities,
    state: DeviceState,
    executions: HeldExecutions,
    metrics: z.optional(EdgeMetrics),
    probeAddress: z.string().nullable(),
  }),
  response: z.object({ settings: AgentSettings }),
  errors: { notFound },
});

export const disconnectNode = operation({
  name: "nodes.disconnect",
  summary: "The connection of an agent ended, or stopped answering.",
  role: "service",
  idempotency: "natural",
  request: z.object({ id: NodeId, connectionId: z.string(), reason: z.string() }),
  response: z.object({ status: NodeStatus.nullable() }),
});

/** One change of a node's status. */
export const StatusChange = z.object({ atMs: z.int(), status: NodeStatus, reason: z.string() });

export const nodeHistory = operation({
  name: "nodes.history",
  summary: "How a node was connected: its changes of status, oldest first, and what they add up to.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/nodes/:id/history" },
  request: z.object({ id: NodeId, hours: z.coerce.number().int().min(1).max(720).default(24) }),
  response: z.object({
    sinceMs: z.int(),
    /** The status at `sinceMs` first, then every change. */
    changes: z.array(StatusChange),
    /** Within that time; an outage counts from the suspicion until the node is online again. */
    outages: z.int(),
    offlineMs: z.int(),
    longestOutageMs: z.int(),
    /** Share of the time that the node was online, 0 to 1; null when it was never seen. */
    availability: z.number().nullable(),
  }),
  errors: { notFound },
});

export const nodeLogs = operation({
  name: "nodes.logs",
  summary: "The end of the agent's own log, asked of the device now.",
  role: "user",
  idempotency: "safe",
  timeoutMs: 15_000,
  http: { method: "GET", path: "/api/nodes/:id/logs" },
  request: z.object({ id: NodeId, tailBytes: z.coerce.number().int().min(1).max(65_536).default(16_384) }),
  /** `unavailable` says why there is no text. */
  response: z.object({ text: z.string(), unavailable: z.string().nullable() }),
  errors: { notFound },
});

export const utilisation = operation({
  name: "nodes.utilisation",
  summary: "Mean CPU use of every node by hour, sorted by id, a page at a time.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/utilisation" },
  request: z.object({
    hours: z.coerce.number().int().min(1).max(168).default(24),
    limit: z.coerce.number().int().min(1).max(500).default(250),
    after: z.string().optional(),
  }),
  /** `cpuPercent[i]` is of the hour that begins at `hoursMs[i]`; null where nothing was heard. */
  response: z.object({
    hoursMs: z.array(z.int()),
    nodes: z.array(z.object({ id: z.string(), site: z.string(), cpuPercent: z.array(z.number().nullable()) })),
    next: z.string().nullable(),
  }),
});

export const nodeChanged = event({
  name: "nodes.changed",
  summary: "A node was declared, changed status, drained or removed (`node` is null).",
  data: z.object({ id: NodeId, node: NodeRecord.nullable() }),
});

/** High-frequency and lossy on purpose: not in the outbox. */
export const nodeSampled = event({
  name: "nodes.sampled",
  summary: "A fresh sample of a device, sent while somebody watches.",
  data: z.object({ id: NodeId, state: DeviceState, metrics: z.optional(EdgeMetrics) }),
});

export type NodeDeclaration = z.output<typeof NodeDeclaration>;
export type NodeStatus = z.output<typeof NodeStatus>;
export type NodeRecord = z.output<typeof NodeRecord>;
