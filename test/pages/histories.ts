import type { EdgeMetrics, NodeRecord, nodeHistory, Output, TaskMove, utilisation } from "@fogline/contracts";

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Use by hour that goes up by day and down by night, the devices shifted against each other. One device was not heard of for five hours. */
export const utilisationOf = (
  nodes: readonly NodeRecord[],
  nowMs: number,
  hours: number,
): Pick<Output<typeof utilisation.response>, "hoursMs" | "nodes"> => {
  const firstMs = Math.floor(nowMs / hourMs) * hourMs - (hours - 1) * hourMs;
  const hoursMs = Array.from({ length: hours }, (_, index) => firstMs + index * hourMs);
  return {
    hoursMs,
    nodes: nodes.map(({ id, site, state }, index) => ({
      id,
      site,
      cpuPercent: hoursMs.map((_, hour) => {
        if (index % 9 === 7 && hour % 24 >= 9 && hour % 24 < 14) return null;
        const daily = Math.sin(((hour % 24) / 24) * 2 * Math.PI - 1.5) * 0.5 + 0.5;
        return Math.round(Math.min(100, Math.max(1, (state?.cpuPercent ?? 20) * (0.4 + daily * 1.3 + ((hour * 7 + index * 13) % 10) / 30))));
      }),
    })),
  };
};

/** Four moves of the last day, newest first. */
export const movesOf = (nowMs: number): TaskMove[] => [
  {
    atMs: nowMs - 25 * minuteMs,
    taskId: "t-81",
    command: "python3 detect.py",
    from: "jetson-1",
    to: "pi-2",
    reason: "jetson-1 is hot at 84 C; pi-2 scores 1.9 times as much",
  },
  {
    atMs: nowMs - 3 * hourMs,
    taskId: "t-79",
    command: "./calibrate --camera 3",
    from: "gate-phone",
    to: "jetson-1",
    reason: "gate-phone has 18 % battery and does not charge",
  },
  { atMs: nowMs - 8 * hourMs, taskId: "t-70", command: "./index --all", from: "pi-3", to: "pi-1", reason: "pi-3 was lost: silent for 90 s" },
  { atMs: nowMs - 19 * hourMs, taskId: "t-66", command: "./report", from: "field-laptop", to: "this-machine", reason: "field-laptop is draining" },
];

/** A node that was away twice in the last day, the longer time for 42 minutes. */
export const historyOf = (nowMs: number, hours: number): Output<typeof nodeHistory.response> => {
  const ago = (minutes: number): number => nowMs - minutes * minuteMs;
  return {
    sinceMs: nowMs - hours * hourMs,
    changes: [
      { atMs: nowMs - hours * hourMs, status: "online", reason: "it said hello" },
      { atMs: ago(800), status: "suspect", reason: "its connection was lost: the socket closed" },
      { atMs: ago(799), status: "offline", reason: "silent for 90 s: 3 heartbeats missed" },
      { atMs: ago(758), status: "online", reason: "it said hello again" },
      { atMs: ago(95), status: "suspect", reason: "its connection was lost: the link went down" },
      { atMs: ago(91), status: "online", reason: "it answers again" },
    ],
    outages: 2,
    offlineMs: 46 * minuteMs,
    longestOutageMs: 42 * minuteMs,
    availability: 1 - 46 / (hours * 60),
  };
};

export const logOf = (id: string): string =>
  [
    `{"level":"info","time":"08:00:01.204","msg":"the agent of ${id} is ready","version":"0.1.0"}`,
    '{"level":"info","time":"08:00:01.377","msg":"connected to the hub","settings":{"heartbeatMs":5000}}',
    '{"level":"info","time":"08:12:44.019","msg":"started t-81.1","command":"python3 detect.py"}',
    '{"level":"warn","time":"08:31:09.552","msg":"a heartbeat was not acknowledged within 5 s; sending it again"}',
    "",
  ].join("\n");

/** What an agent says that was twice without the hub. */
export const metricsOf = (nowMs: number): EdgeMetrics => ({
  ...{ agentUptimeMs: 5 * hourMs, lastSyncAtMs: nowMs - 2_000, tasksPerMinute: 1.4, decisionLatencyMs: 3.2, cacheHitRatio: null },
  ...{
    cpuPercent: 12,
    memoryPercent: 38,
    storagePercent: 37,
    networkPercent: 2,
    activeTasks: 1,
    queuedTasks: 0,
    completedTasks: 214,
    failedTasks: 3,
  },
  ...{
    pendingReports: 0,
    offline: { outages: 2, totalMs: 46 * minuteMs, longestMs: 42 * minuteMs, lastEndedAtMs: nowMs - 91 * minuteMs, tasksFinished: 5 },
  },
});
