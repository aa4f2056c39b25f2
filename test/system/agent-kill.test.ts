import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTask, getTask, listNodes, type NodeStatus, type TaskRecord } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AgentProcess, freePort, startAgentService } from "./testing/agent.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { type Lines, makeLines } from "./testing/lines.ts";
import { processesNaming } from "./testing/processes.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const victim = "pi-1";
const survivor = "pi-2";
const movable = ["movable-1", "movable-2", "movable-3"];
const atMostOnce = ["once-1", "once-2", "once-3"];

describe("an agent that is killed while it runs tasks", () => {
  let repository: Repository;
  let hub: HubProcess;
  let lines: Lines;
  const agentsFolder = makeDataFolder();
  const agents: AgentProcess[] = [];
  const tasks = new Map<string, string>();
  let agentPort = 0;

  const start = async (nodeId: string): Promise<AgentProcess> => {
    const agent = await startAgentService({ nodeId, client: hub.client, agentPort, dataFolder: agentsFolder });
    agents.push(agent);
    return agent;
  };
  const becomes = (nodeId: string, status: NodeStatus): Promise<unknown> =>
    eventually(`${nodeId} is ${status}`, async () => (await hub.client.call(listNodes, { status })).nodes.some(({ id }) => id === nodeId));
  const task = (name: string): Promise<TaskRecord> => hub.client.call(getTask, { id: tasks.get(name) ?? "" });
  const reaches = (name: string, status: TaskRecord["status"]): Promise<TaskRecord> =>
    eventually(`${name} is ${status}`, async () => {
      const now = await task(name);
      return now.status === status && now;
    });
  /** What belongs to the first execution of any task: each process has its execution's id in its environment. */
  const firstProcesses = () => [...tasks.values()].flatMap((id) => processesNaming(`${id}.1`));
  const submit = async (name: string, work: string, spec: { duplicates: "allowed" | "forbidden"; node?: string }): Promise<void> => {
    const { id } = await hub.client.call(createTask, { command: lines.command(name, work), ...spec });
    tasks.set(name, id);
  };

  beforeAll(async () => {
    repository = makeRepository();
    repository.edit(
      "clusters/fleet.yaml",
      "settings: { tasksPerNodeMax: 4 }",
      "settings: { tasksPerNodeMax: 16, unknownAfterMs: 2000, loopMs: 1000 }",
    );
    repository.render();
    repository.commit("the fate of a lost task is waited for 2 s");
    lines = makeLines();
    agentPort = await freePort();
    hub = await startHubProcess({ repository: repository.path, args: ["--no-agent", "--no-simulate", "--agent-port", String(agentPort)] });
    // The victim is there first and alone, so it gets everything.
    await start(victim);
    await becomes(victim, "online");
    const untilTold = `while [ ! -e ${join(lines.folder, "go")} ]; do sleep 0.1; done`;
    for (const name of movable) await submit(name, untilTold, { duplicates: "allowed" });
    for (const name of atMostOnce) await submit(name, untilTold, { duplicates: "forbidden" });
    for (const name of [...movable, ...atMostOnce]) expect(await reaches(name, "running")).toMatchObject({ node: victim, attempt: 1 });
    await eventually("every task has begun", () => [...movable, ...atMostOnce].every((name) => lines.of(name).length === 1));
    await start(survivor);
    await becomes(survivor, "online");
    expect(firstProcesses().length).toBeGreaterThanOrEqual(6);
    await agents[0]?.end("SIGKILL");
  });
  afterAll(async () => {
    for (const agent of agents) await agent.end();
    await hub?.end();
    removeDataFolder(hub?.dataFolder);
    removeDataFolder(agentsFolder);
    lines?.remove();
    repository?.remove();
  });

  it("leaves no process of its tasks", async () => {
    await eventually("every process of its executions is gone", () => firstProcesses().length === 0);
  });

  it("takes its node offline, and what may run again runs elsewhere", async () => {
    await becomes(victim, "offline");
    for (const name of movable) expect(await reaches(name, "running")).toMatchObject({ node: survivor, attempt: 2 });
  });

  it("leaves what may not run again as unknown", async () => {
    for (const name of atMostOnce) {
      const { status, reason } = await reaches(name, "unknown");
      expect({ status, reason }).toEqual({ status: "unknown", reason: expect.stringContaining("may not run twice") });
    }
  });

  it("comes back, and its interrupted executions change nothing that was decided elsewhere", async () => {
    await start(victim);
    await becomes(victim, "online");
    writeFileSync(join(lines.folder, "go"), "");
    for (const name of movable) expect(await reaches(name, "succeeded")).toMatchObject({ node: survivor, attempt: 2 });
    // Reports keep their order: when this one is known, so is that the others were interrupted.
    await submit("after", "true", { duplicates: "forbidden", node: victim });
    expect(await reaches("after", "succeeded")).toMatchObject({ node: victim });
    for (const name of atMostOnce) expect(await task(name)).toMatchObject({ status: "unknown", attempt: 1 });
  });

  it("never ran twice what may not, and once more what may", () => {
    for (const name of [...atMostOnce, "after"]) expect(lines.of(name)).toEqual([`${tasks.get(name)}.1`]);
    for (const name of movable) expect(lines.of(name)).toEqual([`${tasks.get(name)}.1`, `${tasks.get(name)}.2`]);
  });
});
