import { join } from "node:path";
import {
  createTask,
  getGitOps,
  getNode,
  getTask,
  listMoves,
  nodeHistory,
  nodeLogs,
  setSimulatedDevice,
  type TaskRecord,
  utilisation,
} from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fogline } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { processesNaming } from "./testing/processes.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const hotCelsius = 58;
const hourMs = 3_600_000;

describe("what the pages show of devices over time", () => {
  let repository: Repository;
  let hub: HubProcess;

  beforeAll(async () => {
    repository = makeRepository();
    repository.edit("clusters/fleet.yaml", "settings: { tasksPerNodeMax: 4 }", "settings: { tasksPerNodeMax: 4, stayMsMin: 0, loopMs: 500 }");
    repository.edit(
      "clusters/fleet.yaml",
      "  orchestrator:\n    on: [dev, cloud]\n",
      "  orchestrator:\n    on: [dev, cloud]\n    settings: { heartbeatMs: 2000 }\n",
    );
    repository.render();
    repository.commit("tasks may move at once, and agents speak every two seconds");
    hub = await startHubProcess({ repository: repository.path });
  });
  afterAll(async () => {
    await hub?.end();
    if (hub !== undefined) removeDataFolder(hub.dataFolder);
    repository?.remove();
  });

  const metricsOf = async (id: string) => (await hub.client.call(getNode, { id })).metrics;
  const reaches = (id: string, status: TaskRecord["status"]): Promise<TaskRecord> =>
    eventually(`task ${id} is ${status}`, async () => {
      const task = await hub.client.call(getTask, { id });
      return task.status === status && task;
    });
  const said = (...args: string[]) => fogline(["--data", hub.dataFolder, ...args]);

  it("has the figures of this machine's agent, and counts its tasks", async () => {
    const before = await eventually("the agent of this machine says how it fares", async () => (await metricsOf("this-machine")) ?? undefined);
    expect(before).toMatchObject({ failedTasks: 0, offline: { outages: 0 } });
    expect(before.memoryPercent).toBeGreaterThan(0);
    expect(said("task", "run", "--on", "this-machine", "--", "true").status).toBe(0);
    const after = await eventually("one more task is completed", async () => {
      const metrics = await metricsOf("this-machine");
      return metrics?.completedTasks === before.completedTasks + 1 && metrics;
    });
    expect(after.tasksPerMinute).toBeGreaterThan(0);
    expect(after.decisionLatencyMs).toBeGreaterThanOrEqual(0);
    const shown = said("device", "show", "this-machine");
    expect(shown.stdout).toMatch(/^ {2}tasks {4}0 running, 0 waiting, 1 completed, 0 failed; 0\.2 a minute$/m);
  });

  it("has the log of an agent, asked of it now, or says why not", async () => {
    const { text, unavailable } = await hub.client.call(nodeLogs, { id: "this-machine" });
    expect([unavailable, text.split("\n").some((line) => line.includes("info connected to the hub"))]).toEqual([null, true]);
    expect(said("device", "logs", "pi-1").stdout).toContain("info connected to the hub");
    expect(said("device", "logs", "nobody").status).toBe(3);
  });

  it("has the outage of a device that was frozen", async () => {
    expect((await hub.client.call(nodeHistory, { id: "pi-2" })).outages).toBe(0);
    await hub.client.call(setSimulatedDevice, { id: "pi-2", frozen: true });
    await eventually("pi-2 is offline", async () => (await hub.client.call(getNode, { id: "pi-2" })).status === "offline");
    expect((await hub.client.call(nodeLogs, { id: "pi-2" })).unavailable).toMatch(/^pi-2 is offline: /);
    expect(said("device", "logs", "pi-2").status).toBe(1);
    await hub.client.call(setSimulatedDevice, { id: "pi-2", frozen: false });
    await eventually("pi-2 is online", async () => (await hub.client.call(getNode, { id: "pi-2" })).status === "online");
    const history = await hub.client.call(nodeHistory, { id: "pi-2" });
    expect(history).toMatchObject({ outages: 1 });
    expect(history.changes.map(({ status }) => status)).toEqual(["never-seen", "online", "suspect", "offline", "online"]);
    expect(history.offlineMs).toBeGreaterThan(0);
    expect(history.availability).toBeLessThan(1);
    expect(said("device", "history", "pi-2").stdout).toMatch(/; 1 outage, /);
  });

  it("has the move of a task that left a heated device, with its reason", async () => {
    const { id } = await hub.client.call(createTask, { command: ["sleep", "600"], timeoutMs: null, attemptsMax: 9, site: "plant-7" });
    const { node } = await reaches(id, "running");
    await hub.client.call(setSimulatedDevice, { id: node ?? "", temperatureCelsius: hotCelsius });
    const move = await eventually("the task moved", async () =>
      (await hub.client.call(listMoves, {})).moves.find(({ taskId, from }) => taskId === id && from === node),
    );
    expect(move).toMatchObject({ command: "sleep 600", reason: expect.stringContaining(`${node} is hot at ${hotCelsius} C; ${move.to} scores `) });
    expect(move.to).not.toBe(node);
    const { moves } = await hub.client.call(listMoves, { movedOnly: "false" });
    expect(moves.find(({ taskId, from }) => taskId === id && from === null)).toMatchObject({ to: node });
  });

  it("has the CPU use of every device by hour", async () => {
    const answer = await eventually("the hour that runs is known of every device", async () => {
      const page = await hub.client.call(utilisation, { hours: 2 });
      return page.nodes.every(({ cpuPercent }) => cpuPercent.at(-1) !== null) && page;
    });
    expect(answer.nodes).toHaveLength(9);
    expect(answer.hoursMs.map((atMs) => atMs % hourMs)).toEqual([0, 0]);
  });

  it("has every cluster, the local one as it is and the others as unknown", async () => {
    const { clusters, appliedRevision } = await hub.client.call(getGitOps, {});
    expect(clusters.map(({ cluster, state, wantedRevision }) => [cluster, state, wantedRevision])).toEqual([
      ["dev", "current", appliedRevision],
      ["edge-jetson", "unknown", appliedRevision],
      ["cloud", "unknown", appliedRevision],
      ["edge-pi", "unknown", appliedRevision],
    ]);
    expect(clusters[0]?.drift).toEqual([]);
    const { status, stdout } = said("gitops", "status");
    expect([status, stdout.split("\n").length]).toEqual([0, 8]);
  });

  it("has what drifted: an agent that was killed is missed, comes back by itself, and knows what it had counted", async () => {
    const { metrics: before, bootId: firstBoot } = await hub.client.call(getNode, { id: "this-machine" });
    const [agent] = processesNaming(`FOGLINE_AGENT_DATA_FOLDER=${join(hub.dataFolder, "agent")}`);
    process.kill(agent?.pid ?? 0, "SIGKILL");
    const driftOf = async () => (await hub.client.call(getGitOps, {})).clusters[0]?.drift ?? [];
    const drift = await eventually("the agent is missed", async () => {
      const found = await driftOf();
      return found.length > 0 && found;
    });
    expect(drift).toEqual([{ object: "agent", message: "0 of 1 replicas run; replica 0 ended by itself" }]);
    await eventually("the agent is back", async () => (await driftOf()).length === 0);
    const after = await eventually("it says how it fares", async () => {
      const { status, metrics, bootId } = await hub.client.call(getNode, { id: "this-machine" });
      return status === "online" && bootId !== firstBoot && metrics !== null && metrics;
    });
    expect(after.completedTasks).toBe(before?.completedTasks);
    expect(after.agentUptimeMs).toBeLessThan(before?.agentUptimeMs ?? 0);
  });
});
