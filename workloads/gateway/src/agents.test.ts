import { connect } from "node:tls";
import { askAgent, assignExecution, cancelExecution, configureAgent, nodeChanged } from "@fogline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { hello, state } from "./testing/agent.ts";
import { postAgents, type TestIdentity } from "./testing/device.ts";
import { type Hub, openHub } from "./testing/hub.ts";

const hubs: Hub[] = [];
const open = async (settings: Record<string, unknown> = {}) => {
  const hub = await openHub(settings);
  hubs.push(hub);
  return hub;
};
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

const join = async (hub: Hub, node: string) => {
  const agent = await hub.agent(node);
  agent.send(hello(node));
  await agent.frame("welcome");
  return agent;
};
const execution = {
  ...{ executionId: "t.1", taskId: "t", attempt: 1, command: ["true"], env: {}, cpuCores: 1, memoryBytes: 1_000 },
  ...{ processesMax: 1, timeoutMs: null, outputBytesMax: 0, restart: "never" as const },
};
const report = (executionId: string) => ({ executionId, taskId: "t", status: "running" as const, atMs: 1 });

describe("an agent", () => {
  it("is welcomed with its settings after its certificate was checked", async () => {
    const hub = await open();
    const agent = await hub.agent("pi-1");
    agent.send(hello("pi-1", { executions: ["t.1"] }));
    const welcome = await agent.frame("welcome");
    expect(welcome).toMatchObject({ settings: { heartbeatMs: 30_000, sampleMs: null, tasksMax: 4 }, acknowledged: 0 });
    expect(hub.asked[0]).toMatchObject({ name: "connect", request: { id: "pi-1", executions: ["t.1"] } });
  });

  it("is refused when its hello names another node, or a protocol that is not known", async () => {
    const hub = await open();
    for (const more of [{ nodeId: "pi-2" }, { protocol: 2 }]) {
      const agent = await hub.agent("pi-1");
      agent.send(hello("pi-1", more));
      expect((await agent.frame("refused")).code).toBe("FL4018");
      expect((await agent.closed).code).toBe(1008);
    }
    expect(hub.count("connect")).toBe(0);
  });

  it("has its heartbeats passed on, and its end told with the connection that ended", async () => {
    const hub = await open();
    const agent = await join(hub, "pi-1");
    agent.send({ type: "heartbeat", state, executions: ["t.1"] });
    await hub.until(() => hub.count("heartbeat") === 1);
    agent.send({ type: "bye", reason: "shutdown" });
    await hub.until(() => hub.count("disconnect") === 1);
    const connected = hub.asked.find(({ name }) => name === "connect")?.request;
    const left = hub.asked.find(({ name }) => name === "disconnect")?.request;
    expect(left).toEqual({ id: "pi-1", connectionId: connected?.connectionId, reason: "it said goodbye: shutdown" });
  });

  it("that is killed is told about at once", async () => {
    const hub = await open();
    const agent = await join(hub, "pi-1");
    agent.socket.terminate();
    await hub.until(() => hub.count("disconnect") === 1);
    expect(hub.asked.at(-1)?.request.reason).toBe("it closed (code 1006)");
  });

  it("that answers no ping is disconnected", async () => {
    const hub = await open({ pingMs: 20 });
    const agent = await hub.agent("pi-1");
    agent.pongs = false;
    agent.send(hello("pi-1"));
    await agent.closed;
    await hub.until(() => hub.count("disconnect") === 1);
    expect(hub.asked.at(-1)?.request.reason).toBe("it did not answer 2 pings");
  });

  it("that connects again replaces its older connection, and stays reachable when that one ends", async () => {
    const hub = await open();
    const first = await join(hub, "pi-1");
    const second = await join(hub, "pi-1");
    expect((await first.closed).code).toBe(4000);
    const answer = await hub.client.call(assignExecution, { node: "pi-1", execution }, { address: "pi-1" });
    expect(answer.ok).toBe(true);
    expect((await second.frame("assign")).execution.executionId).toBe("t.1");
    expect(hub.count("disconnect")).toBe(0);
  });

  it("is closed when its node is removed", async () => {
    const hub = await open();
    const agent = await join(hub, "pi-1");
    await hub.client.publish(nodeChanged, { id: "pi-1", node: null });
    expect((await agent.frame("refused")).code).toBe("FL4002");
    expect((await agent.closed).code).toBe(1008);
  });

  it("is told to come back when the gateway stops, and nobody is told that it is lost", async () => {
    const hub = await open();
    const agent = await join(hub, "pi-1");
    await hub.gateway.stop();
    expect((await agent.closed).code).toBe(1012);
    expect(hub.count("disconnect")).toBe(0);
  });
});

describe("the operations of a node", () => {
  it("reach its agent while it is connected, and nobody before and after", async () => {
    const hub = await open();
    const cancel = () => hub.client.call(cancelExecution, { node: "pi-1", executionId: "t.1", reason: "asked to" }, { address: "pi-1" });
    expect(await cancel()).toMatchObject({ ok: false, failure: { error: "unreachable" } });
    const agent = await join(hub, "pi-1");
    expect((await cancel()).ok).toBe(true);
    expect(await agent.frame("cancel")).toEqual({ type: "cancel", executionId: "t.1", reason: "asked to" });
    agent.socket.terminate();
    await hub.until(() => hub.count("disconnect") === 1);
    expect((await cancel()).ok).toBe(false);
  });

  it("bring its answers back", async () => {
    const hub = await open();
    const agent = await join(hub, "pi-1");
    const question = { kind: "logs", executionId: "t.1", tailBytes: 100 } as const;
    const asking = hub.client.call(askAgent, { node: "pi-1", question }, { address: "pi-1" });
    const ask = await agent.frame("ask");
    expect(ask.question).toEqual(question);
    agent.send({ type: "answer", requestId: ask.requestId, body: { stdout: "hello" } });
    expect(await asking).toEqual({ ok: true, value: { body: { stdout: "hello" } } });
  });

  it("change its settings, but not whether samples are wanted", async () => {
    const hub = await open();
    const agent = await join(hub, "pi-1");
    const settings = { heartbeatMs: 1_000, sampleMs: 5, tasksMax: 1 };
    expect((await hub.client.call(configureAgent, { node: "pi-1", settings }, { address: "pi-1" })).ok).toBe(true);
    expect((await agent.frame("settings")).settings).toEqual({ heartbeatMs: 1_000, sampleMs: null, tasksMax: 1 });
  });
});

describe("reports", () => {
  it("are acknowledged only after their commit, although it failed at first", async () => {
    const hub = await open();
    const agent = await join(hub, "pi-1");
    hub.failures.reports = 2;
    agent.send({ type: "report", sequence: 7, report: report("t.1") });
    agent.send({ type: "report", sequence: 8, report: report("t.2") });
    await hub.until(() => hub.count("report that failed") === 1);
    expect(agent.frames.some(({ type }) => type === "ack")).toBe(false);
    await agent.frame("ack", ({ sequence }) => sequence === 8);
    expect(agent.frames.filter(({ type }) => type === "ack")).toEqual([
      { type: "ack", sequence: 7 },
      { type: "ack", sequence: 8 },
    ]);
    const committed = hub.asked.filter(({ name }) => name === "report").map(({ request }) => request.executionId);
    expect(committed).toEqual(["t.1", "t.2"]);
  });
});

describe("a report that is too large for the bus", () => {
  it("is committed without its output, and does not hold up those behind it", async () => {
    const hub = await open({ frameBytesMax: 1_048_576 });
    const agent = await join(hub, "pi-1");
    const large = { ...report("t.1"), status: "finished" as const, outcome: "exited" as const, exitCode: 0, stdout: "x".repeat(400_000), stderr: "" };
    agent.send({ type: "report", sequence: 1, report: large });
    agent.send({ type: "report", sequence: 2, report: report("t.2") });
    await agent.frame("ack", ({ sequence }) => sequence === 2);
    const committed = hub.asked.filter(({ name }) => name === "report").map(({ request }) => request);
    expect(committed).toMatchObject([
      { executionId: "t.1", exitCode: 0, stdout: "", outputTruncated: true, message: "its output is too large to be passed on" },
      { executionId: "t.2" },
    ]);
  });
});

describe("what is no agent", () => {
  const upgrade = (hub: Hub, path: string, identity: Partial<TestIdentity> = {}) =>
    new Promise<number | undefined>((resolve) => {
      const socket = new WebSocket(`wss://127.0.0.1:${hub.gateway.agentPort}${path}`, { rejectUnauthorized: false, ...identity });
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      socket.on("error", () => resolve(undefined));
    });

  it("is refused before a connection is made", async () => {
    const hub = await open();
    const identity = await hub.identity("pi-1");
    expect(await upgrade(hub, "/agent?node=pi-1")).toBe(401);
    expect(await upgrade(hub, "/agent?node=..%2Fetc", identity)).toBe(400);
    expect(await upgrade(hub, "/agent", identity)).toBe(400);
    expect(await upgrade(hub, "/elsewhere?node=pi-1", identity)).toBe(404);
    expect((await postAgents(hub.gateway.agentPort, "/agent", {})).status).toBe(426);
  });

  it("is refused when too many are connected", async () => {
    const hub = await open({ agentsMax: 1 });
    await join(hub, "pi-1");
    expect(await upgrade(hub, "/agent?node=pi-2", await hub.identity("pi-2"))).toBe(503);
  });

  it("is closed for binary, malformed and too large frames, and the next agent is welcomed", async () => {
    const hub = await open();
    const say = async (message: string | Uint8Array) => {
      const agent = await hub.agent("pi-1");
      agent.socket.send(message);
      return (await agent.closed).code;
    };
    expect(await say(new Uint8Array([1, 2, 3]))).toBe(1007);
    expect(await say("not JSON")).toBe(1007);
    expect(await say(JSON.stringify({ type: "hello", nodeId: 7 }))).toBe(1007);
    expect(await say("x".repeat(300_000))).toBe(1009);
    await join(hub, "pi-1");
  });

  it("that breaks the WebSocket protocol below the frames is closed, and the next agent is welcomed", async () => {
    const hub = await open();
    const head = [
      "GET /agent?node=pi-1 HTTP/1.1",
      "host: x",
      "connection: Upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 13",
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    ].join("\r\n");
    const identity = await hub.identity("pi-1");
    // An unmasked frame, a reserved opcode, and bytes that are no frame at all.
    for (const bytes of [
      [0x81, 0x01, 0x41],
      [0x83, 0x80, 0, 0, 0, 0],
      [0xff, 0xff, 0xff, 0xff],
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect({ host: "127.0.0.1", port: hub.gateway.agentPort, ...identity });
        socket.on("error", () => {});
        socket.on("close", () => resolve());
        socket.once("data", () => socket.write(Buffer.from(bytes)));
        socket.resume();
        socket.write(`${head}\r\n\r\n`);
      });
    }
    await join(hub, "pi-1");
  });
});
