import type {
  Activity,
  deploymentChanged,
  gitOpsChanged,
  HealthStatus,
  NodeStatus,
  nodeChanged,
  nodeSampled,
  Output,
  serviceChanged,
  TaskStatus,
  taskChanged,
} from "@fogline/contracts";

/** The events of the feed, with what each carries. */
export interface FeedEvents {
  readonly "nodes.changed": Output<typeof nodeChanged.data>;
  readonly "nodes.sampled": Output<typeof nodeSampled.data>;
  readonly "tasks.changed": Output<typeof taskChanged.data>;
  readonly "deployments.changed": Output<typeof deploymentChanged.data>;
  readonly "services.changed": Output<typeof serviceChanged.data>;
  readonly "gitops.changed": Output<typeof gitOpsChanged.data>;
}

export type FeedName = keyof FeedEvents;
type Sentence = Pick<Activity, "subject" | "message" | "severity">;
type Severity = Activity["severity"];

const ofNode: Readonly<Record<NodeStatus, Severity>> = { "never-seen": "info", online: "info", suspect: "warning", offline: "error" };
const ofTask: Readonly<Record<TaskStatus, Severity>> = {
  queued: "info",
  assigned: "info",
  running: "info",
  succeeded: "info",
  failed: "error",
  cancelled: "warning",
  unknown: "error",
};
const ofDeployment: Readonly<Record<FeedEvents["deployments.changed"]["deployment"]["status"], Severity>> = {
  progressing: "info",
  running: "info",
  degraded: "warning",
  stopped: "info",
};
const ofHealth: Readonly<Record<HealthStatus["status"], Severity>> = { healthy: "info", unknown: "info", degraded: "warning", unhealthy: "error" };

/** One sentence per event; `undefined` for what is too frequent to read. */
const sentences: { readonly [Name in FeedName]: (data: FeedEvents[Name]) => Sentence | undefined } = {
  "nodes.changed": ({ id, node }) =>
    node === null
      ? { subject: id, message: `node ${id} was removed`, severity: "warning" }
      : {
          subject: id,
          message: `node ${id} is ${node.status}${node.draining ? " and draining" : ""}: ${node.reason}`,
          severity: ofNode[node.status],
        },
  "nodes.sampled": () => undefined,
  "tasks.changed": ({ task }) => ({
    subject: task.id,
    message: `task ${task.id}${task.node === null ? "" : ` on ${task.node}`} is ${task.status}: ${task.reason}`,
    severity: ofTask[task.status],
  }),
  "deployments.changed": ({ deployment }) => ({
    subject: deployment.spec.name,
    message: `deployment ${deployment.spec.name} is ${deployment.status}: ${deployment.reason}`,
    severity: ofDeployment[deployment.status],
  }),
  "services.changed": ({ id, service }) =>
    service === null
      ? { subject: id, message: `service ${id} left the registry`, severity: "warning" }
      : { subject: id, message: `service ${id} is ${service.health.status}: ${service.health.reason}`, severity: ofHealth[service.health.status] },
  "gitops.changed": ({ cluster, appliedRevision, attemptedRevision, refused, clusters }) => {
    const [first] = refused;
    const drift = clusters.find((one) => one.cluster === cluster)?.drift ?? [];
    if (first === undefined && drift.length > 0) {
      const differs = drift.map(({ object, message }) => `${object}: ${message}`).join(", ");
      return { subject: cluster, message: `${cluster} is not as its tree says: ${differs}`, severity: "warning" };
    }
    return first === undefined
      ? { subject: cluster, message: `${cluster} runs revision ${shortOf(appliedRevision)}`, severity: "info" }
      : {
          subject: cluster,
          message: `revision ${shortOf(attemptedRevision)} was refused, ${shortOf(appliedRevision)} stays: ${first.path}: ${first.message}`,
          severity: "error",
        };
  },
};

const shortLength = 12;
const shortOf = (revision: string | null): string => revision?.slice(0, shortLength) ?? "none";

/** The line that an event is in the activity feed. */
export const activityOf = (name: FeedName, atMs: number, data: unknown): Activity | undefined => {
  const sentence = (sentences[name] as (data: unknown) => Sentence | undefined)(data);
  return sentence && { atMs, name, ...sentence };
};

export const isFeedName = (name: string): name is FeedName => Object.hasOwn(sentences, name);
