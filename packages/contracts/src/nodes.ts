import { z } from "zod";
import { AgentSettings, HeldExecutions } from "./agent-protocol.ts";
import { DeviceCapabilities, DeviceState } from "./device.ts";
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
  lastSeenAtMs: z.int().nullable(),
  /** Grows by one with every change of this record: an optimistic lock and the order of `nodes.changed`. */
  version: z.int(),
});

const notFound = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no node "${id}"`);
const credentialRefused = errorOf("FL4002", z.object({ id: z.string() }), ({ id }) => `the credential does not belong to node "${id}"`);
const byId = z.object({ id: NodeId });

export const registerNode = operation({
  name: "nodes.register",
  summary: "Declare a node, or update its declaration. Answers its credential when it had none: the only time the credential is shown.",
  role: "admin",
  idempotency: "natural",
  http: { method: "POST", path: "/api/nodes" },
  request: NodeDeclaration,
  response: z.object({ node: NodeRecord, credential: z.string().nullable() }),
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
  request: z.object({ id: NodeId, state: DeviceState, executions: HeldExecutions }),
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
  summary: "Forget a node and revoke its credential.",
  role: "admin",
  idempotency: "natural",
  http: { method: "DELETE", path: "/api/nodes/:id" },
  request: byId,
  response: z.object({ removed: z.boolean() }),
});

/** Called by the gateway when an agent said hello: checks the credential, marks the node online, and says how it shall behave. */
export const connectNode = operation({
  name: "nodes.connect",
  summary: "An agent opened its connection.",
  role: "service",
  idempotency: "natural",
  request: z.object({
    id: NodeId,
    credential: z.string(),
    /** Names this connection, so that a late `disconnect` of an older one changes nothing. */
    connectionId: z.string(),
    bootId: z.string(),
    agentVersion: z.string(),
    simulated: z.boolean(),
    capabilities: DeviceCapabilities,
    state: DeviceState,
    executions: HeldExecutions,
    probeAddress: z.string().nullable(),
  }),
  response: z.object({ settings: AgentSettings }),
  errors: { notFound, credentialRefused },
});

export const disconnectNode = operation({
  name: "nodes.disconnect",
  summary: "The connection of an agent ended, or stopped answering.",
  role: "service",
  idempotency: "natural",
  request: z.object({ id: NodeId, connectionId: z.string(), reason: z.string() }),
  response: z.object({ status: NodeStatus.nullable() }),
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
  data: z.object({ id: NodeId, state: DeviceState }),
});

export type NodeDeclaration = z.output<typeof NodeDeclaration>;
export type NodeStatus = z.output<typeof NodeStatus>;
export type NodeRecord = z.output<typeof NodeRecord>;
