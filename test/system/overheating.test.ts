import { fileURLToPath } from "node:url";
import { createTask, explainTask, getTask, listNodes, setSimulatedDevice, type TaskRecord } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

/**
 * Hot, and below the 65 C from which on the built-in policy refuses a node. Nothing but the score stands between the tasks and the device:
 * every filter and policy still lets them stay, and lets new ones come.
 */
const hotCelsius = 58;
/** Critical: here the policy keeps new tasks away too, but what runs there stays or goes by the score alone. */
const criticalCelsius = 70;

const withoutHeat = fileURLToPath(new URL("./testing/hub-without-heat.ts", import.meta.url));

/** Movable tasks that run until the test ends. */
const startTasks = async ({ client }: HubProcess): Promise<readonly TaskRecord[]> => {
  const ids = [];
  for (const _ of [1, 2, 3]) ids.push((await client.call(createTask, { command: ["sleep", "600"], timeoutMs: null, attemptsMax: 9 })).id);
  return Promise.all(ids.map((id) => runs(client, id)));
};

const runs = (client: HubProcess["client"], id: string): Promise<TaskRecord> =>
  eventually(`task ${id} runs`, async () => {
    const task = await client.call(getTask, { id });
    return task.status === "running" && task;
  });

/** What the scheduler makes of a device for a task: the value of its heat in the score, or the rule that keeps new tasks away. */
interface Verdict {
  readonly heat: number | undefined;
  readonly refusedBy: string | undefined;
}

/** Heats a device and waits until the scheduler reckons with it and has looked at its queue twice since. */
const heat = async ({ client }: HubProcess, device: string, temperatureCelsius: number, about: string): Promise<Verdict> => {
  await client.call(setSimulatedDevice, { id: device, temperatureCelsius });
  const verdict = await eventually(`the scheduler knows that ${device} has ${temperatureCelsius} C`, async () => {
    const { now } = await client.call(explainTask, { id: about });
    const part = now.candidates.find(({ node }) => node === device)?.parts.find(({ name }) => name === "heat");
    const refusedBy = now.refused.find(({ node }) => node === device)?.refusal.rule;
    const knows = part?.reason?.endsWith(` ${temperatureCelsius} C`) === true || refusedBy !== undefined;
    return knows && { heat: part?.value, refusedBy };
  });
  for (const _ of ["first", "second"]) {
    const { id } = await client.call(createTask, { command: ["true"] });
    await eventually("a task that asked for a look has ended", async () => (await client.call(getTask, { id })).status === "succeeded");
  }
  return verdict;
};

describe("a device that gets hot", () => {
  let repository: Repository;
  const hubs: HubProcess[] = [];
  const start = async (command?: readonly [string, ...string[]]): Promise<HubProcess> => {
    const hub = await startHubProcess({ repository: repository.path, args: ["--no-agent"], ...(command === undefined ? {} : { command }) });
    hubs.push(hub);
    return hub;
  };

  beforeAll(() => {
    repository = makeRepository();
    repository.edit("clusters/fleet.yaml", "settings: { tasksPerNodeMax: 4 }", "settings: { tasksPerNodeMax: 4, stayMsMin: 0, loopMs: 500 }");
    repository.render();
    repository.commit("tasks may move at once");
  });
  afterAll(async () => {
    for (const hub of hubs) {
      await hub.end();
      removeDataFolder(hub.dataFolder);
    }
    repository?.remove();
  });

  it("loses its tasks because of its thermal score, and each says so", async () => {
    const hub = await start();
    for (const temperatureCelsius of [hotCelsius, criticalCelsius]) {
      const tasks = await startTasks(hub);
      const device = tasks[0]?.node ?? "";
      const there = tasks.filter(({ node }) => node === device);
      const verdict = await heat(hub, device, temperatureCelsius, there[0]?.id ?? "");
      expect(verdict).toEqual(
        temperatureCelsius === hotCelsius ? { heat: 0.5, refusedBy: undefined } : { heat: undefined, refusedBy: "temperature" },
      );
      for (const { id } of there) {
        const moved = await eventually(`task ${id} runs elsewhere`, async () => {
          const task = await hub.client.call(getTask, { id });
          return task.status === "running" && task.node !== device && task;
        });
        expect(moved.attempt).toBe(2);
        const left = moved.placement?.refused.find(({ node }) => node === device)?.refusal;
        expect(left).toMatchObject({ rule: "thermal", message: expect.stringContaining(` at ${temperatureCelsius} C; ${moved.node} scores `) });
      }
      const { nodes } = await hub.client.call(listNodes, {});
      expect(nodes.filter(({ state }) => (state?.temperatureCelsius ?? 0) >= hotCelsius).map(({ id }) => id)).toContain(device);
    }
  });

  it("keeps its tasks when heat does not count in its score", async () => {
    const hub = await start([process.execPath, withoutHeat]);
    const tasks = await startTasks(hub);
    const device = tasks[0]?.node ?? "";
    for (const temperatureCelsius of [hotCelsius, criticalCelsius]) {
      const verdict = await heat(hub, device, temperatureCelsius, tasks[0]?.id ?? "");
      expect(verdict).toEqual(temperatureCelsius === hotCelsius ? { heat: 1, refusedBy: undefined } : { heat: undefined, refusedBy: "temperature" });
      const after = await Promise.all(tasks.map(({ id }) => hub.client.call(getTask, { id })));
      expect(after.map(({ id, node, attempt, status }) => ({ id, node, attempt, status }))).toEqual(
        tasks.map(({ id, node }) => ({ id, node, attempt: 1, status: "running" })),
      );
    }
  });
});
