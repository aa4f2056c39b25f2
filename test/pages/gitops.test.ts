import { describe, expect, it } from "vitest";
import { clustersOf } from "./gitops-records.ts";
import { detail, says, visits } from "./visit.ts";

const visit = visits();

const visitGitOps = () =>
  visit({
    path: "/gitops",
    change: (world, nowMs) => {
      world.gitops = { ...world.gitops, clusters: clustersOf(nowMs) };
    },
  });

describe("the page of GitOps", () => {
  it("says how far the clusters are, with the first reason of each kind", async () => {
    const { page, complaints } = await visitGitOps();
    await says(
      page,
      "5 clusters, 2 current, 1 unknown (edge-field: nobody reports for it), 2 behind (cloud: waits until canary was healthy for 2 h), 1 with drift (edge-jetson)",
    );
    expect(complaints).toEqual([]);
  });

  it("shows the rings in their order with what they have", async () => {
    const { page } = await visitGitOps();
    await page.getByRole("rowheader", { name: "canary 2 clusters, has 4f2a91c" }).waitFor();
    await page.getByRole("rowheader", { name: "early 1 cluster, has 1b77e02, 1 not current" }).waitFor();
    const rings = await page.locator(".clusters .group th").allTextContents();
    expect(rings.map((text) => text.split(" ")[0])).toEqual(["canary", "early", "stable"]);
    expect(await page.locator('[id="cluster-cloud"]').textContent()).toContain("4f2a91c1b77e02");
  });

  it("opens a cluster in place with what differs and how, and with what comes next", async () => {
    const { page } = await visitGitOps();
    await page.getByRole("button", { name: "edge-jetson" }).click();
    await detail(page, "edge-jetson").getByText("spec.replicas is 3, the repository says 2").waitFor();
    await page.getByRole("button", { name: "edge-field" }).click();
    await detail(page, "edge-field").getByText("Nobody reports for it. Look whether its controllers run: flux get kustomizations").waitFor();
    expect(new URL(page.url()).hash).toBe("#cluster=edge-field");
  });

  it("names a refused revision with every file and the way on, as soon as it is refused", async () => {
    const { hub, page } = await visitGitOps();
    await hub.setGitOps({
      attemptedRevision: "9c0ffee1d7be55aa01f3c2f6d1e0b9a8c7d6e5f4",
      refused: [{ path: "clusters/dev/apps/gateway.yaml", message: "spec.replicas is -1, it must be 0 or more" }],
    });
    const refusal = page.getByRole("alert");
    await refusal.getByText("Revision 9c0ffee was refused, 4f2a91c stays. Mend this and commit again:").waitFor();
    await refusal.getByText("spec.replicas is -1, it must be 0 or more").waitFor();
    await refusal.getByText("npx fogline check", { exact: true }).waitFor();
  });

  it("without clusters says what the hub itself runs, and what is not enforced", async () => {
    const { page } = await visit({ path: "/gitops" });
    await says(page, "dev runs revision 4f2a91c");
    await page.getByText("The fleet file names no cluster.").waitFor();
    await page.getByText("2 settings of the tree are not enforced on this machine").click();
    await page.getByText("processes of one machine share its network").waitFor();
  });
});
