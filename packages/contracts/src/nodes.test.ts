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
  nodeSampled,
  registerNode,
  removeNode,
  tierNames,
} from "./nodes.ts";
import { faults } from "./testing/fields.ts";
import {
  between,
  flag,
  inner,
  listOf,
  nodeName,
  oneOf,
  orAbsent,
  orElse,
  orNull,
  pageLimit,
  text,
  textByKey,
  texts,
  textsUpTo,
  whole,
} from "./testing/rows.ts";
import { capabilities, declaration, node, settings, state } from "./testing/samples.ts";

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
    expect(faults(registerNode.response, { node, credential: "c" }, { node: inner(node), credential: orNull(text) })).toEqual([]);
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
    const beat = { id: nodeName, state: inner(state), executions: textsUpTo(2_000, 64) };
    expect(faults(heartbeatNode.request, { id: "pi-3", state, executions: [] }, beat)).toEqual([]);
    expect(faults(heartbeatNode.response, { status: "online" }, { status })).toEqual([]);
    const hello = {
      id: "pi-3",
      credential: "c",
      connectionId: "k1",
      bootId: "b1",
      agentVersion: "0.1.0",
      simulated: false,
      capabilities,
      state,
      executions: ["t1.1"],
      probeAddress: "10.0.0.3:8092",
    };
    const connecting = {
      id: nodeName,
      credential: text,
      connectionId: text,
      bootId: text,
      agentVersion: text,
      simulated: flag,
      capabilities: inner(capabilities),
      state: inner(state),
      executions: textsUpTo(2_000, 64),
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
    expect(faults(nodeSampled.data, { id: "pi-3", state }, { id: nodeName, state: inner(state) })).toEqual([]);
  });
});
