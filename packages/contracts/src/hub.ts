import { z } from "zod";
import { errorOf, event, operation, stream } from "./kernel/declaration.ts";
import { NodeId } from "./nodes.ts";

// What the hub says of itself: the revision it runs, what of the tree it cannot enforce, and one feed of everything that happens.

/** A reconciled workload of the rendered tree. */
export const ReconciledWorkload = z.object({
  name: z.string(),
  version: z.string(),
  replicas: z.int(),
  running: z.int(),
  status: z.enum(["running", "stopped", "failed", "disabled"]),
  reason: z.string(),
});

/** A cluster of the fleet and how far it is. */
export const ClusterStatus = z.object({
  cluster: z.string(),
  ring: z.string(),
  /** What the newest commit holds for it, and what it runs. */
  wantedRevision: z.string().nullable(),
  appliedRevision: z.string().nullable(),
  /** `unknown`: nobody reports for it. */
  state: z.enum(["current", "behind", "refused", "unknown"]),
  reason: z.string(),
  lastReconciledAtMs: z.int().nullable(),
  /** Objects that are not as the tree says, with how they differ. */
  drift: z.array(z.object({ object: z.string(), message: z.string() })),
});

export const GitOpsStatus = z.object({
  cluster: z.string(),
  /** The commit whose tree is applied; with `watching` the tree on disk, and the commit it is based on. */
  appliedRevision: z.string().nullable(),
  appliedAtMs: z.int().nullable(),
  attemptedRevision: z.string().nullable(),
  watching: z.boolean(),
  /** Set when the newest revision was refused and the last good one stays. */
  refused: z.array(z.object({ path: z.string(), message: z.string() })),
  workloads: z.array(ReconciledWorkload),
  /** Objects and fields of the tree that this reconciler does not enforce, by name. */
  notEnforced: z.array(z.object({ object: z.string(), field: z.string().nullable(), why: z.string() })),
  /** Every cluster of the fleet, in the order of the rings, then by name. */
  clusters: z.array(ClusterStatus).default([]),
});

export const getGitOps = operation({
  name: "gitops.get",
  summary: "Which revision runs, what was refused, what is not enforced.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/gitops" },
  request: z.object({}),
  response: GitOpsStatus,
});

export const gitOpsChanged = event({ name: "gitops.changed", summary: "Another revision was applied or refused.", data: GitOpsStatus });

/** One line of the activity feed. */
export const Activity = z.object({
  atMs: z.int(),
  name: z.string(),
  subject: z.string(),
  message: z.string(),
  severity: z.enum(["info", "warning", "error"]),
});

export const watchActivity = stream({
  name: "activity.watch",
  summary: "Everything that happens, as sentences.",
  role: "user",
  http: { method: "GET", path: "/api/activity" },
  request: z.object({}),
  item: Activity,
});

/** The live feed of the dashboard: the names of changed things with their new records. */
export const watchChanges = stream({
  name: "changes.watch",
  summary: "Every change of nodes, tasks, deployments, services and gitops, as the event that carried it.",
  role: "user",
  http: { method: "GET", path: "/api/changes" },
  request: z.object({ samples: z.stringbool().default(false) }),
  item: z.object({ name: z.string(), atMs: z.int(), data: z.unknown() }),
});

const notSimulated = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `"${id}" is not a simulated device of this hub`);

export const setSimulatedDevice = operation({
  name: "simulation.set",
  summary: "Change the virtual world of a simulated device: its sensors, its link, its clock.",
  role: "admin",
  idempotency: "natural",
  http: { method: "POST", path: "/api/simulation/:id" },
  request: z.object({
    id: NodeId,
    temperatureCelsius: z.number().min(-60).max(150).optional(),
    batteryPercent: z.number().min(0).max(100).optional(),
    charging: z.boolean().optional(),
    cpuPercent: z.number().min(0).max(100).optional(),
    networkLatencyMs: z.number().min(0).max(60_000).optional(),
    /** A frozen device does nothing at all: it neither answers nor sends. */
    frozen: z.boolean().optional(),
    linkUp: z.boolean().optional(),
  }),
  response: z.object({ id: NodeId, world: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])) }),
  errors: { notSimulated },
});

const idTaken = errorOf("FL4005", z.object({ id: z.string() }), ({ id }) => `a device named "${id}" exists`);
const unknownHardware = errorOf(
  "FL4004",
  z.object({ hardware: z.string(), known: z.array(z.string()) }),
  ({ hardware, known }) => `no hardware profile "${hardware}"; those known: ${known.join(", ")}`,
);
const cannotSimulate = errorOf("FL4009", z.object({ why: z.string() }), ({ why }) => `no device can be simulated here: ${why}`);

export const addSimulatedDevice = operation({
  name: "simulation.add",
  summary: "Enrol a simulated device that is not in the fleet file. It lives until it is removed or the hub stops.",
  role: "admin",
  idempotency: "none",
  timeoutMs: 15_000,
  http: { method: "PUT", path: "/api/simulation/:id" },
  request: z.object({ id: NodeId, hardware: z.string().max(63).default("pi-5-8"), site: z.string().max(63).optional() }),
  response: z.object({ id: NodeId }),
  errors: { idTaken, unknownHardware, cannotSimulate },
});

export const removeSimulatedDevice = operation({
  name: "simulation.remove",
  summary: "End a simulated device that was added by hand, and forget it.",
  role: "admin",
  idempotency: "natural",
  timeoutMs: 15_000,
  http: { method: "DELETE", path: "/api/simulation/:id" },
  request: z.object({ id: NodeId }),
  response: z.object({}),
  errors: { notSimulated },
});

export type ClusterStatus = z.output<typeof ClusterStatus>;
export type GitOpsStatus = z.output<typeof GitOpsStatus>;
export type ReconciledWorkload = z.output<typeof ReconciledWorkload>;
export type Activity = z.output<typeof Activity>;
