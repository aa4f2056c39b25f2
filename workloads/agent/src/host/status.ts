import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Agent } from "../agent.ts";
import type { AgentFigures } from "../figures.ts";

type Kind = "gauge" | "counter";
/** One metric: what it says, and its value, with labels where it has several. Null where the device does not know: then there is no line. */
type Metric = readonly [name: string, kind: Kind, help: string, value: number | null | Readonly<Record<string, number>>];

const prefix = "fogline_agent_";
const powerModes = ["critical", "power-save", "balanced", "performance"] as const;
const bytesPerMegabit = 1_000_000 / 8;
const holdRules = ["power-critical", "cpu-limit", "memory-limit", "disk-limit", "memory-reserve"] as const;

const flags = <Name extends string>(label: string, names: readonly Name[], chosen: string | null): Record<string, number> =>
  Object.fromEntries(names.map((name) => [`{${label}="${name}"}`, name === chosen ? 1 : 0]));

const textOf = ([name, kind, help, value]: Metric): string => {
  if (value === null) return "";
  const values = typeof value === "number" ? { "": value } : value;
  const lines = Object.entries(values).map(([labels, number]) => `${name}${labels} ${number}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join("")}`;
};

const ofWork = ({ executions, pendingReports, heartbeats, connections, lastContactMs, uptimeMs }: AgentFigures, connected: boolean): Metric[] => [
  [`${prefix}uptime_seconds`, "gauge", "How long this agent process has run.", uptimeMs / 1000],
  [`${prefix}connected`, "gauge", "1 while the hub has welcomed this agent.", connected ? 1 : 0],
  [
    `${prefix}hub_last_contact_timestamp_seconds`,
    "gauge",
    "When the hub was last heard of, since 1970; 0 when never.",
    lastContactMs === null ? 0 : lastContactMs / 1000,
  ],
  [
    `${prefix}executions`,
    "gauge",
    "Executions that run, and that were accepted and wait.",
    { '{state="running"}': executions.running, '{state="waiting"}': executions.waiting },
  ],
  [`${prefix}executions_completed_total`, "counter", "Executions that exited with code 0.", executions.completed],
  [`${prefix}executions_failed_total`, "counter", "Executions that ended otherwise, unless they were cancelled.", executions.failed],
  [`${prefix}executions_cancelled_total`, "counter", "Executions that were cancelled.", executions.cancelled],
  [
    `${prefix}executions_held_back`,
    "gauge",
    "1 for the rule because of which executions wait for the device.",
    flags("rule", holdRules, executions.heldBackBy),
  ],
  [`${prefix}reports_pending`, "gauge", "Reports that the hub has not acknowledged.", pendingReports],
  [`${prefix}heartbeats_total`, "counter", "Heartbeats sent.", heartbeats],
  [`${prefix}connections_total`, "counter", "Connections that the hub welcomed.", connections],
];

const ofEdge = ({ metrics }: AgentFigures): Metric[] => [
  [`${prefix}tasks_per_minute`, "gauge", "Executions that finished in the last five minutes, a minute.", metrics.tasksPerMinute],
  [
    `${prefix}decision_latency_seconds`,
    "gauge",
    "Mean time from the arrival of an execution to the decision whether it starts, of the last hundred.",
    metrics.decisionLatencyMs === null ? null : metrics.decisionLatencyMs / 1000,
  ],
  [`${prefix}image_cache_hit_ratio`, "gauge", "Share of container images that were there when they were needed, 0 to 1.", metrics.cacheHitRatio],
  [
    `${prefix}network_utilisation_ratio`,
    "gauge",
    "Share of the fastest link that its busier direction takes, 0 to 1.",
    metrics.networkPercent === null ? null : metrics.networkPercent / 100,
  ],
  // Unlike the counters of executions, these go on over restarts of the agent.
  [
    `${prefix}lifetime_executions_total`,
    "counter",
    "Executions that ended since the first start on the data folder.",
    { '{result="completed"}': metrics.completedTasks, '{result="failed"}': metrics.failedTasks },
  ],
  [`${prefix}hub_outages_total`, "counter", "Times without the hub since the first start on the data folder.", metrics.offline.outages],
  [`${prefix}hub_outage_seconds_total`, "counter", "How long they lasted together.", metrics.offline.totalMs / 1000],
  [`${prefix}hub_outage_longest_seconds`, "gauge", "How long the longest of them lasted.", metrics.offline.longestMs / 1000],
  [`${prefix}executions_finished_offline_total`, "counter", "Executions that finished while the hub was away.", metrics.offline.tasksFinished],
];

const ofDevice = ({ device, state, traffic, power }: AgentFigures): Metric[] => [
  [`${prefix}device_uptime_seconds`, "gauge", "How long the device has run.", state.uptimeMs / 1000],
  [`${prefix}cpu_utilisation_ratio`, "gauge", "Busy share of all cores, 0 to 1, since the sample before.", state.cpuPercent / 100],
  [`${prefix}memory_available_bytes`, "gauge", "Memory that programs can still have.", state.memoryAvailableBytes],
  [`${prefix}memory_total_bytes`, "gauge", "Memory of the device.", device.memoryBytes],
  [`${prefix}storage_free_bytes`, "gauge", "Free space on the disk that holds the agent's data.", state.storageFreeBytes],
  [`${prefix}storage_total_bytes`, "gauge", "Size of the disk that holds the agent's data.", device.storageBytes],
  [`${prefix}network_received_bytes_total`, "counter", "Bytes received since the device booted.", traffic?.receivedBytes ?? null],
  [`${prefix}network_sent_bytes_total`, "counter", "Bytes sent since the device booted.", traffic?.sentBytes ?? null],
  [
    `${prefix}network_capacity_bytes_per_second`,
    "gauge",
    "What the link carries; the rate of the bytes above over it is the link's utilisation.",
    state.networkBandwidthMbps === null ? null : state.networkBandwidthMbps * bytesPerMegabit,
  ],
  [`${prefix}temperature_celsius`, "gauge", "Temperature of the processor.", state.temperatureCelsius],
  [`${prefix}battery_ratio`, "gauge", "Charge of the batteries, 0 to 1.", state.batteryPercent === null ? null : state.batteryPercent / 100],
  [`${prefix}power_mode`, "gauge", "1 for the power mode that the device is in.", flags("mode", powerModes, state.powerMode)],
  [`${prefix}policy_adaptations_total`, "counter", "Changes of the power mode.", power.policyAdaptations],
  [`${prefix}battery_saves_total`, "counter", "Times the device entered critical mode because of its battery.", power.batterySaves],
  [`${prefix}thermal_throttles_total`, "counter", "Times the device entered critical mode because of its temperature.", power.thermalThrottles],
];

/** The agent's own figures and those of its device in the Prometheus text format. */
export const metricsText = (agent: Pick<Agent, "figures" | "connected">): string => {
  const figures = agent.figures();
  const own: Metric = ["process_resident_memory_bytes", "gauge", "Resident memory.", process.memoryUsage.rss()];
  return [...ofWork(figures, agent.connected()), ...ofEdge(figures), ...ofDevice(figures), own].map(textOf).join("");
};

/**
 * Answers /healthz and /metrics on a Unix socket. The agent is healthy while it works, with or without the hub; whether it is connected is a
 * metric. Resolves to how to close it; rejects when the socket cannot be made.
 */
export const serveStatus = (socketPath: string, agent: Agent): Promise<() => Promise<void>> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      if (request.url === "/healthz") response.end("ok\n");
      else if (request.url === "/metrics") response.setHeader("content-type", "text/plain; version=0.0.4").end(metricsText(agent));
      else response.writeHead(404).end("there are /healthz and /metrics\n");
    });
    server.once("error", reject);
    // What an agent that was killed left behind; the folder's lock says that it is gone.
    rmSync(socketPath, { force: true });
    server.listen(socketPath, () => {
      server.unref();
      resolve(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      );
    });
  });
