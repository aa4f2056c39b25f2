import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type HubClient, hubClient } from "@fogline/cli";
import { listAuditRecords, listNodes, verifyAudit } from "@fogline/contracts";
import { hasNats, natsNote } from "@fogline/nats/private-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type AgentProcess, freePort, startAgentService } from "./testing/agent.ts";
import { eventually } from "./testing/eventually.ts";
import { makeDataFolder, removeDataFolder } from "./testing/hub.ts";
import { type HubProcesses, hasPostgres, startHubProcesses } from "./testing/hub-processes.ts";
import { processRuns } from "./testing/process-runs.ts";

const title = hasPostgres ? "" : " (skipped: no PostgreSQL; install the package postgresql)";

describe.skipIf(!hasNats || !hasPostgres)(`a session through two gateways, the person at one and the device at the other${natsNote}${title}`, () => {
  let fog: HubProcesses;
  let device: AgentProcess;
  let near: { readonly url: string; readonly client: HubClient };
  const deviceFolder = makeDataFolder();
  /** Each gateway has a folder of its own, as on another machine. */
  const [farTranscripts, nearTranscripts] = [makeDataFolder(), makeDataFolder()];

  /** `fogline` at the gateway that does not have the device. */
  const shell = (command: readonly string[], input = Buffer.alloc(0)) => {
    const { PATH = "", HOME = "" } = process.env;
    const args = [join(root, "packages/cli/src/main.ts"), "--url", near.url, "device", "shell", "pi-1", "--", ...command];
    const child = spawn(process.execPath, args, { env: { PATH, HOME, FOGLINE_TOKEN: fog.token } });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, stdout, stderr })),
    );
    return { ended, said: () => stdout };
  };
  const online = () =>
    eventually("pi-1 is online", async () =>
      (await near.client.call(listNodes, { status: "online" }).catch(() => ({ nodes: [] }))).nodes.some(({ id }) => id === "pi-1"),
    );

  beforeAll(async () => {
    fog = await startHubProcesses({ settings: { gateway: { TRANSCRIPTS_FOLDER: farTranscripts } } });
    const [httpPort, agentPort] = [await freePort(), await freePort()];
    await fog.addReplica("gateway", { HTTP_PORT: String(httpPort), AGENT_PORT: String(agentPort), TRANSCRIPTS_FOLDER: nearTranscripts });
    const url = `http://127.0.0.1:${httpPort}`;
    near = { url, client: hubClient({ url, token: fog.token }) };
    device = await startAgentService({
      ...{ nodeId: "pi-1", client: fog.client, agentPort: fog.agentPort, dataFolder: deviceFolder },
      environment: { FOGLINE_AGENT_REMOTE_SHELL: "always" },
    });
    await online();
  }, 120_000);
  afterAll(async () => {
    await device?.end();
    await fog?.end();
    for (const folder of [deviceFolder, farTranscripts, nearTranscripts]) removeDataFolder(folder);
  });

  it("answers with its output, both streams apart, and with its exit code", async () => {
    const said = await shell(["sh", "-c", "echo out; echo error >&2; exit 7"]).ended;
    expect(said).toEqual({ code: 7, stdout: "out\n", stderr: "error\n" });
  });

  it("carries what is piped in and what comes out, all of it and in order", async () => {
    const bytes = Buffer.alloc(2_000_000, "0123456789abcdef\n");
    const { code, stdout } = await shell(["sh", "-c", "tee /dev/stderr | sha256sum"], bytes).ended;
    expect([code, stdout]).toEqual([0, `${createHash("sha256").update(bytes).digest("hex")}  -\n`]);
  });

  it("is recorded where the person is, and in the audit that both gateways write", async () => {
    const { entries } = await fog.client.call(listAuditRecords, { operation: "shell.end" });
    expect(entries).toHaveLength(2);
    const detail = JSON.parse(entries[1]?.detail ?? "{}") as { exitCode: number; transcript: string; transcriptSha256: string };
    expect(detail.exitCode).toBe(7);
    expect(
      createHash("sha256")
        .update(readFileSync(join(nearTranscripts, detail.transcript)))
        .digest("hex"),
    ).toBe(detail.transcriptSha256);
    expect(readdirSync(farTranscripts)).toEqual([]);
    expect(await near.client.call(verifyAudit, {})).toMatchObject({ broken: null });
  });

  it("ends, and what runs in it too, when the gateway of the device is killed; the next one opens once the device is back", async () => {
    const open = shell(["sh", "-c", "echo $$; exec sleep 86400"]);
    const id = Number(await eventually("its process id", () => /^(\d+)$/m.exec(open.said())?.[1]));
    await fog.restart("gateway");
    expect((await open.ended).code).toBe(3);
    await eventually("what ran in it is gone", () => !processRuns(id));
    await eventually("a session opens again", async () => (await shell(["true"]).ended).code === 0);
  });
});
