import { describe, expect, it } from "vitest";
import {
  createDeployment,
  DeploymentRecord,
  DeploymentSpec,
  deploymentChanged,
  deploymentLogs,
  getDeployment,
  listDeployments,
  stopDeployment,
} from "./deployments.ts";
import { absent, faults } from "./testing/fields.ts";
import { inner, listOf, nodeName, oneOf, orAbsent, orElse, orNull, pageLimit, text, whole, wholeBetween } from "./testing/rows.ts";
import { deployment, deploymentSpec } from "./testing/samples.ts";

describe("what a person asks to have deployed", () => {
  it("has a name, replicas and a task, and nothing unknown", () => {
    const table = {
      name: nodeName,
      replicas: orElse(1, wholeBetween(0, 1_000)),
      nodes: orAbsent({ takes: [["pi-3"], ["a", "b"]], refuses: [null, [], ["A"], "pi-3"] }),
      task: { takes: [deploymentSpec.task], refuses: [absent, null, {}] },
      "task.command": { takes: [["x"]], refuses: [absent, []] },
      "task.priority": orElse(5, wholeBetween(0, 9)),
    };
    expect(faults(DeploymentSpec, deploymentSpec, table, "strict")).toEqual([]);
  });

  it.each([
    ["restart", "always"],
    ["node", "pi-3"],
    ["timeoutMs", 1_000],
    ["duplicates", "allowed"],
    ["attemptsMax", 3],
  ])("leaves %s of a replica to the deployment", (field, value) => {
    expect(DeploymentSpec.safeParse({ name: "a", task: { command: ["x"] } }).success).toBe(true);
    const refused = DeploymentSpec.safeParse({ name: "a", task: { command: ["x"], [field]: value } });
    expect(refused.error?.issues).toMatchObject([{ code: "unrecognized_keys", path: ["task"], keys: [field] }]);
  });
});

describe("what is said of a deployment", () => {
  it("is a status, a reason and every replica", () => {
    const table = {
      id: text,
      spec: inner(deploymentSpec),
      status: oneOf("progressing", "running", "degraded", "stopped"),
      reason: text,
      replicas: { takes: [[]], refuses: [absent, null, [{}]] },
      "replicas.0.index": whole,
      "replicas.0.taskId": orNull(text),
      "replicas.0.node": orNull(text),
      "replicas.0.status": orNull(oneOf("queued", "assigned", "running", "succeeded", "failed", "cancelled", "unknown")),
      createdAtMs: whole,
      version: whole,
    };
    expect(faults(DeploymentRecord, deployment, table)).toEqual([]);
  });
});

describe("requests and answers about deployments", () => {
  it("are what the declarations say", () => {
    expect(createDeployment.request).toBe(DeploymentSpec);
    for (const { response } of [createDeployment, getDeployment, stopDeployment]) expect(response).toBe(DeploymentRecord);
    for (const { request } of [getDeployment, stopDeployment]) expect(faults(request, { id: "d1" }, { id: text })).toEqual([]);
    expect(faults(deploymentChanged.data, { deployment }, { deployment: inner(deployment) })).toEqual([]);
  });

  it("list at most 100 deployments a page", () => {
    expect(faults(listDeployments.request, { limit: 10, after: "d0" }, { limit: pageLimit(100), after: orAbsent(text) })).toEqual([]);
    const page = { deployments: listOf(deployment), next: orElse(null, orNull(text)) };
    expect(faults(listDeployments.response, { deployments: [deployment], next: "d1" }, page)).toEqual([]);
  });

  it("show at most the last 64 KiB of each replica's output, 8 KiB unless told", () => {
    const tailBytes = orElse(8_192, { takes: [1, 65_536], reads: [["7", 7]], refuses: [0, 65_537, 1.5, "x"] });
    expect(faults(deploymentLogs.request, { id: "d1", tailBytes: 10 }, { id: text, tailBytes })).toEqual([]);
    const table = {
      replicas: { takes: [[]], refuses: [absent, null, [{}]] },
      "replicas.0.index": whole,
      "replicas.0.node": orNull(text),
      "replicas.0.text": text,
      "replicas.0.unavailable": orNull(text),
    };
    const logs = { replicas: [{ index: 0, node: "pi-3", text: "hello", unavailable: "its node is offline" }] };
    expect(faults(deploymentLogs.response, logs, table)).toEqual([]);
  });
});
