import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { getTask, listAuditRecords, listCertificates, listNodes, type NodeRecord, revokeCertificates, setSimulatedDevice } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type AgentProcess, freePort, startAgentService } from "./testing/agent.ts";
import { fogline, type Said } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { processRuns } from "./testing/process-runs.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

// Remote hands on a real agent process, through a real hub process.

let repository: Repository;
let hub: HubProcess;
let agentPort: number;
let board: AgentProcess;
const dataFolder = makeDataFolder();
const deviceFolder = makeDataFolder();
const children: ChildProcess[] = [];

const run = (...args: string[]): Said => fogline(["--data", dataFolder, ...args]);
const nodeOf = async (id: string): Promise<NodeRecord | undefined> => (await hub.client.call(listNodes, {})).nodes.find((node) => node.id === id);
const becomes = (id: string, status: NodeRecord["status"]) => eventually(`${id} is ${status}`, async () => (await nodeOf(id))?.status === status);
/** Its site may still reach it: then it is no more than suspected of being gone. */
const isOut = (id: string) => eventually(`${id} is out`, async () => (await nodeOf(id))?.status !== "online");
const audited = async (operation: string) => (await hub.client.call(listAuditRecords, { operation })).entries;

/** `fogline` beside the test, as somebody at a keyboard has it. */
const beside = (...args: string[]) => {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [join(root, "packages/cli/src/main.ts"), "--data", dataFolder, ...args], { env: { PATH, HOME } });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  return { child, said: () => said, ended: new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code))) };
};

const startBoard = (environment: Readonly<Record<string, string>> = {}) =>
  startAgentService({
    ...{ nodeId: "bench-board", client: hub.client, agentPort, dataFolder: deviceFolder },
    environment: { FOGLINE_AGENT_REMOTE_SHELL: "always", ...environment },
  });

beforeAll(async () => {
  repository = makeRepository();
  repository.edit("clusters/fleet.yaml", /^devices:\n/m, "devices:\n  bench-board: { site: plant-7, hardware: detected }\n");
  repository.render();
  repository.commit("a slot for a board");
  agentPort = await freePort();
  hub = await startHubProcess({ repository: repository.path, dataFolder, args: ["--agent-port", String(agentPort)] });
  board = await startBoard();
  await becomes("bench-board", "online");
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await board?.end("SIGKILL");
  await hub?.end();
  repository?.remove();
  removeDataFolder(dataFolder);
  removeDataFolder(deviceFolder);
});

describe("a command on a device", () => {
  it("answers with its output, both streams apart, and with its exit code", () => {
    const said = run("device", "shell", "bench-board", "--", "sh", "-c", "echo out; echo error >&2; exit 7");
    expect(said).toMatchObject({ status: 7, stdout: "out\n", stderr: "error\n" });
  });

  it("gets what is piped into it, all of it and in order", async () => {
    const bytes = Buffer.alloc(3_000_000, "0123456789abcdef\n");
    const shell = beside("device", "shell", "bench-board", "--", "sha256sum");
    shell.child.stdin?.end(bytes);
    expect(await shell.ended).toBe(0);
    expect(shell.said()).toContain(createHash("sha256").update(bytes).digest("hex"));
  });

  it("is in the audit with who, what and how it ended, and recorded in a file whose digest the audit has", async () => {
    run("device", "shell", "bench-board", "--", "echo", "for the record");
    const [end] = await audited("shell.end");
    expect(end).toMatchObject({ principal: "admin", target: "bench-board", outcome: "done" });
    const detail = JSON.parse(end?.detail ?? "") as Record<string, unknown>;
    expect(detail).toMatchObject({ exitCode: 0, outputBytes: 15, inputBytes: 0, reason: "it exited" });
    const opened = (await audited("shell.open")).map(({ detail, outcome }) => ({ outcome, ...(JSON.parse(detail ?? "") as object) }));
    expect(opened).toContainEqual({ outcome: "done", session: detail.session, command: ["echo", "for the record"] });
    const file = readFileSync(join(dataFolder, "transcripts", String(detail.transcript)));
    expect(createHash("sha256").update(file).digest("hex")).toBe(detail.transcriptSha256);
    const [header, ...events] = file
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(header).toMatchObject({ version: 2, title: "bench-board: echo for the record (admin)" });
    expect(events.map((event) => (event as unknown[]).slice(1))).toEqual([["o", "for the record\n"]]);
    expect(run("audit", "verify").status).toBe(0);
  });

  it("is refused for a device that is not connected, and for one that is not real, with a reason", () => {
    expect(run("device", "shell", "nowhere", "--", "true").stderr).toContain("FL4009  nowhere is not connected");
    expect(run("device", "shell", "pi-1", "--", "true").stderr).toContain("FL4150  the agent of pi-1");
  });
});

describe("why a device is away", () => {
  it("is told with what speaks for it and what to do, and ends with 1", async () => {
    expect(run("device", "why", "bench-board")).toMatchObject({ status: 0, stdout: expect.stringContaining("bench-board is online for") });
    await board.end("SIGTERM");
    await becomes("bench-board", "offline");
    const said = run("device", "why", "bench-board");
    expect(said.status).toBe(1);
    expect(said.stdout).toMatch(/^bench-board left in good order\n {2}because {2}it said goodbye \d+s ago: SIGTERM\n/);
    board = await startBoard();
    await becomes("bench-board", "online");
    await hub.client.call(setSimulatedDevice, { id: "pi-2", frozen: true });
    await becomes("pi-2", "offline");
    expect(run("device", "why", "pi-2").stdout).toContain("pi-2 alone is gone");
    await hub.client.call(setSimulatedDevice, { id: "pi-1", linkUp: false });
    await eventually("pi-1 is known to live", () => run("device", "why", "pi-1").stdout.startsWith("pi-1 lives, and does not reach the hub\n"));
    await hub.client.call(revokeCertificates, { id: "pi-3" });
    await isOut("pi-3");
    expect(run("device", "why", "pi-3").stdout).toMatch(/^pi-3 was locked out\n {2}because {2}its certificate was revoked at /);
  });
});

describe("a shell on a device", () => {
  it("has a terminal of the size that the person's has", async () => {
    const shell = beside("device", "shell", "bench-board", "--terminal");
    await eventually("a prompt", () => shell.said().includes("$") || shell.said().includes("#"));
    shell.child.stdin?.write("test -t 0 && stty size && exit 3\n");
    expect(await shell.ended).toBe(3);
    expect(shell.said()).toContain("24 80");
  });

  it("ends what runs in it when the person leaves", async () => {
    const shell = beside("device", "shell", "bench-board", "--", "sh", "-c", "echo $$; exec sleep 86400");
    const id = await eventually("its process id", () => /^(\d+)$/m.exec(shell.said())?.[1]);
    shell.child.kill("SIGKILL");
    await eventually("the process is gone", () => !processRuns(Number(id)));
  });
});

describe("a support bundle", () => {
  it("has the agent's part and the machine's, without secrets, and says what is missing", async () => {
    const file = join(dataFolder, "bundle.tar.gz");
    const said = run("device", "support-bundle", "bench-board", "--output", file);
    expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining(file) });
    const unpacked = makeDataFolder();
    try {
      execFileSync("tar", ["xzf", file, "-C", unpacked]);
      const text = (path: string) => readFileSync(join(unpacked, "bench-board", path), "utf8");
      const manifest = JSON.parse(text("manifest.json")) as { files: { path: string; bytes: number }[]; missing: { path: string; why: string }[] };
      const paths = manifest.files.map(({ path }) => path);
      expect(paths).toEqual(
        expect.arrayContaining(["agent/status.json", "agent/log.txt", "agent/config.json", "system/memory.txt", "system/disk.txt"]),
      );
      for (const { path, bytes } of manifest.files) expect(statSync(join(unpacked, "bench-board", path)).size, path).toBe(bytes);
      expect(manifest.missing.find(({ path }) => path === "k3s/version.txt")?.why).toBe("there is no k3s here");
      expect(JSON.parse(text("agent/config.json"))).toMatchObject({ nodeId: "bench-board", remoteShell: "always" });
      expect(text("agent/log.txt")).toContain("connected to the hub");
      expect(text("agent/config.json")).not.toContain('enrolmentToken"');
    } finally {
      removeDataFolder(unpacked);
    }
    expect((await audited("bundle.end"))[0]).toMatchObject({ target: "bench-board", outcome: "done" });
  });
});

describe("a reboot", () => {
  it("is refused while something runs that may not be started again, and drains nothing for good", async () => {
    const { task } = run("--json", "task", "run", "--on", "bench-board", "--once", "--detach", "--", "sleep", "600").json() as {
      task: { id: string };
    };
    await eventually("the task runs", async () => (await hub.client.call(getTask, { id: task.id })).status === "running");
    const said = run("device", "reboot", "bench-board");
    expect(said).toMatchObject({ status: 1, stdout: expect.stringContaining("bench-board  FL4154  bench-board is busy: it runs") });
    expect((await nodeOf("bench-board"))?.draining).toBe(false);
    run("task", "cancel", task.id);
    await eventually("nothing runs there", async () => (await nodeOf("bench-board"))?.executions.length === 0);
  });

  it("waits until the device is back with another boot id, and takes it back into service", async () => {
    await board.end("SIGTERM");
    const asked = join(deviceFolder, "reboot-asked");
    board = await startBoard({ FOGLINE_AGENT_REBOOT_COMMAND: `touch ${asked}` });
    await becomes("bench-board", "online");
    const reboot = beside("device", "reboot", "bench-board");
    await eventually("the machine is told to restart", () => existsSync(asked));
    expect((await nodeOf("bench-board"))?.draining).toBe(true);
    await board.end("SIGTERM");
    expect(run("device", "why", "bench-board").stdout).toContain("bench-board restarts");
    board = await startBoard();
    expect(await reboot.ended).toBe(0);
    // A machine of a test goes on running: that is told apart.
    expect(reboot.said()).toMatch(/^bench-board restarts\nbench-board is back after \d+s, but only its agent restarted/);
    expect((await nodeOf("bench-board"))?.draining).toBe(false);
  });
});

describe("another key", () => {
  const certificates = async () => (await hub.client.call(listCertificates, { id: "bench-board" })).certificates;

  it("is made now, and what was before is revoked once the new one was used", async () => {
    const [before] = await certificates();
    expect(run("device", "rotate", "bench-board")).toMatchObject({ status: 0, stdout: expect.stringContaining("bench-board  asked") });
    const [after] = await eventually("the old one is revoked", async () => {
      const all = await certificates();
      return all.find(({ serial }) => serial === before?.serial)?.revokedAtMs !== null && all;
    });
    expect(after).toMatchObject({ revokedAtMs: null });
    expect(after?.serial).not.toBe(before?.serial);
    await becomes("bench-board", "online");
  });

  it("is made by a device that was away when it comes back", async () => {
    await board.end("SIGTERM");
    await becomes("bench-board", "offline");
    const [before] = await certificates();
    expect(run("device", "rotate", "bench-b*").stdout).toContain("bench-board  waiting");
    board = await startBoard();
    await eventually(
      "the old one is revoked",
      async () => (await certificates()).find(({ serial }) => serial === before?.serial)?.revokedAtMs !== null,
    );
    await becomes("bench-board", "online");
  });
});

describe("a device that leaves", () => {
  it("is out with its open shell and its token, is told what is left to do, and stays out however often it is asked", async () => {
    const token = (run("--json", "device", "enrol", "bench-board").json() as { enrolment: { token: string } }).enrolment.token;
    expect(token).toMatch(/^fle_/);
    const shell = beside("device", "shell", "bench-board", "--", "sh", "-c", "echo $$; exec sleep 86400");
    const id = await eventually("its process id", () => /^(\d+)$/m.exec(shell.said())?.[1]);
    const said = run("--repo", repository.path, "device", "decommission", "bench-board");
    expect(said.stdout).toMatch(
      /^bench-board is out: 1 certificate and 1 enrolment token revoked; its connection and open shells end within 5 s\n {2}nothing is placed/,
    );
    expect(said.stdout).toContain("next  fogline device decommission bench-board --from-fleet");
    expect(await shell.ended).toBe(3);
    await eventually("what ran in the shell is gone", () => !processRuns(Number(id)));
    await isOut("bench-board");
    expect(await nodeOf("bench-board")).toMatchObject({ draining: true });
    expect(run("device", "decommission", "bench-board").stdout).toMatch(/^bench-board was out already\n/);
    expect(run("device", "why", "bench-board").stdout).toMatch(/^bench-board was locked out\n/);
  });

  it("is replaced by a board that comes with the new token, and takes its place", async () => {
    await board.end("SIGKILL");
    removeDataFolder(join(deviceFolder, "bench-board"));
    const replaced = run("--json", "--repo", repository.path, "device", "replace", "bench-board").json() as {
      replaced: { token: string };
      next: { command: string }[];
    };
    expect(replaced.next.map(({ command }) => command)).toContain("fogline bootstrap bench-board");
    board = await startBoard({ FOGLINE_AGENT_ENROLMENT_TOKEN: replaced.replaced.token });
    await becomes("bench-board", "online");
    expect(await nodeOf("bench-board")).toMatchObject({ draining: false });
    expect(run("device", "shell", "bench-board", "--", "true").status).toBe(0);
  });

  it("is taken out of the fleet file, where that is asked for", () => {
    const said = fogline(["--data", dataFolder, "--repo", repository.path, "device", "decommission", "bench-board", "--from-fleet"]);
    expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining("clusters/fleet.yaml has it no more") });
    expect(readFileSync(join(repository.path, "clusters/fleet.yaml"), "utf8")).not.toContain("bench-board");
  });
});
