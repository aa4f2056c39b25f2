import {
  askAgent,
  configureAgent,
  connectNode,
  disconnectNode,
  drainNode,
  everyPage,
  getNode,
  heartbeatNode,
  listNodes,
  type NodeRecord,
  nodeChanged,
  nodeSampled,
  registerNode,
  removeNode,
} from "@fogline/contracts";
import { ok } from "@fogline/findings";
import { handle, serve } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import type { OrchestratorSchema } from "../schema.ts";
import { declaration, type Hub, hello, openHub, state, unwrap } from "../testing/hub.ts";

const hubs: Hub[] = [];
const open = async (...options: Parameters<typeof openHub>) => {
  const hub = await openHub(...options);
  hubs.push(hub);
  return hub;
};
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

const register = async ({ client }: Hub, id: string, more = {}) => unwrap(await client.call(registerNode, declaration(id, more)));
const join = async (hub: Hub, id: string, more: Parameters<typeof hello>[1] = {}) => {
  await register(hub, id);
  unwrap(await hub.client.call(connectNode, hello(id, more)));
};
const lose = (hub: Hub, id: string, connectionId = "c1") =>
  hub.client.call(disconnectNode, { id, connectionId, reason: "it did not answer 2 pings" });
const statusOf = async ({ client }: Hub, id: string) => {
  const { status, reason } = unwrap(await client.call(getNode, { id }));
  return { status, reason };
};

/** Answers for the agent of `peer` whether it reaches others. */
const answersProbes = (hub: Hub, peer: string, alive: boolean) =>
  serve(hub.bus, [handle(askAgent, async () => ok({ body: { alive, bootId: null, message: "" } }))], { ...hub, source: "test", address: peer });

describe("declaring a node", () => {
  it("makes a node that was never seen, and changes it when the declaration changes", async () => {
    const hub = await open();
    const first = unwrap(await hub.client.call(registerNode, declaration("pi-1")));
    expect(first.node).toMatchObject({ id: "pi-1", status: "never-seen", version: 1 });
    const again = unwrap(await hub.client.call(registerNode, declaration("pi-1", { ring: "canary" })));
    expect(again).toMatchObject({ node: { ring: "canary", version: 2 } });
    expect((await hub.client.call(connectNode, hello("pi-1"))).ok).toBe(true);
  });

  it("changes nothing when it says what is known", async () => {
    const hub = await open();
    await register(hub, "pi-1");
    expect(unwrap(await hub.client.call(registerNode, declaration("pi-1"))).node.version).toBe(1);
  });

  it("comes before its device: one that was removed, or never declared, does not connect", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    expect(unwrap(await hub.client.call(removeNode, { id: "pi-1" }))).toEqual({ removed: true });
    for (const id of ["pi-1", "pi-2"]) expect(await hub.client.call(connectNode, hello(id))).toMatchObject({ failure: { error: "notFound" } });
  });
});

describe("a lost connection", () => {
  it("makes a node suspect at once, and offline after the confirmation time when nobody of its site can be asked", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "online", reason: "it connected for the first time" });
    await lose(hub, "pi-1");
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "suspect", reason: "its connection was lost: it did not answer 2 pings" });
    await hub.pass(3_500);
    expect((await statusOf(hub, "pi-1")).status).toBe("suspect");
    await hub.pass(1_000);
    expect(await statusOf(hub, "pi-1")).toEqual({
      status: "offline",
      reason: "it did not come back within 4 s: no peer of its site could be asked",
    });
  });

  it("is confirmed by the peers of its site that cannot reach it", async () => {
    const hub = await open();
    await join(hub, "pi-1", { probeAddress: "10.0.0.1:7000" });
    await join(hub, "pi-2");
    await answersProbes(hub, "pi-2", false);
    await lose(hub, "pi-1");
    await hub.pass(4_500);
    expect(await statusOf(hub, "pi-1")).toEqual({
      status: "offline",
      reason: 'it did not come back within 4 s: "pi-2" of its site cannot reach it',
    });
  });

  it("leaves a node suspect that a peer reaches, until it missed its heartbeats", async () => {
    const hub = await open();
    await join(hub, "pi-1", { probeAddress: "10.0.0.1:7000" });
    await join(hub, "pi-2");
    await answersProbes(hub, "pi-2", true);
    await lose(hub, "pi-1");
    await hub.pass(4_500);
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "suspect", reason: 'its connection is lost, but "pi-2" of its site reaches it' });
    await hub.pass(91_000, 1_000);
    expect(await statusOf(hub, "pi-1")).toMatchObject({
      status: "offline",
      reason: expect.stringMatching(/^silent for 9\d s: 3 heartbeats missed$/),
    });
  });

  it("is forgotten when the node connects again in time", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    await lose(hub, "pi-1");
    await hub.pass(2_000);
    unwrap(await hub.client.call(connectNode, hello("pi-1", { connectionId: "c2" })));
    await hub.pass(10_000);
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "online", reason: "it connected again" });
  });

  it("changes nothing when it was an older one", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    unwrap(await hub.client.call(connectNode, hello("pi-1", { connectionId: "c2" })));
    expect(unwrap(await lose(hub, "pi-1", "c1"))).toEqual({ status: "online" });
    await hub.pass(10_000);
    expect((await statusOf(hub, "pi-1")).status).toBe("online");
  });

  it("answers null for a node that is not known", async () => {
    const hub = await open();
    expect(unwrap(await lose(hub, "nobody"))).toEqual({ status: null });
  });
});

describe("heartbeats", () => {
  it("keep a node online, and three that are missed take it offline", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    for (let beat = 0; beat < 4; beat++) {
      await hub.pass(30_000, 1_000);
      expect(unwrap(await hub.client.call(heartbeatNode, { id: "pi-1", state, executions: [] }))).toEqual({ status: "online" });
    }
    await hub.pass(96_000, 1_000);
    expect((await statusOf(hub, "pi-1")).status).toBe("offline");
  });

  it("bring a silent node back while its connection is open", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    await hub.pass(96_000, 1_000);
    unwrap(await hub.client.call(heartbeatNode, { id: "pi-1", state, executions: [] }));
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "online", reason: "it sends heartbeats again" });
  });

  it("are samples to those who watch, and no change of the node", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    const samples: string[] = [];
    const changes: string[] = [];
    await hub.client.on(nodeSampled, async ({ id }) => void samples.push(id));
    await hub.client.on(nodeChanged, async ({ id }) => void changes.push(id));
    await hub.pass(1_000);
    changes.length = 0;
    unwrap(await hub.client.call(heartbeatNode, { id: "pi-1", state: { ...state, temperatureCelsius: 71 }, executions: ["t.1"] }));
    await hub.pass(1_000);
    expect(samples).toEqual(["pi-1"]);
    expect(changes).toEqual([]);
    expect(unwrap(await hub.client.call(getNode, { id: "pi-1" }))).toMatchObject({ state: { temperatureCelsius: 71 }, executions: ["t.1"] });
  });

  it("of another node are refused as if there were no such node", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    await join(hub, "pi-2");
    const principal = { name: "pi-1", role: "node" } as const;
    expect((await hub.client.call(heartbeatNode, { id: "pi-1", state, executions: [] }, { principal })).ok).toBe(true);
    const other = await hub.client.call(heartbeatNode, { id: "pi-2", state, executions: [] }, { principal });
    expect(other).toMatchObject({ ok: false, failure: { code: "FL4004" } });
  });
});

describe("a node that is declared with an interval of its own", () => {
  const fiveMinutesMs = 300_000;
  const joinWith = async (hub: Hub, id: string, more: object) => {
    await register(hub, id, more);
    return unwrap(await hub.client.call(connectNode, hello(id))).settings;
  };
  const beat = (hub: Hub, id: string) => hub.client.call(heartbeatNode, { id, state, executions: [] });

  it("is told it when it connects, and the others what the hub is set to", async () => {
    const hub = await open({ heartbeatMs: 20_000 });
    expect(await joinWith(hub, "sensor", { reportIntervalMs: fiveMinutesMs })).toEqual({ heartbeatMs: fiveMinutesMs, sampleMs: null, tasksMax: 64 });
    expect(await joinWith(hub, "pi-1", {})).toEqual({ heartbeatMs: 20_000, sampleMs: null, tasksMax: 64 });
    expect(unwrap(await hub.client.call(getNode, { id: "sensor" })).reportIntervalMs).toBe(fiveMinutesMs);
  });

  it("is online after three intervals of the hub, and offline after three of its own", async () => {
    const hub = await open();
    await joinWith(hub, "sensor", { reportIntervalMs: fiveMinutesMs });
    await joinWith(hub, "pi-1", {});
    await hub.pass(100_000, 5_000);
    expect([(await statusOf(hub, "sensor")).status, (await statusOf(hub, "pi-1")).status]).toEqual(["online", "offline"]);
    await hub.pass(790_000, 10_000);
    expect((await statusOf(hub, "sensor")).status).toBe("online");
    await hub.pass(20_000, 5_000);
    expect(await statusOf(hub, "sensor")).toMatchObject({
      status: "offline",
      reason: expect.stringMatching(/^silent for 90\d s: 3 heartbeats missed$/),
    });
  });

  it("is suspect at once when its connection is lost, and offline after the confirmation time, as any other", async () => {
    const hub = await open();
    await joinWith(hub, "sensor", { reportIntervalMs: fiveMinutesMs });
    await lose(hub, "sensor");
    expect((await statusOf(hub, "sensor")).status).toBe("suspect");
    await hub.pass(4_500);
    expect((await statusOf(hub, "sensor")).status).toBe("offline");
  });

  it("is told when the interval is declared anew, and measured by the old one until then", async () => {
    const hub = await open();
    await joinWith(hub, "sensor", { reportIntervalMs: fiveMinutesMs });
    await hub.pass(200_000, 5_000);
    await register(hub, "sensor", { reportIntervalMs: 10_000 });
    // Nobody holds its connection where the settings are sent to: it cannot know.
    await hub.pass(40_000, 5_000);
    expect((await statusOf(hub, "sensor")).status).toBe("online");
    const told: number[] = [];
    const take = handle(configureAgent, async ({ settings }) => {
      told.push(settings.heartbeatMs);
      return ok({});
    });
    await serve(hub.bus, [take], { ...hub, source: "test", address: "sensor" });
    await hub.pass(20_000, 2_500);
    expect(told).toEqual([10_000]);
    expect((await statusOf(hub, "sensor")).status).toBe("online");
    await beat(hub, "sensor");
    await hub.pass(25_000, 2_500);
    expect((await statusOf(hub, "sensor")).status).toBe("online");
    await hub.pass(15_000, 2_500);
    expect((await statusOf(hub, "sensor")).status).toBe("offline");
  });

  it("is told it again by a hub that restarted, where its connection survived", async () => {
    const database = openSqlite<OrchestratorSchema>(":memory:");
    const before = await openHub({}, { database });
    await joinWith(before, "sensor", { reportIntervalMs: fiveMinutesMs });
    await before.running.stop();
    const hub = await open({}, { database });
    const told: number[] = [];
    const take = handle(configureAgent, async ({ settings }) => {
      told.push(settings.heartbeatMs);
      return ok({});
    });
    await serve(hub.bus, [take], { ...hub, source: "test", address: "sensor" });
    await hub.pass(120_000, 5_000);
    expect(told).toEqual([fiveMinutesMs]);
    expect((await statusOf(hub, "sensor")).status).toBe("online");
  });
});

describe("draining and listing", () => {
  it("marks a node and takes it back", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    expect(unwrap(await hub.client.call(drainNode, { id: "pi-1" })).draining).toBe(true);
    expect(unwrap(await hub.client.call(drainNode, { id: "pi-1", draining: false })).draining).toBe(false);
    expect(await hub.client.call(drainNode, { id: "nobody" })).toMatchObject({ failure: { code: "FL4004" } });
  });

  it("filters by status and site, sorted by id", async () => {
    const hub = await open();
    await join(hub, "pi-2");
    await join(hub, "pi-1");
    await register(hub, "pi-3", { site: "roof" });
    const ids = async (filter: object) => unwrap(await hub.client.call(listNodes, filter)).nodes.map(({ id }) => id);
    expect(await ids({})).toEqual(["pi-1", "pi-2", "pi-3"]);
    expect(await ids({ status: "online" })).toEqual(["pi-1", "pi-2"]);
    expect(await ids({ site: "roof" })).toEqual(["pi-3"]);
  });

  it("lists page by page, each node once", async () => {
    const hub = await open();
    for (const id of ["pi-1", "pi-2", "pi-3"]) await register(hub, id);
    const asked: (string | undefined)[] = [];
    const nodes = await everyPage(async (after) => {
      asked.push(after);
      const page = unwrap(await hub.client.call(listNodes, { limit: 2, ...(after === undefined ? {} : { after }) }));
      return { items: page.nodes, next: page.next };
    });
    expect(nodes.map(({ id }) => id)).toEqual(["pi-1", "pi-2", "pi-3"]);
    expect(asked).toEqual([undefined, "pi-2"]);
  });

  it("ends a page early for nodes that hold a lot, and takes no more than a record may have", async () => {
    const hub = await open();
    const held = (count: number) => Array.from({ length: count }, (_, index) => `${"x".repeat(50)}.${index}`);
    for (const id of ["pi-1", "pi-2", "pi-3"]) {
      await join(hub, id);
      unwrap(await hub.client.call(heartbeatNode, { id, state, executions: held(2_000) }));
    }
    const { nodes, next } = unwrap(await hub.client.call(listNodes, {}));
    expect([nodes.map(({ id }) => id), next]).toEqual([["pi-1"], "pi-1"]);
    const tooMany = await hub.client.call(heartbeatNode, { id: "pi-1", state, executions: held(2_001) });
    expect(tooMany).toMatchObject({ failure: { error: "refusedRequest" } });
  });
});

describe("the events of a node", () => {
  it("carry growing versions, one for each change of status, and null at the end", async () => {
    const hub = await open();
    const seen: (Pick<NodeRecord, "status" | "version"> | null)[] = [];
    await hub.client.on(nodeChanged, async ({ node }) => void seen.push(node && { status: node.status, version: node.version }));
    await join(hub, "pi-1");
    await lose(hub, "pi-1");
    await hub.pass(4_500);
    await hub.client.call(removeNode, { id: "pi-1" });
    await hub.pass(500);
    expect(seen).toEqual([
      { status: "never-seen", version: 1 },
      { status: "online", version: 2 },
      { status: "suspect", version: 3 },
      { status: "offline", version: 4 },
      null,
    ]);
  });
});

describe("a restart of the hub", () => {
  const restart = async (settings: Record<string, unknown> = {}) => {
    const database = openSqlite<OrchestratorSchema>(":memory:");
    const before = await openHub({}, { database });
    await join(before, "pi-1");
    unwrap(await before.client.call(heartbeatNode, { id: "pi-1", state: { ...state, temperatureCelsius: 66 }, executions: ["t.1"] }));
    await before.running.stop();
    return { hub: await open(settings, { database }) };
  };

  it("makes online nodes suspect and gives them a grace before they are offline", async () => {
    const { hub } = await restart();
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "suspect", reason: "the hub restarted and waits for it to connect again" });
    await hub.pass(19_000, 1_000);
    expect((await statusOf(hub, "pi-1")).status).toBe("suspect");
    await hub.pass(6_000, 1_000);
    expect(await statusOf(hub, "pi-1")).toEqual({
      status: "offline",
      reason: "it did not connect again within 20 s after the hub restarted",
    });
  });

  it("loses neither its nodes nor their last samples", async () => {
    const { hub } = await restart();
    expect(unwrap(await hub.client.call(getNode, { id: "pi-1" }))).toMatchObject({ state: { temperatureCelsius: 66 }, executions: ["t.1"] });
    expect((await hub.client.call(connectNode, hello("pi-1", { connectionId: "c2" }))).ok).toBe(true);
    await hub.pass(25_000, 1_000);
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "online", reason: "it connected again" });
  });

  it("takes a node back whose connection a gateway still holds", async () => {
    const { hub } = await restart();
    await serve(hub.bus, [handle(configureAgent, async () => ok({}))], { ...hub, source: "test", address: "pi-1" });
    await hub.pass(25_000, 1_000);
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "online", reason: "its connection survived the restart of the hub" });
  });
});
