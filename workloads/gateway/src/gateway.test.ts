import {
  askAgent,
  assignExecution,
  connectNode,
  disconnectNode,
  failureOf,
  heartbeatNode,
  listNodes,
  nodeChanged,
  reportExecution,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { createClient, handle, serve } from "@fogline/rpc";
import { systemClock, systemRandom } from "@fogline/system";
import { afterEach, describe, expect, it } from "vitest";
import { gatewayConfig, start } from "./index.ts";
import { hello, state, TestAgent } from "./testing/agent.ts";

const clock = systemClock;
const random = systemRandom;
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A gateway between real sockets and services that record what they are asked. */
const openHub = async (settings: Record<string, unknown> = {}) => {
  const bus = inProcessBus({ clock, random });
  const asked: { name: string; request: unknown }[] = [];
  const record = (name: string, request: unknown) => void asked.push({ name, request });
  const failures = { reports: 0 };
  const services = await serve(
    bus,
    [
      handle(connectNode, async (request) => {
        record("connect", request);
        if (request.credential !== `secret-of-${request.id}`) return fail(failureOf(connectNode, "credentialRefused", { id: request.id }));
        return ok({ settings: { heartbeatMs: 30_000, sampleMs: null, tasksMax: 4 } });
      }),
      handle(disconnectNode, async (request) => {
        record("disconnect", request);
        return ok({ status: "suspect" as const });
      }),
      handle(heartbeatNode, async (request) => {
        record("heartbeat", request);
        return ok({ status: "online" as const });
      }),
      handle(listNodes, async () => ok({ nodes: [] })),
      handle(reportExecution, async (request) => {
        if (failures.reports > 0) {
          failures.reports -= 1;
          throw new Error("the database is away");
        }
        record("report", request);
        return ok({});
      }),
    ],
    { clock, random, source: "test" },
  );
  const config = gatewayConfig.parse({ httpPort: 0, agentPort: 0, logLevel: "silent", ...settings });
  const identities = { verify: async (token: string) => (token === "admin-token" ? ({ name: "ada", role: "admin" } as const) : undefined) };
  const gateway = await start(config, { bus, clock, random, identities });
  stops.push(
    () => services.stop(),
    () => gateway.stop(),
  );
  const client = createClient(bus, { clock, random, source: "test" });
  const agent = (node: string, credential = `secret-of-${node}`) => new TestAgent(gateway.agentPort, node, credential);
  const until = async (fits: () => boolean) => {
    while (!fits()) await clock.sleep(5);
  };
  return { bus, gateway, client, asked, failures, agent, until };
};

const connected = async (hub: Awaited<ReturnType<typeof openHub>>, node: string) => {
  const agent = await hub.agent(node).opened();
  agent.send(hello(node));
  await agent.frame("welcome");
  return agent;
};

describe("the connection of an agent", () => {
  it("is welcomed with its settings after its credential was checked", async () => {
    const hub = await openHub();
    const agent = await hub.agent("pi-1").opened();
    agent.send(hello("pi-1"));
    const welcome = await agent.frame("welcome");
    expect(welcome.settings).toEqual({ heartbeatMs: 30_000, sampleMs: null, tasksMax: 4 });
    expect(welcome.acknowledged).toBe(0);
  });

  it("is refused with FL4002 and code 1008 when the credential is another node's", async () => {
    const hub = await openHub();
    const agent = await hub.agent("pi-1", "secret-of-pi-2").opened();
    agent.send(hello("pi-1"));
    expect((await agent.frame("refused")).code).toBe("FL4002");
    expect((await agent.closed).code).toBe(1008);
  });

  it("passes heartbeats on", async () => {
    const hub = await openHub();
    const agent = await connected(hub, "pi-1");
    agent.send({ type: "heartbeat", state, executions: ["t.1"] });
    await hub.until(() => hub.asked.some(({ name }) => name === "heartbeat"));
    expect(hub.asked.find(({ name }) => name === "heartbeat")?.request).toMatchObject({ id: "pi-1", executions: ["t.1"] });
  });

  it("carries assignments to the agent and its answers back", async () => {
    const hub = await openHub();
    const agent = await connected(hub, "pi-1");
    const execution = {
      executionId: "t.1",
      taskId: "t",
      attempt: 1,
      command: ["true"],
      env: {},
      cpuCores: 1,
      memoryBytes: 1_000,
      processesMax: 1,
      timeoutMs: null,
      outputBytesMax: 0,
      restart: "never" as const,
    };
    expect((await hub.client.call(assignExecution, { node: "pi-1", execution }, { address: "pi-1" })).ok).toBe(true);
    expect((await agent.frame("assign")).execution).toEqual(execution);
    const asking = hub.client.call(askAgent, { node: "pi-1", question: { kind: "logs", executionId: "t.1", tailBytes: 100 } }, { address: "pi-1" });
    const { requestId } = await agent.frame("ask");
    agent.send({ type: "answer", requestId, body: { stdout: "hello" } });
    expect(await asking).toEqual({ ok: true, value: { body: { stdout: "hello" } } });
  });
});
