import { z } from "zod";
import { errorOf, event, operation } from "./kernel/declaration.ts";
import { RefusalSchema, TaskSpec } from "./tasks.ts";

/** A rule that operators may set. Kinds are functions in the policy package; `settings` are their numbers. */
export const PolicyRule = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("battery"), percentMin: z.number().min(0).max(100), unlessCharging: z.boolean() }),
  z.object({ kind: z.literal("temperature"), celsiusMax: z.number() }),
  z.object({ kind: z.literal("memory-free"), bytesMin: z.int().min(0) }),
  z.object({ kind: z.literal("residency"), residency: z.string(), labels: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal("image-registry"), allowed: z.array(z.string()).min(1) }),
  z.object({ kind: z.literal("resources"), cpuCoresMax: z.number().positive(), memoryBytesMax: z.int().positive() }),
]);

export const Policy = z.object({
  name: z.string().regex(/^[a-z0-9-]{1,63}$/),
  description: z.string(),
  /** `refuse` holds the task or node back, `audit` only records what it would have refused. */
  effect: z.enum(["refuse", "audit"]),
  rule: PolicyRule,
  version: z.int().min(1),
});

const notFound = errorOf("FL4004", z.object({ name: z.string() }), ({ name }) => `no policy "${name}"`);
const versionConflict = errorOf(
  "FL4005",
  z.object({ name: z.string(), expected: z.int(), actual: z.int() }),
  ({ name, expected, actual }) => `policy "${name}" is at version ${actual}, not ${expected}`,
);

export const listPolicies = operation({
  name: "policies.list",
  summary: "All policies in the order they apply.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/policies" },
  request: z.object({}),
  response: z.object({ policies: z.array(Policy) }),
});

export const putPolicy = operation({
  name: "policies.put",
  summary: "Create a policy (expected version 0) or replace one at the version that was read.",
  role: "admin",
  idempotency: "natural",
  http: { method: "PUT", path: "/api/policies/:name" },
  request: Policy.omit({ version: true }).extend({ expectedVersion: z.int().min(0) }),
  response: Policy,
  errors: { versionConflict },
});

export const removePolicy = operation({
  name: "policies.remove",
  summary: "Remove a policy.",
  role: "admin",
  idempotency: "natural",
  http: { method: "DELETE", path: "/api/policies/:name" },
  request: z.object({ name: z.string() }),
  response: z.object({}),
  errors: { notFound },
});

/** Asked by the scheduler before a task is stored. */
export const admitTask = operation({
  name: "policies.admit",
  summary: "Whether a task may enter the queue at all. Every answer is recorded in the audit log.",
  role: "service",
  idempotency: "safe",
  request: z.object({ task: TaskSpec }),
  response: z.object({ refusal: RefusalSchema.nullable() }),
});

export const AuditEntry = z.object({
  sequence: z.int(),
  atMs: z.int(),
  policy: z.string().nullable(),
  action: z.string(),
  subject: z.string(),
  outcome: z.enum(["allowed", "refused", "would-refuse", "changed"]),
  message: z.string(),
});

export const listAudit = operation({
  name: "policies.audit",
  summary: "The audit log, newest first.",
  role: "admin",
  idempotency: "safe",
  http: { method: "GET", path: "/api/policies/audit" },
  request: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100), before: z.coerce.number().int().optional() }),
  response: z.object({ entries: z.array(AuditEntry) }),
});

export const policiesChanged = event({
  name: "policies.changed",
  summary: "The set of policies changed.",
  data: z.object({ policies: z.array(Policy) }),
});

export type PolicyRule = z.output<typeof PolicyRule>;
export type Policy = z.output<typeof Policy>;
