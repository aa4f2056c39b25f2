import { existsSync } from "node:fs";
import { ApiRefusal, type ControlPlane, startControlPlane } from "@fogline/dev-cluster";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processesNaming } from "../system/testing/processes.ts";

const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "main", image: "registry.example/main:1" }] },
});
const node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "one", annotations: { "kwok.x-k8s.io/node": "fake" }, labels: { "kubernetes.io/hostname": "one" } },
  status: { capacity: { cpu: "2", memory: "2Gi", pods: "10" }, allocatable: { cpu: "2", memory: "2Gi", pods: "10" } },
};

describe("the control plane of the test cluster", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(async () => {
    await plane?.stop();
  });

  it("is the version that the fleet's K3s has", async () => {
    const { gitVersion } = await plane.api.ask<{ gitVersion: string }>("GET", "/version");
    expect(gitVersion).toBe("v1.36.3");
  });

  it("refuses a field that it does not know, when it is created and when it is applied", async () => {
    const wrong = { ...pod("wrong"), spec: { ...pod("wrong").spec, colour: "red" } };
    await expect(plane.api.create(wrong)).rejects.toThrow(/unknown field "spec.colour"/);
    await expect(plane.api.apply(wrong)).rejects.toThrow(ApiRefusal);
  });

  it("runs a pod on a node that only looks like one", async () => {
    await plane.api.create(node);
    await plane.api.create(pod("right"));
    await expect
      .poll(async () => (await plane.api.get({ ...pod("right"), name: "right", namespace: "default" }))?.status?.phase, { timeout: 60_000 })
      .toBe("Running");
  });

  it("keeps what it was told when its API server is killed", async () => {
    await plane.api.create(pod("kept"));
    await plane.apiServer.kill();
    await plane.apiServer.start();
    expect(await plane.api.get({ ...pod("kept"), name: "kept", namespace: "default" })).toBeDefined();
  });

  it("leaves no process and no file behind", async () => {
    const { folder } = plane;
    expect(processesNaming(folder).length).toBeGreaterThan(4);
    await plane.stop();
    expect(processesNaming(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});
