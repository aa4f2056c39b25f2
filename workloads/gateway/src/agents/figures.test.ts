import { type EdgeMetrics, nodeSampled } from "@fogline/contracts";
import { afterEach, expect, it } from "vitest";
import { hello, state } from "../testing/agent.ts";
import { type Hub, openHub } from "../testing/hub.ts";

const hubs: Hub[] = [];
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

const figures = (completedTasks: number): EdgeMetrics => ({
  ...{ agentUptimeMs: 1, lastSyncAtMs: null, tasksPerMinute: 0, decisionLatencyMs: 1.5, cacheHitRatio: null, cpuPercent: 1, memoryPercent: 2 },
  ...{ storagePercent: 3, networkPercent: null, activeTasks: 0, queuedTasks: 0, completedTasks, failedTasks: 0, pendingReports: 0 },
  offline: { outages: 1, totalMs: 5, longestMs: 5, lastEndedAtMs: 7, tasksFinished: 0 },
});

it("what an agent says of itself with hello, heartbeat and sample is passed on as it is", async () => {
  const hub = await openHub();
  hubs.push(hub);
  const samples: unknown[] = [];
  await hub.client.on(nodeSampled, async (sample) => void samples.push(sample));
  const agent = await hub.agent("pi-1");
  agent.send(hello("pi-1", { metrics: figures(1) }));
  await agent.frame("welcome");
  agent.send({ type: "heartbeat", state, executions: [], metrics: figures(2) });
  agent.send({ type: "sample", state, metrics: figures(3) });
  await hub.until(() => hub.count("heartbeat") === 1 && samples.length === 1);
  const metricsOf = (name: string) => hub.asked.find((asked) => asked.name === name)?.request.metrics;
  expect([metricsOf("connect"), metricsOf("heartbeat")]).toEqual([figures(1), figures(2)]);
  expect(samples).toEqual([{ id: "pi-1", state, metrics: figures(3) }]);
});
