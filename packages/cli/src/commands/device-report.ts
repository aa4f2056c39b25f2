import { getNode, type NodeRecord, nodeHistory, nodeLogs, type Output } from "@fogline/contracts";
import { describeBytes, formatDurationMs } from "@fogline/units";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { ago, lasting, moment } from "../moments.ts";
import type { Column } from "../output.ts";

type History = Output<typeof nodeHistory.response>;
type Change = History["changes"][number];
type Metrics = NonNullable<NodeRecord["metrics"]>;

/** Changes that `show` names; `history` has all. */
const changesShown = 5;

const percent = (value: number | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : `${value.toFixed(value < 10 && value > 0 ? 1 : 0)} %`;
const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
/** What is known of several things, each with its name. */
const known = (...parts: readonly (readonly [name: string, value: string | undefined])[]): string =>
  parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`.trim()])).join(", ");

const placeOf = ({ site, cluster, tier, ring, connectivity, reportIntervalMs }: NodeRecord): string =>
  [
    ...[site, ...(cluster === null ? [] : [cluster]), tier, ...(ring === null ? [] : [`ring ${ring}`]), `link ${connectivity}`],
    ...(reportIntervalMs === undefined ? [] : [`reports every ${formatDurationMs(reportIntervalMs)}`]),
  ].join(", ");

const deviceOf = ({ hardware, capabilities, agentVersion, simulated }: NodeRecord): string =>
  [
    simulated ? `${hardware} (simulated)` : hardware,
    ...(capabilities === null
      ? []
      : [
          ...(capabilities.model === hardware ? [] : [capabilities.model ?? capabilities.deviceClass]),
          capabilities.architecture,
          plural(capabilities.cpuCores, "core"),
          describeBytes(capabilities.memoryBytes),
          ...(capabilities.gpu === undefined ? [] : [capabilities.gpu.model]),
          capabilities.operatingSystem,
        ]),
    ...(agentVersion === null ? [] : [`agent ${agentVersion}`]),
  ].join(", ");

const nowOf = ({ state, metrics }: NodeRecord): string => {
  if (state === null) return "it has not said yet";
  const { batteryPercent, charging, temperatureCelsius, networkLatencyMs } = state;
  return known(
    ["CPU", percent(state.cpuPercent)],
    ["memory", percent(metrics?.memoryPercent)],
    ["storage", percent(metrics?.storagePercent)],
    ["network", percent(metrics?.networkPercent)],
    ["", temperatureCelsius === null ? undefined : `${temperatureCelsius.toFixed(0)} C (${state.thermalState})`],
    ["battery", batteryPercent === null ? undefined : `${percent(batteryPercent)}${charging === true ? " and charging" : ""}`],
    ["latency", networkLatencyMs === null ? undefined : `${networkLatencyMs.toFixed(0)} ms`],
    ["power mode", state.powerMode],
  );
};

const tasksOf = ({ activeTasks, queuedTasks, completedTasks, failedTasks, tasksPerMinute }: Metrics): string =>
  `${activeTasks} running, ${queuedTasks} waiting, ${completedTasks} completed, ${failedTasks} failed; ${tasksPerMinute} a minute`;

const agentOf = (metrics: Metrics, nowMs: number): string =>
  known(
    ["up", ago(metrics.agentUptimeMs)],
    ["last sync", metrics.lastSyncAtMs === null ? undefined : `${ago(nowMs - metrics.lastSyncAtMs)} ago`],
    ["decides in", metrics.decisionLatencyMs === null ? undefined : `${metrics.decisionLatencyMs.toFixed(1)} ms`],
    ["images there", metrics.cacheHitRatio === null ? undefined : percent(metrics.cacheHitRatio * 100)],
    ["waiting for the hub:", plural(metrics.pendingReports, "report")],
  );

const offlineOf = ({ offline }: Metrics, nowMs: number): string => {
  if (offline.outages === 0) return "never";
  const lasted = `${lasting(offline.totalMs)} in all, the longest ${lasting(offline.longestMs)}`;
  const ended = offline.lastEndedAtMs === null ? "the last goes on" : `the last ended ${ago(nowMs - offline.lastEndedAtMs)} ago`;
  return `${plural(offline.outages, "outage")}, ${lasted}, ${ended}; ${plural(offline.tasksFinished, "task")} finished meanwhile`;
};

const connectionOf = ({ sinceMs, outages, offlineMs, longestOutageMs, availability }: History, nowMs: number): string => {
  const lasted = outages === 0 ? "" : `, ${lasting(offlineMs)} in all, the longest ${lasting(longestOutageMs)}`;
  const online = availability === null ? "never online" : `online ${(availability * 100).toFixed(availability === 1 ? 0 : 2)} %`;
  return `${online} of the last ${ago(nowMs - sinceMs)}; ${plural(outages, "outage")}${lasted}`;
};

const changeColumns: Column<Change>[] = [
  { title: "SINCE", text: ({ atMs }) => moment(atMs) },
  { title: "STATUS", text: ({ status }) => status },
  { title: "REASON", text: ({ reason }) => reason },
];

/** `fogline device show <device>`: what it is, how it fares, and how it was connected in the last day. */
export const deviceShowCommand = async ({ output, hub, clock }: Context, id: string): Promise<void> => {
  const client = hub();
  const [device, history] = await Promise.all([client.call(getNode, { id }), client.call(nodeHistory, { id })]);
  output.value({ device, history });
  const nowMs = clock.now();
  const { metrics } = device;
  output.line(`${id} ${device.draining ? `${device.status}, draining` : device.status} for ${ago(nowMs - device.statusSinceMs)}: ${device.reason}`);
  output.line(`  place    ${placeOf(device)}`);
  output.line(`  device   ${deviceOf(device)}`);
  output.line(`  now      ${nowOf(device)}`);
  if (metrics === null) output.line("  agent    too old to say how it fares, or not seen yet");
  else {
    output.line(`  tasks    ${tasksOf(metrics)}`);
    output.line(`  agent    ${agentOf(metrics, nowMs)}`);
    output.line(`  offline  ${offlineOf(metrics, nowMs)}`);
  }
  output.line(`  link     ${connectionOf(history, nowMs)}`);
  output.table(history.changes.slice(-changesShown), changeColumns);
};

/** `fogline device history <device>`: every change of its status, and what they add up to. */
export const deviceHistoryCommand = async ({ output, hub, clock }: Context, id: string, { hours }: { readonly hours?: number }): Promise<void> => {
  const history = await hub().call(nodeHistory, { id, ...(hours === undefined ? {} : { hours }) });
  output.value({ id, ...history });
  output.line(`${id} ${connectionOf(history, clock.now())}`);
  output.table(history.changes, changeColumns);
};

/** `fogline device logs <device>`: the end of its agent's log. Ends with 1 when there is none to be had. */
export const deviceLogsCommand = async ({ output, hub }: Context, id: string, { tail }: { readonly tail?: number }): Promise<void> => {
  const log = await hub().call(nodeLogs, { id, ...(tail === undefined ? {} : { tailBytes: tail }) });
  output.value({ id, ...log });
  if (log.unavailable === null) return output.line(log.text.trimEnd());
  output.line(`no log: ${log.unavailable}`);
  throw new Exit(exitCodes.findings);
};
