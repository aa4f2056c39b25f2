import {
  createDeployment,
  createTask,
  getDeployment,
  getNode,
  getTask,
  healthOfServices,
  listAudit,
  listAuditRecords,
  listNodes,
  listPolicies,
  listServices,
  putPolicy,
  removePolicy,
  stopDeployment,
  type TaskRecord,
  verifyAudit,
} from "@fogline/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type AgentProcess, startAgentService } from "./agent.ts";
import { eventually } from "./eventually.ts";
import type { Fog } from "./fog.ts";
import { makeDataFolder, removeDataFolder } from "./hub.ts";

const devices = ["pi-1", "pi-2"];
const MiB = 1024 ** 2;

/** What any fog does for people and devices, in whatever processes it runs. Each scenario goes through every part of the hub. */
export const fogScenarios = (fog: () => Fog): void => {
  const agents: AgentProcess[] = [];
  let agentsFolder = "";
  const client = () => fog().client;
  const webSocketUrl = () => fog().url.replace(/^http/, "ws");
  const authorization = () => ({ authorization: `Bearer ${fog().token}` });
  const ended = (id: string): Promise<TaskRecord> =>
    eventually(`task ${id} ends`, async () => {
      const task = await client().call(getTask, { id });
      return task.result !== null && task;
    });

  beforeAll(async () => {
    agentsFolder = makeDataFolder();
    for (const nodeId of devices) {
      agents.push(await startAgentService({ nodeId, client: client(), agentPort: fog().agentPort, dataFolder: agentsFolder }));
    }
  }, 90_000);
  afterAll(async () => {
    for (const agent of agents) await agent.end();
    removeDataFolder(agentsFolder);
  });

  it("brings devices online that enrolled with a token, and hears of them again and again", async () => {
    await eventually("both are online", async () => {
      const { nodes } = await client().call(listNodes, { status: "online" });
      return devices.every((id) => nodes.some((node) => node.id === id));
    });
    // While somebody watches them, devices say every two seconds how they are.
    const watching = new WebSocket(`${webSocketUrl()}/api/changes?samples=true`, { headers: authorization() });
    const lastSeenAtMs = async () => (await client().call(getNode, { id: "pi-1" })).lastSeenAtMs ?? 0;
    const first = await lastSeenAtMs();
    await eventually("pi-1 is heard of again", async () => (await lastSeenAtMs()) > first);
    watching.close();
  });

  it("lists every part of the hub, each healthy", async () => {
    await eventually("all four are registered and healthy", async () => {
      const { services } = await client().call(listServices, {});
      const health = (await client().call(healthOfServices, {})).services;
      const healthy = new Set(services.filter(({ id }) => health[id]?.status === "healthy").map(({ type }) => type));
      return ["gateway", "orchestrator", "policy", "scheduler"].every((type) => healthy.has(type));
    });
  });

  it("runs a task where it is told to and returns its output", async () => {
    const { id } = await client().call(createTask, { command: ["echo", "from the fog"], node: "pi-2" });
    const task = await ended(id);
    expect(task).toMatchObject({ status: "succeeded", node: "pi-2", result: { exitCode: 0, stdout: "from the fog\n" } });
  });

  it("answers a repeated request with the task that it made", async () => {
    const ask = () => client().call(createTask, { command: ["true"] }, { idempotencyKey: `scenario-${agentsFolder}` });
    expect((await ask()).id).toBe((await ask()).id);
  });

  it("refuses a task that a policy forbids, and says which", async () => {
    const name = "only-our-registry";
    const rule = { kind: "image-registry" as const, allowed: ["registry.example"] };
    await client().call(putPolicy, { name, description: "images of our own", effect: "refuse", rule, expectedVersion: 0 });
    await expect(client().call(createTask, { command: ["true"], image: "elsewhere.example/tool:1" })).rejects.toThrow("elsewhere.example");
    const { entries } = await client().call(listAudit, { limit: 10 });
    expect(entries.find(({ outcome }) => outcome === "refused")).toMatchObject({ policy: name, action: "admit" });
    await client().call(removePolicy, { name });
    expect((await client().call(listPolicies, {})).policies.map((policy) => policy.name)).not.toContain(name);
  });

  it("keeps a deployment at its number of replicas until it is stopped", async () => {
    const task = { command: ["sleep", "600"], cpuCores: 0.01, memoryBytes: 16 * MiB };
    const { id } = await client().call(createDeployment, { name: "keeper", replicas: 2, task });
    const running = await eventually("both replicas run", async () => {
      const deployment = await client().call(getDeployment, { id });
      return deployment.status === "running" && deployment;
    });
    expect(running.replicas.map(({ status }) => status)).toEqual(["running", "running"]);
    await client().call(stopDeployment, { id });
    await eventually("it is stopped", async () => (await client().call(getDeployment, { id })).status === "stopped");
  });

  it("tells a WebSocket client of a task from its queue to its end", async () => {
    const socket = new WebSocket(`${webSocketUrl()}/api/changes`, { headers: authorization() });
    const statuses: string[] = [];
    const seen: { id: string; status: string }[] = [];
    socket.on("message", (data) => {
      for (const { item } of JSON.parse(data.toString()) as { item: { name: string; data: { task?: { id: string; status: string } } | null } }[]) {
        if (item.name === "tasks.changed" && item.data?.task !== undefined) seen.push(item.data.task);
      }
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("message", () => resolve());
      socket.once("error", reject);
    });
    const wanted = (await client().call(createTask, { command: ["true"] })).id;
    await eventually("its end is told", () => seen.some(({ id, status }) => id === wanted && status === "succeeded"));
    for (const { id, status } of seen) if (id === wanted && statuses.at(-1) !== status) statuses.push(status);
    expect(statuses[0]).toBe("queued");
    expect(statuses.at(-1)).toBe("succeeded");
    socket.close();
  });

  it("has every change that people asked for in its audit, which is whole", async () => {
    const { entries } = await client().call(listAuditRecords, { operation: "policies.put", limit: 10 });
    expect(entries.some(({ target, outcome }) => target === "only-our-registry" && outcome === "done")).toBe(true);
    expect((await client().call(verifyAudit, {})).intact).toBe(true);
  });
};
