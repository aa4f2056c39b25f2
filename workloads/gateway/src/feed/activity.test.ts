import { GitOpsStatus, type NodeStatus, TaskSpec, TaskStatus } from "@fogline/contracts";
import { describe, expect, it } from "vitest";
import { activityOf, type FeedEvents, type FeedName, isFeedName } from "./activity.ts";

const lineOf = <Name extends FeedName>(name: Name, data: FeedEvents[Name]) => activityOf(name, 7, data);
const node = (status: NodeStatus, more: { draining?: boolean } = {}): FeedEvents["nodes.changed"] => ({
  id: "pi-1",
  node: {
    ...{ id: "pi-1", site: "lab", region: "eu", cluster: null, tier: "iot", ring: null, hardware: "pi", connectivity: "lan", residency: null },
    ...{ availability: 0.9, labels: {}, status, statusSinceMs: 0, reason: "it said so", draining: false, simulated: false, agentVersion: null },
    ...{ bootId: null, capabilities: null, state: null, executions: [], metrics: null, lastSeenAtMs: null, version: 1 },
    ...more,
  },
});

describe("the line of an event", () => {
  it("of a node says its status and why, and is worse the less is known of it", () => {
    expect(lineOf("nodes.changed", node("offline"))).toEqual({
      atMs: 7,
      name: "nodes.changed",
      subject: "pi-1",
      message: "node pi-1 is offline: it said so",
      severity: "error",
    });
    expect(lineOf("nodes.changed", node("suspect"))?.severity).toBe("warning");
    expect(lineOf("nodes.changed", node("online", { draining: true }))?.message).toBe("node pi-1 is online and draining: it said so");
    expect(lineOf("nodes.changed", { id: "pi-1", node: null })?.message).toBe("node pi-1 was removed");
  });

  it("of a task says where it is, with a severity for every status", () => {
    const severities = TaskStatus.options.map((status) => {
      const spec = TaskSpec.parse({ command: ["true"] });
      const times = { createdAtMs: 0, startedAtMs: null, finishedAtMs: null };
      const task = {
        id: "t-1",
        spec,
        status,
        reason: "so it is",
        attempt: 1,
        node: null,
        executionId: null,
        placement: null,
        result: null,
        version: 1,
      };
      const line = lineOf("tasks.changed", { task: { ...task, ...times } });
      expect(line?.message).toBe(`task t-1 is ${status}: so it is`);
      return [status, line?.severity];
    });
    expect(Object.fromEntries(severities)).toMatchObject({ succeeded: "info", failed: "error", unknown: "error", cancelled: "warning" });
  });

  it("of a revision says which one runs, and what was wrong with a refused one", () => {
    const status = GitOpsStatus.parse({
      ...{ cluster: "dev", appliedRevision: "0123456789abcdef", appliedAtMs: 0, attemptedRevision: "fedcba9876543210", watching: false },
      ...{ refused: [], workloads: [], notEnforced: [] },
    });
    expect(lineOf("gitops.changed", status)).toMatchObject({ message: "dev runs revision 0123456789ab", severity: "info" });
    const refused = [{ path: "apps/a.yaml", message: "no memory limit" }];
    expect(lineOf("gitops.changed", { ...status, refused })).toMatchObject({
      message: "revision fedcba987654 was refused, 0123456789ab stays: apps/a.yaml: no memory limit",
      severity: "error",
    });
    const dev = {
      cluster: "dev",
      ring: "canary",
      wantedRevision: null,
      appliedRevision: null,
      state: "current",
      reason: "",
      lastReconciledAtMs: 0,
    } as const;
    const clusters = [{ ...dev, drift: [{ object: "scheduler", message: "0 of 1 replicas run" }] }];
    expect(lineOf("gitops.changed", { ...status, clusters })).toMatchObject({
      message: "dev is not as its tree says: scheduler: 0 of 1 replicas run",
      severity: "warning",
    });
  });

  it("of a service says its health, and that it left", () => {
    const health = { status: "unhealthy" as const, reason: "no answer 5 times in a row", checkedAtMs: 0, latencyMs: null };
    const service = { id: "p-1", type: "policy", version: "1", metadata: {}, startedAtMs: 0, ttlMs: 1, registeredAtMs: 0, health };
    expect(lineOf("services.changed", { id: "p-1", service })).toMatchObject({
      message: "service p-1 is unhealthy: no answer 5 times in a row",
      severity: "error",
    });
    expect(lineOf("services.changed", { id: "p-1", service: null })?.message).toBe("service p-1 left the registry");
  });

  it("is none for a sample, and for what is no event of the feed", () => {
    expect(activityOf("nodes.sampled", 7, {})).toBeUndefined();
    expect([isFeedName("nodes.changed"), isFeedName("constructor")]).toEqual([true, false]);
  });
});
