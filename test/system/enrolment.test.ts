import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  addSimulatedDevice,
  listCertificates,
  listEnrolments,
  listNodes,
  type NodeRecord,
  removeSimulatedDevice,
  revokeCertificates,
} from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { freePort } from "./testing/agent.ts";
import { fogline, type Said } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

// A hub as it is started, devices that enrol at it, and what becomes of them.

let repository: Repository;
let hub: HubProcess;
const dataFolder = makeDataFolder();
const deviceFolder = makeDataFolder();
const children: ChildProcess[] = [];

const startHub = (agentPort: number) => startHubProcess({ repository: repository.path, dataFolder, args: ["--agent-port", String(agentPort)] });
const nodeOf = async (id: string): Promise<NodeRecord | undefined> => (await hub.client.call(listNodes, {})).nodes.find((node) => node.id === id);
const becomes = (id: string, fits: (node: NodeRecord) => boolean, what: string) =>
  eventually(`${id} ${what}`, async () => {
    const node = await nodeOf(id);
    return node !== undefined && fits(node) && node;
  });
const online = (id: string) => becomes(id, ({ status }) => status === "online", "is online");
const run = (...args: string[]): Said => fogline(["--data", dataFolder, ...args]);
const serials = async (id: string) => (await hub.client.call(listCertificates, { id })).certificates.map(({ serial }) => serial);

/** `fogline agent` as a person types it on a device. */
const startAgent = (...args: string[]): ChildProcess => {
  const { PATH = "", HOME = "" } = process.env;
  const command = [join(root, "packages/cli/src/main.ts"), "agent", "--data", deviceFolder, ...args];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"], env: { PATH, HOME, FOGLINE_AGENT_RETRY_MS_MAX: "500" } });
  children.push(child);
  child.stdout?.resume();
  return child;
};
const end = async (child: ChildProcess) => {
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  return ended;
};

beforeAll(async () => {
  repository = makeRepository();
  // A slot whose device is not simulated: its hardware is what its agent finds.
  repository.edit("clusters/fleet.yaml", /^devices:\n/m, "devices:\n  bench-board: { site: plant-7, hardware: detected }\n");
  repository.render();
  repository.commit("a slot for a board");
  hub = await startHub(await freePort());
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await hub?.end();
  repository?.remove();
  removeDataFolder(dataFolder);
  removeDataFolder(deviceFolder);
});

describe("a board in hand", () => {
  it("comes online with the command that is printed for it, and without a token from then on", async () => {
    const said = run("device", "enrol", "bench-board");
    expect(said.status).toBe(0);
    const token = /npx fogline agent --token (fle_\S+)/.exec(said.stdout)?.[1] ?? "";
    const first = startAgent("--token", token);
    expect(await online("bench-board")).toMatchObject({ simulated: false });
    expect(await end(first)).toBe(0);
    await becomes("bench-board", ({ status }) => status !== "online", "has left");
    startAgent();
    await online("bench-board");
    expect(run("device", "certificates", "bench-board").stdout).toMatch(/ {2}[0-9a-f]{32} .* valid\n$/);
  });

  it("is out when it is revoked, and in again with a new token", async () => {
    expect(run("device", "revoke", "bench-board").stdout).toContain("bench-board: 1 certificate revoked");
    await becomes("bench-board", ({ status, reason }) => status !== "online" && reason.includes("revoked"), "is out");
    for (const child of children.splice(0)) await end(child);
    const { token } = (run("--json", "device", "enrol", "bench-board").json() as { enrolment: { token: string } }).enrolment;
    startAgent("--token", token);
    await online("bench-board");
    expect(await serials("bench-board")).toHaveLength(2);
  });

  it("that the fleet file does not know gets no token, and the answer says what to do", () => {
    const { status, stderr } = run("device", "enrol", "nowhere");
    expect(status).not.toBe(0);
    expect(stderr).toContain('FL4004  no node "nowhere": declare the device in the fleet file first');
  });
});

describe("a simulated device that is added by hand", () => {
  it("is there through a change of the fleet, and forgotten when it is removed", async () => {
    expect(await hub.client.call(addSimulatedDevice, { id: "extra-1", hardware: "pi-4-4" })).toEqual({ id: "extra-1" });
    expect(await online("extra-1")).toMatchObject({ simulated: true, hardware: "pi-4-4" });
    await expect(hub.client.call(addSimulatedDevice, { id: "extra-1" })).rejects.toMatchObject({ code: "FL4005" });
    await expect(hub.client.call(removeSimulatedDevice, { id: "pi-1" })).rejects.toMatchObject({ code: "FL4004" });
    repository.edit("clusters/fleet.yaml", /^devices:\n/m, "devices:\n  added-sensor: { site: plant-7, hardware: iot-sensor }\n");
    repository.render();
    repository.commit("one more sensor");
    await online("added-sensor");
    expect((await nodeOf("extra-1"))?.status).toBe("online");
    await hub.client.call(removeSimulatedDevice, { id: "extra-1" });
    expect(await nodeOf("extra-1")).toBeUndefined();
    expect(existsSync(join(dataFolder, "simulated", "extra-1.identity.json"))).toBe(false);
  });
});

describe("a restart of the hub", () => {
  it("keeps the identity of every device, makes no token, and lets none in that was revoked", async () => {
    await hub.client.call(revokeCertificates, { id: "pi-2" });
    const ids = ["this-machine", "pi-1", "jetson-1"];
    const before = await Promise.all(ids.map(serials));
    const made = (await hub.client.call(listEnrolments, {})).enrolments.map(({ id }) => id);
    await hub.end();
    hub = await startHub(await freePort());
    for (const id of ids) await online(id);
    expect(await Promise.all(ids.map(serials))).toEqual(before);
    expect((await hub.client.call(listEnrolments, {})).enrolments.map(({ id }) => id)).toEqual(made);
    expect((await nodeOf("pi-2"))?.status).not.toBe("online");
  });

  it("enrols a device anew whose identity was lost or is broken, and has a new CA when the old one is lost", async () => {
    await hub.end();
    writeFileSync(join(dataFolder, "simulated", "pi-1.identity.json"), "broken");
    hub = await startHub(await freePort());
    await online("pi-1");
    const fingerprint = (path: string) => (JSON.parse(readFileSync(path, "utf8")) as { enrolled: { caPem: string } }).enrolled.caPem;
    const path = join(dataFolder, "simulated", "pi-1.identity.json");
    const old = fingerprint(path);
    await hub.end();
    for (const suffix of ["", "-wal", "-shm"]) removeDataFolder(join(dataFolder, `gateway.sqlite${suffix}`));
    hub = await startHub(await freePort());
    await online("pi-1");
    expect(fingerprint(path)).not.toBe(old);
  });
});
