import { z } from "zod";
import { errorOf, event, operation } from "./kernel/declaration.ts";
import { NodeId } from "./nodes.ts";
import { TaskSpec, TaskStatus } from "./tasks.ts";

/** A long-running workload on devices: its replicas are tasks that restart, kept at the wanted number on nodes that live. */
export const DeploymentSpec = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  replicas: z.int().min(0).max(1_000).default(1),
  /** One replica on each named node instead of a number of replicas anywhere. */
  nodes: z.array(NodeId).min(1).optional(),
  task: TaskSpec.omit({ restart: true, node: true, timeoutMs: true, duplicates: true, attemptsMax: true }),
});

export const DeploymentRecord = z.object({
  id: z.string(),
  spec: DeploymentSpec,
  status: z.enum(["progressing", "running", "degraded", "stopped"]),
  reason: z.string(),
  replicas: z.array(z.object({ index: z.int(), taskId: z.string().nullable(), node: z.string().nullable(), status: TaskStatus.nullable() })),
  createdAtMs: z.int(),
  version: z.int(),
});

const notFound = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no deployment "${id}"`);
const nameTaken = errorOf("FL4005", z.object({ name: z.string() }), ({ name }) => `a deployment named "${name}" exists`);
const byId = z.object({ id: z.string() });

export const createDeployment = operation({
  name: "deployments.create",
  summary: "Deploy a workload to devices.",
  role: "user",
  idempotency: "key",
  http: { method: "POST", path: "/api/deployments" },
  request: DeploymentSpec,
  response: DeploymentRecord,
  errors: { nameTaken },
});

export const listDeployments = operation({
  name: "deployments.list",
  summary: "Deployments, sorted by name, a page at a time; those that were stopped stay in the list.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/deployments" },
  request: z.object({
    limit: z.coerce.number().int().min(1).max(100).default(100),
    /** The id of the last deployment of the page before. */
    after: z.string().optional(),
  }),
  response: z.object({ deployments: z.array(DeploymentRecord), next: z.string().nullable().default(null) }),
});

export const getDeployment = operation({
  name: "deployments.get",
  summary: "One deployment with its replicas.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/deployments/:id" },
  request: byId,
  response: DeploymentRecord,
  errors: { notFound },
});

export const deploymentLogs = operation({
  name: "deployments.logs",
  summary: "The end of each replica's output, asked of the devices that run them.",
  role: "user",
  idempotency: "safe",
  timeoutMs: 15_000,
  http: { method: "GET", path: "/api/deployments/:id/logs" },
  request: z.object({ id: z.string(), tailBytes: z.coerce.number().int().min(1).max(65_536).default(8_192) }),
  response: z.object({
    replicas: z.array(z.object({ index: z.int(), node: z.string().nullable(), text: z.string(), unavailable: z.string().nullable() })),
  }),
  errors: { notFound },
});

export const stopDeployment = operation({
  name: "deployments.stop",
  summary: "Stop every replica. The record stays.",
  role: "user",
  idempotency: "natural",
  http: { method: "POST", path: "/api/deployments/:id/stop" },
  request: byId,
  response: DeploymentRecord,
  errors: { notFound },
});

export const deploymentChanged = event({
  name: "deployments.changed",
  summary: "A deployment was created or changed.",
  data: z.object({ deployment: DeploymentRecord }),
});

export type DeploymentSpec = z.output<typeof DeploymentSpec>;
export type DeploymentRecord = z.output<typeof DeploymentRecord>;
