import {
  askAgent,
  connectNode,
  disconnectNode,
  type EdgeMetrics,
  getNode,
  heartbeatNode,
  listNodes,
  nodeHistory,
  nodeLogs,
  nodeSampled,
  registerNode,
  removeNode,
  utilisation,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { handle, serve } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import type { OrchestratorSchema } from "../schema.ts";
import { declaration, type Hub, hello, openHub, startMs, state, unwrap } from "../testing/hub.ts";
import { hourMs, hourOf } from "./utilisation.ts";

const hubs: Hub[] = [];
const open = async (...options: Parameters<typeof openHub>) => {
  const hub = await openHub(...options);
  hubs.push(hub);
  return hub;
};
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

const metrics: EdgeMetrics = {
  agentUptimeMs: 60_000,
  lastSyncAtMs: startMs,
  tasksPerMinute: 0.4,
  decisionLatencyMs: 0.8,
  cacheHitRatio: null,
  cpuPercent: 5,
  memoryPercent: 30,
  storagePercent: 50,
  networkPercent: 1.5,
  activeTasks: 1,
  queuedTasks: 0,
  completedTasks: 12,
  failedTasks: 1,
  pendingReports: 0,
  offline: { outages: 2, totalMs: 90_000, longestMs: 60_000, lastEndedAtMs: startMs - 5_000, tasksFinished: 3 },
};

const join = async ({ client }: Hub, id: string, more: object = { metrics }) => {
  unwrap(await client.call(registerNode, declaration(id)));
  unwrap(await client.call(connectNode, { ...hello(id), ...more }));
};
const lose = ({ client }: Hub, id: string) => client.call(disconnectNode, { id, connectionId: "c1", reason: "it did not answer 2 pings" });

describe("what an agent counts of itself", () => {
  it("is part of its record, from hello, heartbeat and sample, and passed on to who watches", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    const recorded = async () => unwrap(await hub.client.call(getNode, { id: "pi-1" })).metrics;
    expect(await recorded()).toEqual(metrics);
    const watched: (number | undefined)[] = [];
    await hub.client.on(nodeSampled, async (sample) => void watched.push(sample.metrics?.completedTasks));
    unwrap(await hub.client.call(heartbeatNode, { id: "pi-1", state, executions: [], metrics: { ...metrics, completedTasks: 13 } }));
    await hub.pass(500);
    expect((await recorded())?.completedTasks).toBe(13);
    await hub.client.publish(nodeSampled, {
      id: "pi-1",
      state: { ...state, sampledAtMs: 2_000 },
      metrics: { ...metrics, completedTasks: 14 },
    });
    await hub.pass(500);
    expect((await recorded())?.completedTasks).toBe(14);
    expect(watched).toEqual([13, 14]);
    expect(unwrap(await hub.client.call(listNodes, {})).nodes[0]?.metrics?.offline.outages).toBe(2);
  });

  it("survives a restart of the hub, and is null for an agent that is too old to say", async () => {
    const database = openSqlite<OrchestratorSchema>(":memory:");
    const before = await openHub({}, { database });
    await join(before, "pi-1");
    await join(before, "pi-2", {});
    await before.running.stop();
    const hub = await open({}, { database });
    expect(unwrap(await hub.client.call(getNode, { id: "pi-1" })).metrics).toEqual(metrics);
    expect(unwrap(await hub.client.call(getNode, { id: "pi-2" })).metrics).toBeNull();
  });
});

describe("the history of a node's connection", () => {
  it("has every change of status with its reason, and what they add up to", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    await hub.pass(60_000, 30_000);
    await lose(hub, "pi-1");
    await hub.pass(10_000);
    unwrap(await hub.client.call(connectNode, { ...hello("pi-1"), metrics }));
    await hub.pass(30_000, 30_000);
    const history = unwrap(await hub.client.call(nodeHistory, { id: "pi-1" }));
    expect(history.changes.map(({ status, reason }) => [status, reason])).toEqual([
      ["never-seen", "declared; its agent has not connected yet"],
      ["online", "it connected for the first time"],
      ["suspect", "its connection was lost: it did not answer 2 pings"],
      ["offline", "it did not come back within 4 s: no peer of its site could be asked"],
      ["online", "it connected again"],
    ]);
    expect(history).toMatchObject({ sinceMs: startMs, outages: 1, offlineMs: 10_000, longestOutageMs: 10_000, availability: 0.9 });
  });

  it("is gone with the node, and refused for one that nobody knows", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    unwrap(await hub.client.call(removeNode, { id: "pi-1" }));
    expect(await hub.client.call(nodeHistory, { id: "pi-1" })).toMatchObject({ failure: { code: "FL4004", message: 'no node "pi-1"' } });
    unwrap(await hub.client.call(registerNode, declaration("pi-1")));
    expect(unwrap(await hub.client.call(nodeHistory, { id: "pi-1" })).changes).toHaveLength(1);
  });
});

describe("the log of an agent", () => {
  const logOf = async ({ client }: Hub, id: string, more = {}) => unwrap(await client.call(nodeLogs, { id, ...more }));
  const answers = (hub: Hub, id: string, answer: () => Promise<unknown>) =>
    serve(hub.bus, [handle(askAgent, async () => ok({ body: await answer() }))], { ...hub, source: "test", address: id });

  it("is asked of the device, and cut at what was asked for", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    await answers(hub, "pi-1", async () => ({ found: true, text: "one\ntwo ä\n" }));
    expect(await logOf(hub, "pi-1")).toEqual({ text: "one\ntwo ä\n", unavailable: null });
    expect(await logOf(hub, "pi-1", { tailBytes: 2 })).toEqual({ text: "\n", unavailable: null });
  });

  it("is unavailable with the reason: never seen, offline, too old, not connected, silent, something else", async () => {
    const hub = await open();
    unwrap(await hub.client.call(registerNode, declaration("new")));
    await join(hub, "gone");
    await lose(hub, "gone");
    await hub.pass(4_500);
    await join(hub, "old", {});
    await join(hub, "lost");
    await join(hub, "odd");
    await answers(hub, "odd", async () => 7);
    const why = async (id: string) => (await logOf(hub, id)).unavailable;
    expect(await why("new")).toBe("new has never connected: declared; its agent has not connected yet");
    expect(await why("gone")).toBe("gone is offline: it did not come back within 4 s: no peer of its site could be asked");
    expect(await why("old")).toBe("the agent of old (version 0.1.0) is too old to send its log");
    expect(await why("odd")).toBe("odd answered something else than its log");
    expect(await why("lost")).toMatch(/^lost cannot be asked: nobody answers /);
    expect(await hub.client.call(nodeLogs, { id: "nobody" })).toMatchObject({ failure: { code: "FL4004" } });
  });

  it("is given up after eight seconds without an answer", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    const { promise: answer, resolve: answerAtLast } = Promise.withResolvers<unknown>();
    await answers(hub, "pi-1", () => answer);
    const log = logOf(hub, "pi-1");
    await hub.pass(8_500, 500);
    expect((await log).unavailable).toBe("pi-1 did not answer within 8 s");
    answerAtLast(undefined);
  });

  it("says so when the connection ended meanwhile", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    const gone = { error: "gone", code: "FL4009", message: 'node "pi-1" closed its connection', fields: { node: "pi-1" } } as const;
    await serve(hub.bus, [handle(askAgent, async () => fail(gone))], { ...hub, source: "test", address: "pi-1" });
    expect((await logOf(hub, "pi-1")).unavailable).toBe('pi-1 cannot be asked: node "pi-1" closed its connection');
  });
});

describe("the utilisation of the fleet", () => {
  it("is by hour, whole hours, the running one last, null where nothing was heard", async () => {
    const hub = await open();
    await join(hub, "pi-1");
    unwrap(await hub.client.call(registerNode, declaration("pi-2", { site: "roof" })));
    await hub.pass(hourMs, hourMs / 4);
    unwrap(await hub.client.call(heartbeatNode, { id: "pi-1", state: { ...state, cpuPercent: 60.04 }, executions: [] }));
    await hub.pass(6_000, 1_000);
    const answer = unwrap(await hub.client.call(utilisation, { hours: 3 }));
    const now = hourOf(startMs) + hourMs;
    expect(answer).toEqual({
      hoursMs: [now - 2 * hourMs, now - hourMs, now],
      nodes: [
        { id: "pi-1", site: "lab", cpuPercent: [null, 5, 60] },
        { id: "pi-2", site: "roof", cpuPercent: [null, null, null] },
      ],
      next: null,
    });
  });

  it("of a thousand nodes over a week comes in pages that fit into a message, each node once, while heartbeats go on", async () => {
    const hub = await open();
    const ids = Array.from({ length: 1_000 }, (_, index) => `node-${String(index).padStart(4, "0")}`);
    const first = hourOf(startMs) - 167 * hourMs;
    const { id: _, ...blank } = { ...(await rowOf(hub)) };
    await hub.database.transaction(async (transaction) => {
      for (const id of ids) {
        await transaction
          .insertInto("nodes")
          .values({ ...blank, id, declaration: JSON.stringify(declaration(id)) })
          .execute();
        const hours = Array.from({ length: 168 }, (_, hour) => ({ node_id: id, hour_ms: first + hour * hourMs, busy: 99_900, weight_ms: 1_000 }));
        await transaction.insertInto("node_hours").values(hours).execute();
      }
    });
    const seen: string[] = [];
    let beats = 0;
    for (let after: string | undefined; ; ) {
      const page = hub.client.call(utilisation, { hours: 168, limit: 500, ...(after === undefined ? {} : { after }) });
      const beat = hub.client.call(heartbeatNode, { id: "node-0000", state, executions: [] }).then(() => (beats += 1));
      const answer = unwrap(await page);
      await beat;
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(200 * 1_024);
      expect(answer.nodes.every(({ cpuPercent }) => cpuPercent.length === 168 && cpuPercent.every((value) => value === 99.9))).toBe(true);
      seen.push(...answer.nodes.map(({ id }) => id));
      if (answer.next === null) break;
      after = answer.next;
    }
    expect(seen).toEqual(ids);
    expect(beats).toBeGreaterThan(1);
  });
});

/** The row of a node as it is after its declaration. */
const rowOf = async (hub: Hub) => {
  unwrap(await hub.client.call(registerNode, declaration("blank")));
  const row = await hub.database.kysely.selectFrom("nodes").selectAll().where("id", "=", "blank").executeTakeFirstOrThrow();
  unwrap(await hub.client.call(removeNode, { id: "blank" }));
  return row;
};
