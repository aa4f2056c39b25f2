import { z } from "zod";
import { ExecutionOutcome } from "../agent-protocol.ts";
import { AuditRecord } from "../audit.ts";
import { PersonRole, Session, SignedIn } from "../auth.ts";
import { DeploymentRecord, DeploymentSpec } from "../deployments.ts";
import { DeviceCapabilities, DeviceState, EdgeMetrics } from "../device.ts";
import { DeviceCertificate, Enrolment } from "../enrolment.ts";
import { Activity, ClusterStatus, GitOpsStatus, ReconciledWorkload } from "../hub.ts";
import type { Schema } from "../kernel/declaration.ts";
import { NodeDeclaration, NodeRecord, NodeStatus, StatusChange } from "../nodes.ts";
import { SessionRecord, SignInLink, User } from "../people.ts";
import { AuditEntry, Policy, PolicyRule } from "../policies.ts";
import { OfflineExplanation } from "../remote.ts";
import { HealthStatus, RegisteredService } from "../services.ts";
import { PlacementExplanation, RefusalSchema, TaskMove, TaskRecord, TaskResult, TaskSpec, TaskStatus } from "../tasks.ts";

/** The body of every error: RFC 9457 problem details with the documented code. */
export const Problem = z.object({
  /** Where the code is explained, relative to the documentation. */
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.string().regex(/^FL\d{4}$/),
  /** What happened this time, naming both sides. */
  detail: z.string(),
  /** The id of the request, which the hub's log has too. */
  instance: z.string().optional(),
  /** Every fault of a request that does not fit. */
  errors: z.array(z.object({ path: z.string(), message: z.string(), remedy: z.string().optional() })).optional(),
  /** The facts behind the failure, where the operation declares some. */
  fields: z.record(z.string(), z.unknown()).optional(),
});

/** The records that the document names; everything else stands where it is used. */
export const components: Readonly<Record<string, Schema>> = {
  Activity,
  AuditEntry,
  AuditRecord,
  ClusterStatus,
  DeploymentRecord,
  DeploymentSpec,
  DeviceCapabilities,
  DeviceCertificate,
  DeviceState,
  EdgeMetrics,
  Enrolment,
  ExecutionOutcome,
  GitOpsStatus,
  HealthStatus,
  NodeDeclaration,
  NodeRecord,
  NodeStatus,
  OfflineExplanation,
  PersonRole,
  PlacementExplanation,
  Policy,
  PolicyRule,
  Problem,
  ReconciledWorkload,
  Refusal: RefusalSchema,
  RegisteredService,
  Session,
  SessionRecord,
  SignInLink,
  SignedIn,
  StatusChange,
  TaskMove,
  TaskRecord,
  TaskResult,
  TaskSpec,
  TaskStatus,
  User,
};
