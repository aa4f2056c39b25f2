import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostClock } from "@fogline/agent";
import { executionOf, openTestHub, type TestHub } from "@fogline/agent/testing";
import { hardware } from "@fogline/fleet";
import type { DeviceDescription } from "@fogline/simulation";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { SimulatedDevices } from "./simulated-devices.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const descriptionsOf = (hub: TestHub) => {
  const tokens = new Map<string, string>();
  const tokenOf = (id: string) => {
    const token = tokens.get(id) ?? hub.token(id);
    tokens.set(id, token);
    return token;
  };
  return (id: string, networkLatencyMs = 0): DeviceDescription => ({
    id,
    token: tokenOf(id),
    hardware: hardware["pi-5-8"],
    world: { networkLatencyMs },
  });
};

const open = async () => {
  const folder = await mkdtemp(join(tmpdir(), "fogline-simulated-test-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const openHub = async (authority?: TestHub["authority"]): Promise<TestHub> => {
    const opened = await openTestHub(authority);
    closers.push(() => opened.close());
    opened.settings = { heartbeatMs: 100, sampleMs: null, tasksMax: 4 };
    return opened;
  };
  const hub = await openHub();
  const at = { url: hub.url };
  const simulated = new SimulatedDevices({
    dataFolder: join(folder, "simulated"),
    logPath: join(folder, "simulation.log"),
    clock: hostClock,
    log: pino({ level: "silent" }),
    agentUrl: () => at.url,
  });
  closers.push(() => simulated.stop());
  const store = (id: string) => existsSync(join(folder, "simulated", `${id}.db`));
  return { hub, simulated, store, at, openHub, device: descriptionsOf(hub) };
};

const hellos = (hub: TestHub, id: string) => hub.framesOf("hello", id).map(({ bootId }) => bootId);
const online = (hub: TestHub, id: string, times = 1) => hub.until(() => hellos(hub, id).length >= times && hub.connected(id), `${id} said hello`);

/** Runs a task on a device that lasts until somebody ends it, and gives its process id. */
const runTask = async (hub: TestHub, id: string, executionId: string): Promise<number> => {
  hub.send(id, { type: "assign", execution: executionOf(executionId, ["sh", "-c", "echo $$; while :; do sleep 0.05; done"]) });
  const text = () => {
    const found = (hub.framesOf("answer", id).at(-1)?.body as { text?: string } | undefined)?.text ?? "";
    if (found === "") hub.send(id, { type: "ask", requestId: "log", question: { kind: "logs", executionId, tailBytes: 100 } });
    return found === "" ? undefined : Number(found);
  };
  return hub.until(text, `the process id of ${executionId}`);
};

const lives = (processId: number): boolean => existsSync(`/proc/${processId}`);

describe("simulated devices", () => {
  it("come and go beside a device that keeps its connection, its task and its process", async () => {
    const { hub, simulated, store, device } = await open();
    await simulated.follow([device("pi-1"), device("pi-2")]);
    await Promise.all([online(hub, "pi-1"), online(hub, "pi-2")]);
    const simulating = simulated.simulation?.processId;
    const [kept, gone] = [await runTask(hub, "pi-1", "kept.1"), await runTask(hub, "pi-2", "gone.1")];

    await simulated.follow([device("pi-1"), device("pi-3")]);
    await online(hub, "pi-3");
    expect(await hub.finished("gone.1")).toMatchObject({ outcome: "interrupted" });
    await hub.until(() => !hub.connected("pi-2"), "pi-2 said goodbye");
    expect([lives(kept), lives(gone)]).toEqual([true, false]);
    expect([store("pi-1"), store("pi-2"), store("pi-3")]).toEqual([true, false, true]);
    expect(simulated.simulation?.devices).toEqual(["pi-1", "pi-3"]);
    expect(simulated.simulation?.processId).toBe(simulating);
    expect(hellos(hub, "pi-1")).toHaveLength(1);
    expect(hub.reportsOf("kept.1").filter(({ status }) => status === "finished")).toEqual([]);
  });

  it("are replaced one by one when their description changes, and remember what they ran", async () => {
    const { hub, simulated, device } = await open();
    await simulated.follow([device("pi-1"), device("pi-2")]);
    await Promise.all([online(hub, "pi-1"), online(hub, "pi-2")]);
    const task = await runTask(hub, "pi-1", "kept.1");
    hub.send("pi-2", { type: "assign", execution: executionOf("done.1", ["true"]) });
    await hub.finished("done.1");

    await simulated.follow([device("pi-1"), device("pi-2", 40)]);
    await online(hub, "pi-2", 2);
    expect(new Set(hellos(hub, "pi-2")).size).toBe(2);
    expect((await simulated.simulation?.world("pi-2"))?.networkLatencyMs).toBe(40);
    hub.send("pi-2", { type: "assign", execution: executionOf("done.1", ["true"]) });
    hub.send("pi-2", { type: "assign", execution: executionOf("next.1", ["true"]) });
    await hub.finished("next.1");
    expect(hub.reportsOf("done.1").filter(({ status }) => status === "running")).toHaveLength(1);
    expect(hellos(hub, "pi-1")).toHaveLength(1);
    expect(lives(task)).toBe(true);
  });

  it("come back in another process, as they are wanted by then, when theirs dies", async () => {
    const { hub, simulated, device } = await open();
    await simulated.follow([device("pi-1")]);
    await online(hub, "pi-1");
    const { simulation } = simulated;
    process.kill(simulation?.processId ?? 0, "SIGKILL");
    await simulation?.ended;
    await online(hub, "pi-1", 2);
    expect(simulated.simulation?.processId).not.toBe(simulation?.processId);
    await simulated.follow([device("pi-1"), device("pi-2")]);
    await online(hub, "pi-2");
    expect(hellos(hub, "pi-1")).toHaveLength(2);
  });

  it("move to the hub's new address in a new process", async () => {
    const { hub, simulated, at, openHub, device } = await open();
    await simulated.follow([device("pi-1")]);
    await online(hub, "pi-1");
    const moved = await openHub(hub.authority);
    at.url = moved.url;
    await simulated.follow([device("pi-1")]);
    await online(moved, "pi-1");
    await hub.until(() => !hub.connected("pi-1"), "the old connection is gone");
  });

  it("all end when none is wanted", async () => {
    const { hub, simulated, store, device } = await open();
    await simulated.follow([device("pi-1")]);
    await online(hub, "pi-1");
    const processId = await runTask(hub, "pi-1", "task.1");
    await simulated.follow([]);
    expect(simulated.simulation).toBeUndefined();
    expect([lives(processId), store("pi-1")]).toEqual([false, false]);
  });
});
