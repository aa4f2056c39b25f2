import { connectivity, reportIntervalMsMax } from "./connectivity.ts";
import { MEASURED_HEARTBEAT_MS } from "./line-costs.ts";
import type { Device, Fleet, Json, Workload } from "./model.ts";

/** How often the agent of a device reports, and who decides it: its setting in the fleet file, its line, or the hub. */
export interface ReportInterval {
  readonly intervalMs: number;
  readonly from: "agent" | "line" | "hub";
}

/** What agents and hubs take. */
const boundsMs = { min: 100, max: reportIntervalMsMax };

const within = (ms: number): number => Math.min(boundsMs.max, Math.max(boundsMs.min, ms));

/** A setting as a number: a workload's schema takes digits too. */
const millisecondsOf = (setting: Json | undefined): number | undefined => {
  const ms = typeof setting === "string" ? Number(setting) : setting;
  return typeof ms === "number" && Number.isInteger(ms) && ms > 0 ? within(ms) : undefined;
};

const targetsOf = (workloads: readonly Workload[], name: string) => workloads.find((workload) => workload.name === name)?.targets ?? [];

/**
 * How often each device of a fleet reports, in milliseconds from 100 to an hour. The agent's `heartbeatMs` in the fleet file wins for the devices of
 * that cluster; then a line that wants reports to be seldom, unless the hub wants them more seldom still; everywhere else the hub's own
 * `heartbeatMs` holds, the shortest one where hubs differ. A line as good as `always` wants nothing.
 */
export const reportIntervalsOf = ({
  workloads,
}: Pick<Fleet, "workloads">): ((device: Pick<Device, "cluster" | "connectivity">) => ReportInterval) => {
  const paces = targetsOf(workloads, "orchestrator").map(({ settings }) => millisecondsOf(settings.heartbeatMs) ?? MEASURED_HEARTBEAT_MS);
  const hubMs = paces.length === 0 ? MEASURED_HEARTBEAT_MS : Math.min(...paces);
  const stated = new Map(targetsOf(workloads, "agent").map(({ cluster, settings }) => [cluster, millisecondsOf(settings.heartbeatMs)]));
  const seldomMs = Math.max(hubMs, connectivity.always.reportIntervalMs);
  return ({ cluster, connectivity: line }) => {
    const statedMs = cluster === undefined ? undefined : stated.get(cluster);
    if (statedMs !== undefined) return { intervalMs: statedMs, from: "agent" };
    const lineMs = within(line.reportIntervalMs);
    return lineMs > seldomMs ? { intervalMs: lineMs, from: "line" } : { intervalMs: hubMs, from: "hub" };
  };
};
