import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listAuditRecords, listNodes, type NodeRecord } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type AgentProcess, freePort, startAgentService } from "./testing/agent.ts";
import { fogline, type Said } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
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

beforeAll(async () => {
  repository = makeRepository();
  repository.edit("clusters/fleet.yaml", /^devices:\n/m, "devices:\n  bench-board: { site: plant-7, hardware: detected }\n");
  repository.render();
  repository.commit("a slot for a board");
  agentPort = await freePort();
  hub = await startHubProcess({ repository: repository.path, dataFolder, args: ["--agent-port", String(agentPort)] });
  board = await startAgentService({
    ...{ nodeId: "bench-board", client: hub.client, agentPort, dataFolder: deviceFolder },
    environment: { FOGLINE_AGENT_REMOTE_SHELL: "always" },
  });
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
    await eventually("the process is gone", () => !runs(Number(id)));
  });
});

const runs = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
};
