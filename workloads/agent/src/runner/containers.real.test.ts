import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleAgent } from "../../bundle.ts";
import type { PreparedProcess, ProcessEnd, Runner } from "../ports.ts";
import { findRealEngine } from "../testing/engine.ts";
import { executionOf, openTestHub } from "../testing/hub.ts";
import { eventually, processesWith } from "../testing/processes.ts";
import { processRunner } from "./processes.ts";

// Real containers. What is looked for on this machine: a Docker daemon (DOCKER_HOST counts) and a static busybox; nothing is fetched.

const engine = await findRealEngine(process.env);
const image = `fogline-test:${process.pid}`;
const mebibyte = 1024 * 1024;
let folder = "";
let runner: Runner;
let executions = 0;
const newId = (): string => `real-${process.pid}-${++executions}.1`;
const sh = (script: string): string[] => ["/bin/sh", "-c", script];
const docker = (...words: string[]): Promise<string> => {
  if (typeof engine === "string") throw new Error(engine);
  return engine.docker(...words);
};
const containersNamed = (name: string): Promise<string> => docker("ps", "--all", "--quiet", "--filter", `name=${name}`);
const startRunner = (work: string): Promise<Runner> => {
  if (typeof engine === "string") throw new Error(engine);
  const { PATH = "", ...engineEnvironment } = engine.environment;
  return processRunner({ folder: work, environment: { PATH }, engineEnvironment });
};
const start = async (command: string[], changes: Parameters<typeof executionOf>[2] = {}): Promise<PreparedProcess> => {
  const prepared = await runner.prepare(executionOf(newId(), command, { image, ...changes }), "bench-1");
  if (!prepared.ok) throw new Error(prepared.message);
  prepared.process.release();
  return prepared.process;
};
const run = async (...of: Parameters<typeof start>): Promise<ProcessEnd> => (await start(...of)).ended;
const says = (process: PreparedProcess, word: string) => eventually(() => process.tail(1000).includes(word), `it says ${word}`);

describe.skipIf(typeof engine === "string")(`containers of a real Docker daemon${typeof engine === "string" ? ` (skipped: ${engine})` : ""}`, () => {
  beforeAll(async () => {
    if (typeof engine === "string") return;
    folder = await mkdtemp(join(tmpdir(), "fogline-real-"));
    await engine.makeImage(image);
    runner = await startRunner(join(folder, "work"));
  });
  afterAll(async () => {
    if (typeof engine === "string") return;
    await runner.close();
    const left = await containersNamed(`fogline-real-${process.pid}`);
    if (left !== "") await docker("rm", "--force", ...left.split("\n"));
    await docker("rmi", "--force", image);
    await rm(folder, { recursive: true, force: true });
    expect(left).toBe("");
  });

  it("give their output, each stream apart, and their exit code, and are gone then", async () => {
    const process = await start(sh("echo out; echo err >&2; exit 3"));
    expect(await process.ended).toMatchObject({ outcome: "exited", exitCode: 3, stdout: "out\n", stderr: "err\n", outputTruncated: false });
    expect(await containersNamed(process.trace.container?.name ?? "")).toBe("");
  });

  it("see the task's environment and nothing of the agent's or the engine's", async () => {
    const { stdout } = await run(["env"], { env: { A: "b c", DOCKER_HOST: "of the task" } });
    const names = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("=")[0] ?? "");
    expect(stdout).toContain("A=b c\n");
    expect(stdout).toContain("DOCKER_HOST=of the task\n");
    expect(names.sort()).toEqual(["A", "DOCKER_HOST", "FOGLINE_EXECUTION_ID", "FOGLINE_NODE_ID", "FOGLINE_TASK_ID", "HOME", "HOSTNAME", "PATH"]);
  });

  it("have no capabilities, gain no privileges, and see only their own processes", async () => {
    const { stdout } = await run(sh("cat /proc/self/status; ls -d /proc/[0-9]*"));
    expect(stdout).toMatch(/^CapEff:\s+0000000000000000$/m);
    expect(stdout).toMatch(/^CapBnd:\s+0000000000000000$/m);
    expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(stdout.match(/^\/proc\/\d+$/gm)?.length).toBeLessThanOrEqual(3);
  });

  it("end as out of memory when they take more than their limit", async () => {
    const end = await run(["tail", "-c", "200000000", "/dev/zero"], { memoryBytes: 16 * mebibyte });
    expect(end).toMatchObject({ outcome: "out-of-memory", exitCode: null });
  });

  it("cannot make more processes than their limit", async () => {
    const process = await start(sh("i=0; while [ $i -lt 20 ]; do i=$((i+1)); sleep 600 & done; echo all"), { processesMax: 8 });
    expect(await process.ended).toMatchObject({ outcome: "exited", exitCode: 2 });
    expect(process.tail(1000)).toMatch(/can't fork/);
    expect(processesWith(`FOGLINE_EXECUTION_ID=${process.trace.executionId}`)).toEqual([]);
  });

  it("may ask for more cores than the machine has, and for less than a hundredth of one", async () => {
    for (const cpuCores of [512, 0.001]) expect(await run(["id"], { cpuCores })).toMatchObject({ outcome: "exited", exitCode: 0 });
  });

  it("keep their first output up to the limit, and the engine keeps none", async () => {
    const process = await start(sh("head -c 20000000 /dev/zero; echo end; sleep 600"), { outputBytesMax: 1000 });
    await says(process, "end");
    expect(await docker("inspect", "--format", "{{.HostConfig.LogConfig.Type}}", process.trace.container?.name ?? "")).toBe("none");
    process.kill();
    const end = await process.ended;
    expect(end.stdout.length).toBe(1000);
    expect(end).toMatchObject({ outcome: "signalled", outputTruncated: true });
  });

  it("hear the polite signal", async () => {
    const process = await start(sh("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.1; done"));
    await says(process, "ready");
    process.signal("SIGTERM");
    expect(await process.ended).toMatchObject({ outcome: "exited", exitCode: 7, stdout: "ready\nbye\n" });
  });

  it("are gone when their end is known, also when they ignore the polite signal or are stopped", async () => {
    const process = await start(sh("trap '' TERM; echo ready; while :; do sleep 0.1; done"));
    await says(process, "ready");
    process.signal("SIGTERM");
    process.signal("SIGSTOP");
    process.kill();
    await process.ended;
    expect(await containersNamed(process.trace.container?.name ?? "")).toBe("");
    expect(processesWith(`FOGLINE_EXECUTION_ID=${process.trace.executionId}`)).toEqual([]);
  });

  it("stop and continue as a whole", async () => {
    const process = await start(sh("echo ready; sleep 600"));
    await says(process, "ready");
    const paused = () => docker("inspect", "--format", "{{.State.Paused}}", process.trace.container?.name ?? "");
    process.signal("SIGSTOP");
    await expect.poll(paused, { timeout: 10_000 }).toBe("true");
    process.signal("SIGCONT");
    await expect.poll(paused, { timeout: 10_000 }).toBe("false");
    process.kill();
    await process.ended;
  });

  it("could not start, with the reason, when the image, the command or the limit is not possible", async () => {
    // A name that no registry is asked for: port 1 of this machine refuses at once.
    const missing = await run(["id"], { image: "127.0.0.1:1/none:1" });
    expect(missing).toMatchObject({ outcome: "could-not-start", exitCode: null });
    expect(missing.message).toMatch(/^image "127.0.0.1:1\/none:1" is not on this device, and docker could not fetch it: /);
    const noCommand = await run(["no-such-program"]);
    expect(noCommand.outcome).toBe("could-not-start");
    expect(noCommand.message).toMatch(/^docker could not start image .*no-such-program.*not found/);
    const tooSmall = await run(["id"], { memoryBytes: 1000 });
    expect(tooSmall.outcome).toBe("could-not-start");
    expect(tooSmall.message).toMatch(/memory limit/);
  });

  it("left by an earlier process of the same agent are removed at its start, those of others stay", async () => {
    const [mine, other] = [`fogline-real-${process.pid}-mine`, `fogline-real-${process.pid}-other`];
    const work = join(folder, "again");
    await docker("create", "--name", mine, "--label", `fogline.agent=${hostname()}:${work}`, image, "id");
    await docker("create", "--name", other, "--label", `fogline.agent=${hostname()}:${work}-other`, image, "id");
    await (await startRunner(work)).close();
    expect(await containersNamed(mine)).toBe("");
    expect(await containersNamed(other)).not.toBe("");
    await docker("rm", other);
  });

  it("run by the agent as it ships time out, are cancelled, cannot start, and end when it is killed", async () => {
    if (typeof engine === "string") return;
    const hub = await openTestHub();
    const built = join(folder, "bundle");
    await bundleAgent(built);
    const settings = { NODE_ID: "real", HUB_URL: hub.url, CREDENTIAL: "secret", DATA_FOLDER: join(folder, "agent"), PROBE_HOST: "" };
    const agent = spawn(process.execPath, [join(built, "agent.mjs")], {
      stdio: ["pipe", "ignore", "ignore"],
      env: { ...engine.environment, ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`FOGLINE_AGENT_${name}`, value])) },
    });
    await hub.until(() => hub.connected("real") && hub.framesOf("hello", "real").length === 1, "hello");
    const assign = (changes: Parameters<typeof executionOf>[2]): string => {
      const id = newId();
      hub.send("real", { type: "assign", execution: executionOf(id, ["sleep", "600"], { image, ...changes }) });
      return id;
    };
    const up = (id: string) => eventually(() => processesWith(`FOGLINE_EXECUTION_ID=${id}`).length > 0, `${id} runs`);
    const [slow, unwanted, missing, lost] = [
      assign({ timeoutMs: 1500 }),
      assign({}),
      assign({ image: "127.0.0.1:1/none:1", restart: "always" }),
      assign({}),
    ];
    await up(unwanted);
    hub.send("real", { type: "cancel", executionId: unwanted, reason: "not wanted" });
    expect(await hub.finished(slow)).toMatchObject({ outcome: "timed-out", exitCode: null });
    expect(await hub.finished(unwanted)).toMatchObject({ outcome: "cancelled", message: "not wanted" });
    expect(await hub.finished(missing)).toMatchObject({ outcome: "could-not-start", message: expect.stringContaining("is not on this device") });
    for (const id of [slow, unwanted, missing]) expect(await containersNamed(`fogline-${id}`)).toBe("");
    await up(lost);
    agent.kill("SIGKILL");
    await expect.poll(() => containersNamed(`fogline-${lost}`), { timeout: 15_000 }).toBe("");
    expect(processesWith(`FOGLINE_EXECUTION_ID=${lost}`)).toEqual([]);
    await hub.close();
  }, 60_000);
});
