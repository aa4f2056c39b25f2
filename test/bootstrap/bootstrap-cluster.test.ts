import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BareCluster, canStartBareCluster, startBareCluster, treePassword } from "./testing/bare-cluster.ts";

// A cluster by one command: two machines that answer by SSH become nodes, and Flux's operator runs on them.

describe.runIf(canStartBareCluster())("a cluster of machines that answer by SSH", () => {
  let cluster: BareCluster;

  beforeAll(async () => {
    cluster = await startBareCluster();
  });
  afterAll(async () => {
    await cluster?.stop();
  });

  it("is there after one command: nodes, Flux's operator at work, and what it needs for the first sync", async () => {
    const said = await cluster.bootstrap();
    expect(said.code, said.stdout + said.stderr).toBe(0);
    expect(cluster.kubectl("get nodes --no-headers").match(/ Ready /g)).toHaveLength(2);
    expect(cluster.kubectl("get deployment flux-operator -n flux-system -o jsonpath='{.status.readyReplicas}'")).toBe("1");
    expect(cluster.kubectl("get secret -n flux-system -o name")).toContain("secret/sops-age");
    // It has seen the instance that it is to make of Flux; the images for that are not here.
    expect(cluster.kubectl("get fluxinstance flux -n flux-system -o jsonpath='{.metadata.finalizers}'")).toContain("fluxcd");
  }, 900_000);

  it("is changed by no second run, and nothing secret was left behind", async () => {
    const said = await cluster.bootstrap();
    expect(said.stdout).toContain("2 of 2 devices set up, 0 tasks changed");
    expect(cluster.operator.leftBehind()).not.toMatch(new RegExp(`${treePassword}|AGE-SECRET-KEY`));
  }, 600_000);
});
