import { type ChildProcess, spawn } from "node:child_process";
import { createTask, getTask, listNodes, setSimulatedDevice } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { processesNaming } from "./testing/processes.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

describe("fogline up", () => {
  let repository: Repository;
  let hub: HubProcess;

  beforeAll(async () => {
    repository = makeRepository();
    hub = await startHubProcess({ repository: repository.path });
  }, 90_000);
  afterAll(async () => {
    await hub?.end();
    removeDataFolder(hub?.dataFolder);
    repository?.remove();
  });

  it("brings this machine's agent and every device of the fleet online", async () => {
    const { nodes } = await hub.client.call(listNodes, { status: "online" });
    const classes = Map.groupBy(nodes, ({ simulated, capabilities }) => `${simulated ? "simulated" : "real"} ${capabilities?.deviceClass}`);
    const count = (key: string): number => classes.get(key)?.length ?? 0;
    expect(nodes.filter(({ simulated }) => !simulated).map(({ id }) => id)).toEqual(["this-machine"]);
    expect(["jetson", "raspberry-pi", "laptop", "smartphone", "iot"].map((name) => count(`simulated ${name}`))).toEqual([2, 3, 1, 1, 1]);
  });

  it("runs a command on this machine and returns its output", async () => {
    const { id } = await hub.client.call(createTask, { command: ["uname", "-a"], node: "this-machine" });
    const task = await eventually("the task ends", async () => {
      const now = await hub.client.call(getTask, { id });
      return now.result !== null && now;
    });
    expect(task).toMatchObject({ status: "succeeded", node: "this-machine", result: { exitCode: 0 } });
    expect(task.result?.stdout).toMatch(/^Linux /);
  });

  it("takes exactly the frozen device offline, and back when it thaws", async () => {
    await hub.client.call(setSimulatedDevice, { id: "pi-2", frozen: true });
    await eventually("pi-2 is offline", async () => {
      const { nodes } = await hub.client.call(listNodes, { status: "offline" });
      return nodes.some(({ id }) => id === "pi-2");
    });
    const { nodes } = await hub.client.call(listNodes, {});
    expect(nodes.filter(({ status }) => status !== "online").map(({ id }) => id)).toEqual(["pi-2"]);
    await hub.client.call(setSimulatedDevice, { id: "pi-2", frozen: false });
    await eventually("pi-2 is back", async () => (await hub.client.call(listNodes, { status: "online" })).nodes.some(({ id }) => id === "pi-2"));
  });

  it("refuses a second hub on its data folder", async () => {
    await expect(startHubProcess({ repository: repository.path, dataFolder: hub.dataFolder })).rejects.toThrow("FL4019");
  });
});

describe("npm start", () => {
  const endings: readonly { readonly how: string; readonly end: (npm: ChildProcess, hubPid: number) => void }[] = [
    { how: "Ctrl-C, which reaches every process of the terminal", end: (npm) => process.kill(-(npm.pid ?? 0), "SIGINT") },
    { how: "SIGTERM to npm", end: (npm) => npm.kill("SIGTERM") },
    { how: "SIGKILL of npm", end: (npm) => npm.kill("SIGKILL") },
  ];

  it.each(endings)("leaves no process behind after $how", async ({ end }) => {
    const dataFolder = makeDataFolder();
    const args = ["start", "--", "--data", dataFolder, "--port", "0", "--agent-port", "0", "--orchestrator-port", "0"];
    const npm = spawn("npm", args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [npm.stdout, npm.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
      });
    }
    await eventually("the ready line", () => {
      if (npm.exitCode !== null) throw new Error(`npm start ended with ${npm.exitCode}:\n${printed}`);
      return printed.includes("ready in");
    });
    expect(processesNaming(dataFolder).length).toBeGreaterThanOrEqual(3);
    end(npm, npm.pid ?? 0);
    await eventually("every process is gone", () => processesNaming(dataFolder).length === 0);
    removeDataFolder(dataFolder);
  });
});
