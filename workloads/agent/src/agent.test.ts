import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Agent, type AgentPorts, startAgent } from "./agent.ts";
import { AgentConfig } from "./config.ts";
import { hostClock, hostRandom } from "./host/clock.ts";
import { hostSensors } from "./host/sensors.ts";
import { openIdentity } from "./identity/keeper.ts";
import { fileIdentityStore } from "./identity/store.ts";
import { webSocketLink } from "./link.ts";
import { processRunner } from "./runner/processes.ts";
import { sqliteStore } from "./store.ts";
import { executionOf, openTestHub, type TestHub } from "./testing/hub.ts";
import { runs } from "./testing/processes.ts";

const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
const quiet = { info: () => undefined, warn: () => undefined };
const closers: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "fogline-agent-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const newHub = async (): Promise<TestHub> => {
  const hub = await openTestHub();
  closers.push(() => hub.close());
  return hub;
};

const newAgent = async (hub: TestHub, folder: string, changes: Partial<AgentPorts> = {}): Promise<Agent> => {
  // Other tests may keep this machine's CPU busy or fill its disk; what that does to executions is in limits.test.ts.
  const config = AgentConfig.parse({ nodeId: "bench-1", dataFolder: folder, cpuPercentMax: 100, diskPercentMax: 100 });
  const store = fileIdentityStore(join(folder, "identity.json"));
  const identity = openIdentity({ store, token: hub.token("bench-1"), hubUrl: hub.url, clock: hostClock, random: hostRandom, log: quiet });
  closers.push(() => identity.close());
  const agent = await startAgent(config, {
    clock: hostClock,
    random: hostRandom,
    store: sqliteStore(join(folder, "agent.db"), hostClock.now()),
    sensors: hostSensors({ root: "/", arch: process.arch, dataFolder: folder, containers: false }),
    link: webSocketLink({ hubUrl: hub.url, nodeId: "bench-1", identity }),
    runner: await processRunner({ folder: join(folder, "work"), environment }),
    log: quiet,
    ...changes,
  });
  closers.push(() => agent.stop("test over"));
  await hub.until(() => hub.framesOf("heartbeat").length > 0, "the first heartbeat");
  return agent;
};

const assign = (hub: TestHub, ...execution: Parameters<typeof executionOf>) =>
  hub.send("bench-1", { type: "assign", execution: executionOf(...execution) });

describe("an agent and its hub", () => {
  it("says hello with what the device is, then sends a heartbeat, under its own certificate", async () => {
    const hub = await newHub();
    const agent = await newAgent(hub, await newFolder());
    const [hello] = hub.framesOf("hello");
    expect(hello).toMatchObject({ protocol: 1, nodeId: "bench-1", bootId: agent.bootId, simulated: false, executions: [] });
    expect(hello?.capabilities.cpuCores).toBeGreaterThan(0);
    expect(hub.frames[0]?.certificate).toBe("bench-1");
    expect(hub.malformed).toEqual([]);
  });

  it("answers a ping, and sends samples while somebody watches", async () => {
    const hub = await newHub();
    await newAgent(hub, await newFolder());
    hub.send("bench-1", { type: "ping", id: 7 });
    hub.send("bench-1", { type: "settings", settings: { heartbeatMs: 30_000, sampleMs: 50, tasksMax: 8 } });
    await hub.until(() => hub.framesOf("pong")[0]?.id === 7, "the pong");
    await hub.until(() => hub.framesOf("sample").length >= 3, "three samples");
  });

  it("confirms the life of a peer, and denies that of a wrong one", async () => {
    const hub = await newHub();
    const agent = await newAgent(hub, await newFolder());
    const address = hub.framesOf("hello")[0]?.probeAddress ?? "";
    hub.send("bench-1", { type: "ask", requestId: "a", question: { kind: "probe", address, nodeId: "bench-1", timeoutMs: 2000 } });
    hub.send("bench-1", { type: "ask", requestId: "b", question: { kind: "probe", address, nodeId: "other", timeoutMs: 2000 } });
    hub.send("bench-1", { type: "ask", requestId: "c", question: { kind: "probe", address: "127.0.0.1:1", nodeId: "bench-1", timeoutMs: 2000 } });
    await hub.until(() => hub.framesOf("answer").length === 3, "three answers");
    const bodies = new Map(hub.framesOf("answer").map(({ requestId, body }) => [requestId, body]));
    expect(bodies.get("a")).toMatchObject({ alive: true, bootId: agent.bootId });
    expect(bodies.get("b")).toMatchObject({ alive: false });
    expect(bodies.get("c")).toMatchObject({ alive: false });
  });

  it("comes back after the connection was cut, and sends again what was not acknowledged", async () => {
    const hub = await newHub();
    await newAgent(hub, await newFolder());
    hub.acknowledging = false;
    assign(hub, "t1.1", ["true"]);
    const first = await hub.finished("t1.1");
    const before = hub.frames.length;
    hub.acknowledging = true;
    hub.cut("bench-1");
    const again = await hub.until(
      () => hub.frames.slice(before).flatMap(({ frame }) => (frame.type === "report" ? [frame.report] : []))[0],
      "the report again",
    );
    expect(again).toEqual(first);
    await hub.until(() => hub.acknowledged.get("bench-1"), "the acknowledgement");
  });

  it("says goodbye when it stops, after it ended what ran and reported it", async () => {
    const hub = await newHub();
    const agent = await newAgent(hub, await newFolder());
    assign(hub, "t1.1", ["sleep", "600"]);
    await hub.until(() => hub.reportsOf("t1.1").find(({ status }) => status === "running"), "it runs");
    await agent.stop("maintenance");
    const result = await hub.finished("t1.1");
    expect(result).toMatchObject({ outcome: "interrupted", message: "the agent was stopped: maintenance" });
    await hub.until(() => hub.framesOf("bye")[0]?.reason === "maintenance", "goodbye");
  });
});

describe("an execution", () => {
  it("runs as a command with its environment and answers with its output", async () => {
    const hub = await newHub();
    await newAgent(hub, await newFolder());
    assign(hub, "t1.1", ["sh", "-c", 'echo "$GREETING $FOGLINE_TASK_ID $FOGLINE_EXECUTION_ID $FOGLINE_NODE_ID"; echo oops >&2; exit 3'], {
      env: { GREETING: "hello" },
    });
    expect(await hub.finished("t1.1")).toMatchObject({
      taskId: "t1",
      outcome: "exited",
      exitCode: 3,
      stdout: "hello t1 t1.1 bench-1\n",
      stderr: "oops\n",
      outputTruncated: false,
    });
  });

  it("never starts a second time, however often it is assigned", async () => {
    const hub = await newHub();
    const folder = await newFolder();
    await newAgent(hub, folder);
    const file = join(folder, "lines");
    for (let time = 0; time < 3; time += 1) assign(hub, "t1.1", ["sh", "-c", `echo ran >> ${file}`]);
    await hub.finished("t1.1");
    assign(hub, "t1.1", ["sh", "-c", `echo ran >> ${file}`]);
    assign(hub, "t2.1", ["true"]);
    await hub.finished("t2.1");
    expect(await readFile(file, "utf8")).toBe("ran\n");
  });

  it("that cannot start says why", async () => {
    const hub = await newHub();
    await newAgent(hub, await newFolder(), {
      runner: await processRunner({ folder: await newFolder(), environment, containerEngine: null }),
    });
    assign(hub, "t1.1", ["no-such-program"]);
    assign(hub, "t2.1", ["true"], { image: "alpine:3" });
    expect(await hub.finished("t1.1")).toMatchObject({ outcome: "could-not-start", message: 'no executable "no-such-program" on this device' });
    expect((await hub.finished("t2.1")).message).toContain("needs Docker or Podman");
  });

  it("is ended with everything it started when its time is over or it is cancelled, also when it ignores the polite signal", async () => {
    const hub = await newHub();
    await newAgent(hub, await newFolder());
    const stubborn = ["sh", "-c", "trap '' TERM; sleep 601 & echo $!; while :; do sleep 1; done"];
    assign(hub, "t1.1", stubborn, { timeoutMs: 300 });
    assign(hub, "t2.1", stubborn);
    await hub.until(() => hub.reportsOf("t2.1").find(({ status }) => status === "running"), "it runs");
    hub.send("bench-1", { type: "cancel", executionId: "t2.1", reason: "not wanted" });
    const timedOut = await hub.finished("t1.1");
    const cancelled = await hub.finished("t2.1");
    expect(timedOut).toMatchObject({ outcome: "timed-out", exitCode: null, message: "not finished after 300 ms" });
    expect(cancelled).toMatchObject({ outcome: "cancelled", message: "not wanted" });
    for (const { stdout } of [timedOut, cancelled]) {
      expect(runs(Number(stdout))).toBe(false);
    }
  });

  it("waits while as many run as the device may, and can be cancelled then", async () => {
    const hub = await newHub();
    hub.settings = { ...hub.settings, tasksMax: 1 };
    await newAgent(hub, await newFolder());
    assign(hub, "t1.1", ["sleep", "600"]);
    assign(hub, "t2.1", ["true"]);
    assign(hub, "t3.1", ["true"]);
    hub.send("bench-1", { type: "cancel", executionId: "t2.1", reason: "moved" });
    await hub.finished("t2.1");
    expect(hub.reportsOf("t2.1").map(({ status }) => status)).not.toContain("running");
    expect(hub.reportsOf("t3.1").map(({ status }) => status)).toEqual(["accepted"]);
    hub.send("bench-1", { type: "cancel", executionId: "t1.1", reason: "over" });
    expect(await hub.finished("t3.1")).toMatchObject({ outcome: "exited", exitCode: 0 });
  });

  it("that waits starts when another ends, also while the hub is away, and leaves no working folder", async () => {
    const hub = await newHub();
    hub.settings = { ...hub.settings, tasksMax: 1 };
    const folder = await newFolder();
    await newAgent(hub, folder);
    assign(hub, "t1.1", ["sh", "-c", `while [ ! -e ${join(folder, "go")} ]; do sleep 0.05; done`]);
    assign(hub, "t2.1", ["sh", "-c", `echo ran > ${join(folder, "second")}`]);
    await hub.until(() => hub.reportsOf("t1.1").find(({ status }) => status === "running"), "the first runs");
    await hub.until(() => hub.reportsOf("t2.1").length > 0, "the second waits");
    await hub.close();
    await writeFile(join(folder, "go"), "");
    await vi.waitFor(async () => expect(await readFile(join(folder, "second"), "utf8")).toBe("ran\n"), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await readdir(join(folder, "work"))).toEqual([]), { timeout: 10_000 });
    expect(hub.connected("bench-1")).toBe(false);
  });

  it("keeps its result while the disk is full, and stays listed until it is written down", async () => {
    const hub = await newHub();
    const folder = await newFolder();
    const store = sqliteStore(join(folder, "agent.db"), hostClock.now());
    let refusals = 3;
    const full: AgentPorts["store"] = {
      ...store,
      finish: (...result) => {
        if (refusals-- > 0) throw new Error("database or disk is full");
        store.finish(...result);
      },
    };
    const clock = { ...hostClock, sleep: (_ms: number, signal?: AbortSignal) => hostClock.sleep(0, signal) };
    await newAgent(hub, folder, { store: full, clock });
    assign(hub, "t1.1", ["echo", "kept"]);
    expect(await hub.finished("t1.1")).toMatchObject({ outcome: "exited", exitCode: 0, stdout: "kept\n" });
    expect(refusals).toBe(-1);
  });

  it("starts again within itself when its policy says so", async () => {
    const hub = await newHub();
    const folder = await newFolder();
    await newAgent(hub, folder);
    const file = join(folder, "tries");
    assign(hub, "t1.1", ["sh", "-c", `echo try >> ${file}; test "$(wc -l < ${file})" -ge 2`], { restart: "on-failure" });
    expect(await hub.finished("t1.1")).toMatchObject({ outcome: "exited", exitCode: 0 });
    expect(await readFile(file, "utf8")).toBe("try\ntry\n");
  });

  it("shows its last output while it runs and after it", async () => {
    const hub = await newHub();
    await newAgent(hub, await newFolder());
    assign(hub, "t1.1", ["sh", "-c", "echo one; echo two; echo three; exec sleep 600"]);
    const ask = (requestId: string, executionId: string) =>
      hub.send("bench-1", { type: "ask", requestId, question: { kind: "logs", executionId, tailBytes: 6 } });
    const answer = (requestId: string) => hub.framesOf("answer").find((frame) => frame.requestId === requestId)?.body;
    let asked = 0;
    await hub.until(() => {
      const said = answer(`running-${asked}`);
      if (said !== undefined && (said as { text: string }).text === "three\n") return true;
      if (asked === 0 || said !== undefined) ask(`running-${++asked}`, "t1.1");
      return false;
    }, "the last line");
    hub.send("bench-1", { type: "cancel", executionId: "t1.1", reason: "seen" });
    await hub.finished("t1.1");
    ask("after", "t1.1");
    ask("unknown", "t9.1");
    await hub.until(() => answer("unknown"), "both answers");
    expect(answer("after")).toEqual({ found: true, text: "three\n" });
    expect(answer("unknown")).toEqual({ found: false, text: "" });
  });
});
