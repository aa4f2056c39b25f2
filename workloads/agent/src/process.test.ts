import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bundleAgent, packagesIn } from "../bundle.ts";
import { executionOf, openTestHub, type TestHub } from "./testing/hub.ts";
import { eventually, processesWith } from "./testing/processes.ts";

// The agent as it ships: one bundled file, in a process of its own.

let built = "";
let packages: readonly string[] = [];
let hub: TestHub;
const folders: string[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "fogline-bundle-"));
  packages = packagesIn(await bundleAgent(built));
  hub = await openTestHub();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(async () => {
  await hub.close();
  for (const folder of [built, ...folders]) await rm(folder, { recursive: true, force: true });
});

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "fogline-agent-process-"));
  folders.push(folder);
  return folder;
};

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; errors: string }>;
}
const launch = (settings: Readonly<Record<string, string>>, ...flags: string[]): Started => {
  const environment = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`FOGLINE_AGENT_${name}`, value]));
  const child = spawn(process.execPath, [join(built, "agent.mjs"), ...flags], {
    stdio: ["pipe", "ignore", "pipe"],
    env: { PATH: process.env.PATH ?? "", ...environment },
  });
  children.push(child);
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return { child, ended: new Promise((resolve) => child.once("close", (code) => resolve({ code, errors }))) };
};
const nodeSettings = (nodeId: string, dataFolder: string) => ({
  ...{ NODE_ID: nodeId, HUB_URL: hub.url, ENROLMENT_TOKEN: hub.token(nodeId), DATA_FOLDER: dataFolder },
  // This machine may be busy with other tests, or full: how that holds executions back is not looked at here.
  CPU_PERCENT_MAX: "100",
  DISK_PERCENT_MAX: "100",
});
const hellos = (nodeId: string, count: number) => hub.until(() => hub.framesOf("hello", nodeId).length === count && hub.connected(nodeId), "hello");
const running = (executionId: string) =>
  hub.until(() => hub.reportsOf(executionId).some(({ status }) => status === "running"), `${executionId} runs`);

describe("the bundled agent", () => {
  it("holds no package but ws and zod", () => {
    expect([...packages].sort()).toEqual(["ws", "zod"]);
  });

  it("enrols with no more than a token, connects, and ends in order when the program that started it lets go of its input", async () => {
    const folder = await newFolder();
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, `${hub.token("piped")}\n`);
    const { child, ended } = launch({ DATA_FOLDER: folder, ENROLMENT_TOKEN_FILE: tokenFile });
    await hellos("piped", 1);
    expect(hub.frames.find(({ nodeId }) => nodeId === "piped")?.certificate).toBe("piped");
    expect(statSync(join(folder, "identity.json")).mode & 0o777).toBe(0o600);
    child.stdin?.end();
    expect((await ended).code).toBe(0);
    await hub.until(() => hub.framesOf("bye", "piped").length === 1, "its goodbye");
    expect(existsSync(join(folder, "agent.lock"))).toBe(false);
  });

  it("as a service outlives its input, answers on its socket, and stops on SIGTERM", async () => {
    const folder = await newFolder();
    const socketPath = join(folder, "agent.sock");
    const { child, ended } = launch({ ...nodeSettings("service", folder), AS_SERVICE: "true", SOCKET_PATH: socketPath });
    child.stdin?.end();
    await hellos("service", 1);
    await eventually(() => existsSync(socketPath), "the socket is there");
    const get = (path: string) =>
      new Promise<string>((resolve, reject) => {
        request({ socketPath, path }, (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += String(chunk);
          });
          response.on("end", () => resolve(text));
        })
          .on("error", reject)
          .end();
      });
    expect(await get("/healthz")).toBe("ok\n");
    hub.send("service", { type: "assign", execution: executionOf("good.1", ["true"]) });
    hub.send("service", { type: "assign", execution: executionOf("bad.1", ["false"]) });
    await Promise.all([hub.finished("good.1"), hub.finished("bad.1")]);
    const metrics = await get("/metrics");
    const figure = (name: string) =>
      Number(
        metrics
          .split("\n")
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length),
      );
    expect(metrics.match(/^fogline_agent_\S+ \S+$/gm)?.every((line) => Number.isFinite(Number(line.split(" ")[1])))).toBe(true);
    const exact = {
      connected: 1,
      connections_total: 1,
      'executions{state="running"}': 0,
      'executions{state="waiting"}': 0,
      executions_completed_total: 1,
      executions_failed_total: 1,
      executions_cancelled_total: 0,
      'executions_held_back{rule="cpu-limit"}': 0,
      battery_saves_total: 0,
    };
    for (const [name, value] of Object.entries(exact)) expect([name, figure(`fogline_agent_${name}`)]).toEqual([name, value]);
    const positive = ["uptime_seconds", "device_uptime_seconds", "hub_last_contact_timestamp_seconds", "heartbeats_total"];
    const sizes = ["memory_available_bytes", "memory_total_bytes", "storage_free_bytes", "storage_total_bytes"];
    for (const name of [...positive, ...sizes]) expect([name, figure(`fogline_agent_${name}`) > 0]).toEqual([name, true]);
    expect(figure("fogline_agent_cpu_utilisation_ratio")).toBeLessThanOrEqual(1);
    for (const name of ["policy_adaptations_total", "thermal_throttles_total"]) expect(figure(`fogline_agent_${name}`)).toBeGreaterThanOrEqual(0);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  it("stopped in order leaves a service to its next process, and reports what may run only once", async () => {
    const folder = await newFolder();
    const [once, service, crashing] = [`stop-${process.pid}.1`, `keep-${process.pid}.1`, `loop-${process.pid}.1`];
    const { child, ended } = launch(nodeSettings("stopped", folder));
    await hellos("stopped", 1);
    hub.send("stopped", { type: "assign", execution: executionOf(once, ["sleep", "600"]) });
    hub.send("stopped", { type: "assign", execution: executionOf(service, ["sleep", "600"], { restart: "always" }) });
    hub.send("stopped", { type: "assign", execution: executionOf(crashing, ["false"], { restart: "on-failure" }) });
    await Promise.all([running(once), running(service), running(crashing)]);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    expect(await hub.finished(once)).toMatchObject({ outcome: "interrupted", message: "the agent was stopped: SIGTERM" });
    launch(nodeSettings("stopped", folder));
    await hellos("stopped", 2);
    expect(hub.framesOf("hello", "stopped").at(-1)?.executions).toEqual([service, crashing]);
    await eventually(() => processesWith(`FOGLINE_EXECUTION_ID=${service}`).length === 1, "the service runs again");
  });

  it("shares its data folder with no other agent", async () => {
    const folder = await newFolder();
    launch(nodeSettings("first", folder));
    await hellos("first", 1);
    const { code, errors } = await launch(nodeSettings("second", folder)).ended;
    expect(code).toBe(1);
    expect(errors).toContain("FL4019");
  });

  it("takes thresholds of power and limits of resources, and refuses thresholds that do not ascend", async () => {
    const { code, errors } = await launch({ BATTERY_LOW_PERCENT: "40", HOT_CELSIUS: "70" }, "--check-config").ended;
    expect(code).toBe(2);
    expect(errors).toContain("FL4015 FOGLINE_AGENT_BATTERY_CONSERVATIVE_PERCENT: must be above batteryLowPercent");
    expect(errors).toContain("FL4015 FOGLINE_AGENT_CRITICAL_CELSIUS: must be above hotCelsius");
    const settings = { NODE_ID: "valid", BATTERY_LOW_PERCENT: "30", HOT_CELSIUS: "60", CPU_PERCENT_MAX: "90", SIMULATED: "true" };
    expect((await launch(settings, "--check-config").ended).code).toBe(0);
  });

  it("prints every problem of its settings, and no secret", async () => {
    const settings = { NODE_ID: "Not Valid", HUB_URL: "ws://hub", ENROLMENT_TOKEN: "top-secret", HEARTBEAT_MS: "NaN", TASK_MAX: "3" };
    const { code, errors } = await launch(settings, "--check-config").ended;
    expect(code).toBe(2);
    for (const name of ["NODE_ID", "HUB_URL", "HEARTBEAT_MS", "TASK_MAX"]) expect(errors).toContain(`FL4015 FOGLINE_AGENT_${name}`);
    expect(errors).not.toContain("top-secret");
    expect((await launch({ NODE_ID: "valid" }, "--check-config").ended).code).toBe(0);
  });

  it("that has neither an identity nor a whole token says which one it needs, and no secret", async () => {
    const folder = await newFolder();
    const without = await launch({ NODE_ID: "nobody", DATA_FOLDER: folder }).ended;
    expect([without.code, without.errors]).toEqual([2, expect.stringContaining("no identity yet, and no enrolment token")]);
    const half = await launch({ ENROLMENT_TOKEN: hub.token("nobody").slice(0, 60), DATA_FOLDER: folder }).ended;
    expect([half.code, half.errors]).toEqual([2, expect.stringContaining("FL4015 the enrolment token is not whole")]);
    const other = await launch({ NODE_ID: "somebody", ENROLMENT_TOKEN: hub.token("nobody"), DATA_FOLDER: folder }).ended;
    expect([other.code, other.errors]).toEqual([2, expect.stringContaining('the enrolment token is of node "nobody", and this shall be "somebody"')]);
    expect(existsSync(join(folder, "agent.lock"))).toBe(false);
  });

  it("that cannot write its data folder says so", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "file"), "");
    const { code, errors } = await launch(nodeSettings("nowhere", join(folder, "file"))).ended;
    expect(code).toBe(1);
    expect(errors).toContain("FL4017");
  });
});

describe("an agent that is killed", () => {
  it("takes everything it started with it, reports it as interrupted when it returns, and starts none of it again", async () => {
    const folder = await newFolder();
    const file = join(folder, "starts");
    const once = `once-${process.pid}.1`;
    const service = `service-${process.pid}.1`;
    const { child, ended } = launch(nodeSettings("killed", folder));
    await hellos("killed", 1);
    const script = (name: string) => `echo ${name} >> ${file}; setsid sleep 600 & sleep 601 & trap '' TERM HUP; while :; do sleep 1; done`;
    hub.send("killed", { type: "assign", execution: executionOf(once, ["sh", "-c", script("once")]) });
    hub.send("killed", { type: "assign", execution: executionOf(service, ["sh", "-c", script("service")], { restart: "always" }) });
    const lines = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").sort() : []);
    await Promise.all([running(once), running(service)]);
    await eventually(() => lines().length === 2, "both have begun");
    await eventually(() => processesWith(`FOGLINE_EXECUTION_ID=${once}`).length >= 3, "its processes are there");

    child.kill("SIGKILL");
    await ended;
    await eventually(() => [once, service].every((id) => processesWith(`FOGLINE_EXECUTION_ID=${id}`).length === 0), "nothing of them is left");

    launch(nodeSettings("killed", folder));
    await hellos("killed", 2);
    expect(hub.framesOf("hello", "killed").at(-1)?.executions).toEqual([service]);
    expect(await hub.finished(once)).toMatchObject({ outcome: "interrupted", exitCode: null });
    hub.send("killed", { type: "assign", execution: executionOf(once, ["sh", "-c", script("once")]) });
    await eventually(() => lines().length >= 3, "the service runs again");
    hub.send("killed", { type: "cancel", executionId: service, reason: "seen" });
    expect(await hub.finished(service)).toMatchObject({ outcome: "cancelled" });
    expect(lines()).toEqual(["once", "service", "service"]);
  });

  it("does not lose a result that the hub had not acknowledged", async () => {
    const folder = await newFolder();
    const id = `kept-${process.pid}.1`;
    const { child, ended } = launch(nodeSettings("keeper", folder));
    await hellos("keeper", 1);
    hub.acknowledging = false;
    hub.send("keeper", { type: "assign", execution: executionOf(id, ["echo", "kept"]) });
    await hub.finished(id);
    child.kill("SIGKILL");
    await ended;
    hub.acknowledging = true;
    const before = hub.reportsOf(id).length;
    launch(nodeSettings("keeper", folder));
    await hellos("keeper", 2);
    const again = await hub.until(() => hub.reportsOf(id)[before], "the result again");
    expect(again).toMatchObject({ status: "finished", outcome: "exited", exitCode: 0, stdout: "kept\n" });
  });
});
