import { describe, expect, it } from "vitest";
import {
  connectNode,
  disconnectNode,
  drainNode,
  getNode,
  heartbeatNode,
  listNodes,
  NodeDeclaration,
  NodeId,
  NodeRecord,
  NodeStatus,
  nodeChanged,
  nodeHistory,
  nodeLogs,
  nodeSampled,
  registerNode,
  removeNode,
  StatusChange,
  tierNames,
  utilisation,
} from "./nodes.ts";
import { absent, faults } from "./testing/fields.ts";
import {
  between,
  flag,
  inner,
  listOf,
  nodeName,
  number,
  oneOf,
  orAbsent,
  orElse,
  orNull,
  pageLimit,
  queryWhole,
  text,
  textByKey,
  texts,
  textsUpTo,
  whole,
  wholeBetween,
} from "./testing/rows.ts";
import { capabilities, declaration, metrics, node, settings, state } from "./testing/samples.ts";

const status = oneOf("never-seen", "online", "suspect", "offline");
const declared = {
  id: nodeName,
  site: text,
  region: text,
  cluster: orNull(text),
  tier: oneOf("cloud", "regional-edge", "metro-edge", "access-edge", "iot"),
  ring: orNull(text),
  hardware: text,
  connectivity: text,
  residency: orNull(text),
  availability: between(0, 1, 0.001),
  labels: orElse({}, textByKey),
  reportIntervalMs: orAbsent(wholeBetween(100, 3_600_000)),
};

describe("a node", () => {
  it("is declared with a name that DNS takes, and a place", () => {
    expect(faults(NodeDeclaration, declaration, declared)).toEqual([]);
  });

  it("is told what its name may be made of", () => {
    expect(NodeId.safeParse("Pi 3").error?.issues.map(({ message }) => message)).toEqual(["lower case letters, digits and dashes"]);
  });

  it("has one of five tiers, from the largest to the smallest", () => {
    expect(tierNames).toEqual(["cloud", "regional-edge", "metro-edge", "access-edge", "iot"]);
  });

  it("is kept with what its agent said", () => {
    const table = {
      ...declared,
      status,
      statusSinceMs: whole,
      reason: text,
      draining: flag,
      simulated: flag,
      agentVersion: orNull(text),
      bootId: orNull(text),
      capabilities: orNull(inner(capabilities)),
      state: orNull(inner(state)),
      executions: texts,
      metrics: orElse(null, orNull(inner(metrics))),
      lastSeenAtMs: orNull(whole),
      version: whole,
    };
    expect(faults(NodeRecord, node, table)).toEqual([]);
    expect(NodeStatus.safeParse("lost").success).toBe(false);
  });
});

describe("requests and answers about nodes", () => {
  it("are what the declarations say", () => {
    expect(registerNode.request).toBe(NodeDeclaration);
    expect(faults(registerNode.response, { node }, { node: inner(node) })).toEqual([]);
    for (const { request } of [getNode, removeNode]) expect(faults(request, { id: "pi-3" }, { id: nodeName })).toEqual([]);
    for (const { response } of [getNode, drainNode]) expect(response).toBe(NodeRecord);
    expect(faults(drainNode.request, { id: "pi-3", draining: false }, { id: nodeName, draining: orElse(true, flag) })).toEqual([]);
    expect(faults(removeNode.response, { removed: true }, { removed: flag })).toEqual([]);
  });

  it("list at most 100 nodes a page", () => {
    const asked = { status: orAbsent(status), site: orAbsent(text), limit: pageLimit(100), after: orAbsent(text) };
    expect(faults(listNodes.request, { status: "online", site: "hall", limit: 10, after: "pi-2" }, asked)).toEqual([]);
    expect(faults(listNodes.response, { nodes: [node], next: "pi-3" }, { nodes: listOf(node), next: orElse(null, orNull(text)) })).toEqual([]);
  });

  it("tell that a node lives, connects and leaves", () => {
    const beat = { id: nodeName, state: inner(state), executions: textsUpTo(2_000, 64), metrics: orAbsent(inner(metrics)) };
    expect(faults(heartbeatNode.request, { id: "pi-3", state, executions: [], metrics }, beat)).toEqual([]);
    expect(faults(heartbeatNode.response, { status: "online" }, { status })).toEqual([]);
    const hello = {
      id: "pi-3",
      connectionId: "k1",
      bootId: "b1",
      agentVersion: "0.1.0",
      simulated: false,
      capabilities,
      state,
      executions: ["t1.1"],
      metrics,
      probeAddress: "10.0.0.3:8092",
    };
    const connecting = {
      id: nodeName,
      connectionId: text,
      bootId: text,
      agentVersion: text,
      simulated: flag,
      capabilities: inner(capabilities),
      state: inner(state),
      executions: textsUpTo(2_000, 64),
      metrics: orAbsent(inner(metrics)),
      probeAddress: orNull(text),
    };
    expect(faults(connectNode.request, hello, connecting)).toEqual([]);
    expect(faults(connectNode.response, { settings }, { settings: inner(settings) })).toEqual([]);
    const leaving = { id: nodeName, connectionId: text, reason: text };
    expect(faults(disconnectNode.request, { id: "pi-3", connectionId: "k1", reason: "closed" }, leaving)).toEqual([]);
    expect(faults(disconnectNode.response, { status: "suspect" }, { status: orNull(status) })).toEqual([]);
  });

  it("tell every change with the new record, or null for one that is gone", () => {
    expect(faults(nodeChanged.data, { id: "pi-3", node }, { id: nodeName, node: orNull(inner(node)) })).toEqual([]);
    const sampled = { id: nodeName, state: inner(state), metrics: orAbsent(inner(metrics)) };
    expect(faults(nodeSampled.data, { id: "pi-3", state, metrics }, sampled)).toEqual([]);
  });
});

describe("what is kept of a node over time", () => {
  it("is every change of status of the last day, or of up to 30 days, and what they add up to", () => {
    const change = { atMs: 5, status: "offline", reason: "it was silent" };
    expect(faults(StatusChange, change, { atMs: whole, status, reason: text })).toEqual([]);
    expect(faults(nodeHistory.request, { id: "pi-3", hours: 2 }, { id: nodeName, hours: queryWhole(1, 720, 24) })).toEqual([]);
    const history = { sinceMs: 1, changes: [change], outages: 1, offlineMs: 10, longestOutageMs: 10, availability: 0.9 };
    const table = {
      sinceMs: whole,
      changes: listOf(change),
      outages: whole,
      offlineMs: whole,
      longestOutageMs: whole,
      availability: orNull(number),
    };
    expect(faults(nodeHistory.response, history, table)).toEqual([]);
  });

  it("is the end of its agent's log, up to 64 KiB", () => {
    expect(faults(nodeLogs.request, { id: "pi-3", tailBytes: 10 }, { id: nodeName, tailBytes: queryWhole(1, 65_536, 16_384) })).toEqual([]);
    expect(faults(nodeLogs.response, { text: "started", unavailable: null }, { text, unavailable: orNull(text) })).toEqual([]);
  });

  it("is its CPU use by hour, for up to a week and 500 nodes a page", () => {
    const asked = { hours: queryWhole(1, 168, 24), limit: queryWhole(1, 500, 250), after: orAbsent(text) };
    expect(faults(utilisation.request, { hours: 2, limit: 3, after: "pi-2" }, asked)).toEqual([]);
    const row = { id: "pi-3", site: "hall", cpuPercent: [12.5, null] };
    const table = {
      hoursMs: { takes: [[], [1, 2]], refuses: [absent, null, [1.5], ["1"], [null]] },
      nodes: listOf(row),
      "nodes.0.id": text,
      "nodes.0.site": text,
      "nodes.0.cpuPercent": { takes: [[], [0.5, null]], refuses: [absent, null, ["1"]] },
      next: orNull(text),
    };
    expect(faults(utilisation.response, { hoursMs: [1, 2], nodes: [row], next: "pi-3" }, table)).toEqual([]);
  });
});
