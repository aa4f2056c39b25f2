import { describe, expect, it } from "vitest";
import {
  Activity,
  addSimulatedDevice,
  ClusterStatus,
  GitOpsStatus,
  getGitOps,
  gitOpsChanged,
  ReconciledWorkload,
  removeSimulatedDevice,
  setSimulatedDevice,
  watchActivity,
  watchChanges,
} from "./hub.ts";
import { absent, faults } from "./testing/fields.ts";
import { anything, between, flag, inner, listOf, nodeName, oneOf, orAbsent, orElse, orNull, text, textUpTo, whole } from "./testing/rows.ts";
import { clusterStatus } from "./testing/samples.ts";

const workload = { name: "scheduler", version: "0.1.0", replicas: 1, running: 1, status: "running", reason: "" };
const gitops = {
  cluster: "dev",
  appliedRevision: "abc",
  appliedAtMs: 5,
  attemptedRevision: "abd",
  watching: true,
  refused: [{ path: "clusters/dev/a.yaml", message: "no" }],
  workloads: [workload],
  notEnforced: [{ object: "Deployment/a", field: "spec.x", why: "no kubelet" }],
  clusters: [clusterStatus],
};

describe("what the hub says of its tree", () => {
  it("is each workload with its replicas", () => {
    const status = oneOf("running", "stopped", "failed", "disabled");
    expect(faults(ReconciledWorkload, workload, { name: text, version: text, replicas: whole, running: whole, status, reason: text })).toEqual([]);
  });

  it("is what was applied, refused and not enforced", () => {
    const list = { takes: [[]], refuses: [absent, null, {}, [{}]] };
    const table = {
      cluster: text,
      appliedRevision: orNull(text),
      appliedAtMs: orNull(whole),
      attemptedRevision: orNull(text),
      watching: flag,
      refused: list,
      "refused.0.path": text,
      "refused.0.message": text,
      workloads: list,
      "workloads.0": inner(workload),
      notEnforced: list,
      "notEnforced.0.object": text,
      "notEnforced.0.field": orNull(text),
      "notEnforced.0.why": text,
      clusters: orElse([], { takes: [[]], refuses: [null, {}, [{}]] }),
      "clusters.0": inner(clusterStatus),
    };
    expect(faults(GitOpsStatus, gitops, table)).toEqual([]);
    expect(faults(getGitOps.request, {}, {})).toEqual([]);
    expect(getGitOps.response).toBe(GitOpsStatus);
    expect(gitOpsChanged.data).toBe(GitOpsStatus);
  });
});

describe("what the hub says of a cluster", () => {
  it("is its revisions, how far it is and what drifted", () => {
    const table = {
      cluster: text,
      ring: text,
      wantedRevision: orNull(text),
      appliedRevision: orNull(text),
      state: oneOf("current", "behind", "refused", "unknown"),
      reason: text,
      lastReconciledAtMs: orNull(whole),
      drift: listOf({ object: "a", message: "b" }),
      "drift.0.object": text,
      "drift.0.message": text,
    };
    expect(faults(ClusterStatus, clusterStatus, table)).toEqual([]);
  });
});

describe("the feeds of the hub", () => {
  it("carry sentences of three severities", () => {
    const line = { atMs: 5, name: "nodes.changed", subject: "pi-3", message: "pi-3 is online", severity: "info" };
    const severity = oneOf("info", "warning", "error");
    expect(faults(Activity, line, { atMs: whole, name: text, subject: text, message: text, severity })).toEqual([]);
    expect(faults(watchActivity.request, {}, {})).toEqual([]);
    expect(watchActivity.item).toBe(Activity);
  });

  it("carry changes, and samples only when the query asks for them", () => {
    const read = (query: object): unknown => watchChanges.request.safeParse(query).data;
    expect(read({})).toEqual({ samples: false });
    expect(read({ unknown: 1 })).toEqual({ samples: false });
    for (const yes of ["true", "1"]) expect(read({ samples: yes })).toEqual({ samples: true });
    for (const no of ["false", "0"]) expect(read({ samples: no })).toEqual({ samples: false });
    for (const wrong of [true, 1, "maybe", null]) expect(read({ samples: wrong })).toBeUndefined();
    expect(faults(watchChanges.item, { name: "nodes.changed", atMs: 5, data: {} }, { name: text, atMs: whole, data: anything })).toEqual([]);
  });
});

describe("the world of a simulated device", () => {
  it("is changed within what nature allows", () => {
    const change = {
      id: "sim-1",
      temperatureCelsius: 20,
      batteryPercent: 50,
      charging: true,
      cpuPercent: 10,
      networkLatencyMs: 5,
      frozen: false,
      linkUp: true,
    };
    const table = {
      id: nodeName,
      temperatureCelsius: orAbsent(between(-60, 150, 0.001)),
      batteryPercent: orAbsent(between(0, 100, 0.001)),
      charging: orAbsent(flag),
      cpuPercent: orAbsent(between(0, 100, 0.001)),
      networkLatencyMs: orAbsent(between(0, 60_000, 0.001)),
      frozen: orAbsent(flag),
      linkUp: orAbsent(flag),
    };
    expect(faults(setSimulatedDevice.request, change, table)).toEqual([]);
    const world = { takes: [{}, { a: "", b: 1.5, c: true, d: null }], refuses: [absent, null, { a: [] }, { a: {} }] };
    expect(faults(setSimulatedDevice.response, { id: "sim-1", world: {} }, { id: nodeName, world })).toEqual([]);
  });

  it("gets and loses devices that the fleet file does not have", () => {
    const asked = { id: nodeName, hardware: orElse("pi-5-8", textUpTo(63)), site: orAbsent(textUpTo(63)) };
    expect(faults(addSimulatedDevice.request, { id: "sim-9", hardware: "pi-4-2", site: "hall" }, asked)).toEqual([]);
    expect(faults(addSimulatedDevice.response, { id: "sim-9" }, { id: nodeName })).toEqual([]);
    expect(faults(removeSimulatedDevice.request, { id: "sim-9" }, { id: nodeName })).toEqual([]);
    expect(faults(removeSimulatedDevice.response, {}, {})).toEqual([]);
  });
});
