import { isFragile, telemetryOf } from "@fogline/fleet";
import { type ClusterContext, traceStoreName } from "@fogline/manifests";

/** Whether a cluster sends its metrics and logs to the cloud's. */
export const sendsTelemetry = ({ cluster }: Pick<ClusterContext, "cluster">): boolean => telemetryOf(cluster) === "sends";

/** Whether a cluster takes and keeps what the others send. */
export const keepsTelemetry = ({ cluster }: Pick<ClusterContext, "cluster">): boolean => telemetryOf(cluster) === "keeps";

/** What takes each kind of telemetry in a cluster that keeps it. */
export const keptServices = { metrics: "metrics-receiver", logs: "log-receiver", traces: traceStoreName } as const;

/** Where each kind of telemetry is sent to. */
export const receivers = ({ fleet }: Pick<ClusterContext, "fleet">) => ({ metrics: `metrics.${fleet.domain}`, logs: `logs.${fleet.domain}` });

/** The Secrets with which a cluster sends: `password` for metrics, `LOGS_SHARED_KEY` for logs, `ca.crt` for both. People encrypt them; see docs/monitoring.md. */
export const senderSecrets = { metrics: "metrics-writer", logs: "logs-writer" } as const;

/** Whether logs may wait on the disk of every node: not where one has a card that many small writes wear out, nor where nobody knows. */
export const mayBufferOnDisk = ({ devices }: Pick<ClusterContext, "devices">): boolean =>
  devices.every(({ data, profile }) => {
    const medium = data ?? (profile.kind === "known" ? profile.storage.medium : undefined);
    return medium !== undefined && !isFragile(medium);
  });

/** A duration as Prometheus reads it. */
export const prometheusDuration = (ms: number): string => `${Math.max(1, Math.round(ms / 1_000))}s`;
