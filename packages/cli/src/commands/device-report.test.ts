import { type GitOpsStatus, getGitOps, getNode, type NodeRecord, nodeHistory, nodeLogs, type Operation, type Output } from "@fogline/contracts";
import { systemClock, systemRandom } from "@fogline/system";
import { describe, expect, it } from "vitest";
import type { Context } from "../context.ts";
import type { HubClient } from "../hub-client.ts";
import { createOutput } from "../output.ts";
import { deviceHistoryCommand, deviceLogsCommand, deviceShowCommand } from "./device-report.ts";
import { gitOpsStatusCommand } from "./gitops.ts";

const nowMs = 1_700_000_000_000;
const minute = 60_000;
const node: NodeRecord = {
  ...{ id: "pi-1", site: "plant-7", region: "eu", cluster: "edge-pi", tier: "access-edge", ring: "stable", hardware: "pi-5-8" },
  ...{ connectivity: "factory-lte", residency: null, availability: 0.99, labels: {}, status: "online", statusSinceMs: nowMs - 3 * 3_600_000 },
  ...{ reason: "it connected again", draining: false, simulated: true, agentVersion: "0.1.0", bootId: "b", executions: [], lastSeenAtMs: nowMs },
  capabilities: {
    ...{ architecture: "arm64", deviceClass: "raspberry-pi", operatingSystem: "Debian 12", kernel: "6.6", cpuCores: 4, memoryBytes: 8 * 1024 ** 3 },
    ...{ storageBytes: 32e9, batteryPowered: false, features: [], networkInterfaces: [] },
  },
  state: {
    ...{ sampledAtMs: nowMs, uptimeMs: 1, cpuPercent: 3, memoryAvailableBytes: 1, storageFreeBytes: 1, temperatureCelsius: 40.2 },
    ...{ batteryPercent: null, charging: null, networkBandwidthMbps: 100, networkLatencyMs: 60, powerMode: "performance", thermalState: "normal" },
  },
  metrics: {
    ...{ agentUptimeMs: 7_200_000, lastSyncAtMs: nowMs - 2_000, tasksPerMinute: 0.4, decisionLatencyMs: 0.81, cacheHitRatio: 0.5, cpuPercent: 3 },
    ...{ memoryPercent: 25, storagePercent: 50, networkPercent: 0.4, activeTasks: 1, queuedTasks: 0, completedTasks: 12, failedTasks: 1 },
    pendingReports: 0,
    offline: { outages: 2, totalMs: 90_000, longestMs: 60_000, lastEndedAtMs: nowMs - 3 * 3_600_000, tasksFinished: 1 },
  },
  version: 7,
};
const history: Output<typeof nodeHistory.response> = {
  sinceMs: nowMs - 100 * minute,
  changes: [
    { atMs: nowMs - 100 * minute, status: "online", reason: "it connected for the first time" },
    { atMs: nowMs - 50 * minute, status: "suspect", reason: "its connection was lost: it did not answer 2 pings" },
    { atMs: nowMs - 40 * minute, status: "online", reason: "it connected again" },
  ],
  ...{ outages: 1, offlineMs: 10 * minute, longestOutageMs: 10 * minute, availability: 0.9 },
};

/** Runs a command against a hub that answers what it is told to; gives what was printed, and the exit code. */
const run = async (command: (context: Context) => Promise<void>, answers: Readonly<Record<string, unknown>>, json = false) => {
  let printed = "";
  const sink = { write: (text: string) => (printed += text) };
  const hub: HubClient = { call: async (operation: Operation) => answers[operation.name] as never };
  const context: Context = {
    ...{ repository: "/", dataFolder: "/", workingFolder: "/", environment: {}, random: systemRandom, hub: () => hub },
    ...{ hubUrl: () => "http://hub.test", hubAddress: () => ({ url: "http://hub.test", token: undefined }) },
    ...{ logins: { read: () => undefined, write: () => undefined, remove: () => undefined } },
    output: createOutput({ stdout: sink, stderr: sink, environment: {} }, json),
    clock: { ...systemClock, now: () => nowMs },
  };
  const code = await command(context).then(
    () => 0,
    (thrown: { code?: number }) => thrown.code,
  );
  return { printed, code };
};

describe("fogline device show", () => {
  const show = (answers: object, json = false) => run((context) => deviceShowCommand(context, "pi-1"), { ...answers }, json);

  it("says what the device is, how it fares, its times without the hub, and its last changes", async () => {
    const { printed } = await show({ [getNode.name]: node, [nodeHistory.name]: history });
    const lines = printed.split("\n");
    expect(lines.slice(0, 8)).toEqual([
      "pi-1 online for 3h: it connected again",
      "  place    plant-7, edge-pi, access-edge, ring stable, link factory-lte",
      "  device   pi-5-8 (simulated), raspberry-pi, arm64, 4 cores, 8.0 GiB, Debian 12, agent 0.1.0",
      "  now      CPU 3.0 %, memory 25 %, storage 50 %, network 0.4 %, 40 C (normal), latency 60 ms, power mode performance",
      "  tasks    1 running, 0 waiting, 12 completed, 1 failed; 0.4 a minute",
      "  agent    up 2h, last sync 2s ago, decides in 0.8 ms, images there 50 %, waiting for the hub: 0 reports",
      "  offline  2 outages, 1m30s in all, the longest 1m, the last ended 3h ago; 1 task finished meanwhile",
      "  link     online 90.00 % of the last 1h; 1 outage, 10m in all, the longest 10m",
    ]);
    expect(lines[10]).toMatch(/^ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}suspect {2}its connection was lost: it did not answer 2 pings$/);
  });

  it("says how often the device reports where that is its own", async () => {
    const { printed } = await show({ [getNode.name]: { ...node, reportIntervalMs: 218_000 }, [nodeHistory.name]: history });
    expect(printed).toContain("ring stable, link factory-lte, reports every 3m38s\n");
  });

  it("says so when the agent was never seen or is too old to say", async () => {
    const bare = { ...node, status: "never-seen" as const, agentVersion: null, capabilities: null, state: null, metrics: null };
    const never = { ...history, changes: [], outages: 0, availability: null };
    const { printed } = await show({ [getNode.name]: bare, [nodeHistory.name]: never });
    expect(printed).toContain("  now      it has not said yet\n  agent    too old to say how it fares, or not seen yet\n");
    expect(printed).toContain("  link     never online of the last 1h; 0 outages\n");
  });

  it("is the records as they are under --json", async () => {
    const { printed } = await show({ [getNode.name]: node, [nodeHistory.name]: history }, true);
    expect(JSON.parse(printed)).toEqual({ device: node, history });
  });
});

describe("fogline device history", () => {
  it("has every change and what they add up to", async () => {
    const { printed } = await run((context) => deviceHistoryCommand(context, "pi-1", {}), { [nodeHistory.name]: history });
    expect(printed).toMatch(/^pi-1 online 90\.00 % of the last 1h; 1 outage, 10m in all, the longest 10m\n {2}SINCE +STATUS +REASON\n/);
    expect(printed.trimEnd().split("\n")).toHaveLength(5);
  });
});

describe("fogline device logs", () => {
  const logs = (answer: object) => run((context) => deviceLogsCommand(context, "pi-1", { tail: 100 }), { [nodeLogs.name]: answer });

  it("prints the end of the agent's log, or why there is none and ends with 1", async () => {
    expect(await logs({ text: "one\ntwo\n", unavailable: null })).toEqual({ printed: "one\ntwo\n", code: 0 });
    expect(await logs({ text: "", unavailable: "pi-1 is offline: silent for 90 s" })).toEqual({
      printed: "no log: pi-1 is offline: silent for 90 s\n",
      code: 1,
    });
  });
});

describe("fogline gitops status", () => {
  const revision = "0123456789abcdef";
  const dev = {
    ...{ cluster: "dev", ring: "canary", wantedRevision: revision, appliedRevision: revision, state: "current" as const },
    ...{ reason: "it runs the newest commit", lastReconciledAtMs: nowMs - 12_000, drift: [] },
  };
  const status: GitOpsStatus = {
    ...{ cluster: "dev", appliedRevision: revision, appliedAtMs: nowMs - 3 * minute, attemptedRevision: revision, watching: false, refused: [] },
    workloads: [{ name: "gateway", version: "0.1.0", replicas: 1, running: 1, status: "running", reason: "1 of 1 run" }],
    notEnforced: [],
    clusters: [
      dev,
      {
        ...{ cluster: "edge-pi", ring: "stable", wantedRevision: revision, appliedRevision: null, state: "unknown" },
        ...{ reason: "no agent of edge-pi reports its revision yet", lastReconciledAtMs: null, drift: [] },
      },
    ],
  };
  const said = (change: Partial<GitOpsStatus>) => run(gitOpsStatusCommand, { [getGitOps.name]: { ...status, ...change } });

  it("names every cluster with what it should run and runs", async () => {
    expect(await said({})).toEqual({
      printed: [
        "dev runs revision 0123456789ab since 3m",
        "  CLUSTER  RING    STATE    WANTED        RUNS          RECONCILED  REASON",
        "  dev      canary  current  0123456789ab  0123456789ab     12s ago  it runs the newest commit",
        "  edge-pi  stable  unknown  0123456789ab  -                      -  no agent of edge-pi reports its revision yet",
        "  workloads: gateway 1/1",
        "",
      ].join("\n"),
      code: 0,
    });
  });

  it("ends with 1 when something drifted or was refused, and names it", async () => {
    const drift = [{ object: "gateway", message: "0 of 1 replicas run; replica 0 ended by itself" }];
    const drifted = await said({ clusters: [{ ...dev, drift }] });
    expect(drifted.code).toBe(1);
    expect(drifted.printed).toContain("  drift: dev/gateway: 0 of 1 replicas run; replica 0 ended by itself\n");
    const refused = await said({ refused: [{ path: "clusters/fleet.yaml", message: "unknown key flet" }] });
    expect(refused.code).toBe(1);
    expect(refused.printed).toContain("  refused: clusters/fleet.yaml: unknown key flet\n");
  });
});
