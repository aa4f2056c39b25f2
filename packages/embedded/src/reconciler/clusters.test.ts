import { describe, expect, it } from "vitest";
import { clusterStatuses, clustersInOrder, type LocalCluster } from "./clusters.ts";

const place = { file: "clusters/fleet.yaml" };
const ring = (name: string, order: number) => ({ name, order, soakMs: 0, gate: "healthy" as const, skipOfflineFraction: 0, place });
const declared = [
  { cluster: "dev", ring: "canary" },
  { cluster: "edge-pi", ring: "stable" },
];
const local: LocalCluster = {
  cluster: "dev",
  watching: false,
  wantedRevision: "0123456789abcdef",
  appliedRevision: "0123456789abcdef",
  refused: [],
  lastReconciledAtMs: 5,
  drift: [],
};
const devWith = (change: Partial<LocalCluster>) => clusterStatuses(declared, { ...local, ...change })[0];

describe("the clusters of a fleet", () => {
  it("are in the order of the rings, then by name", () => {
    const cluster = (name: string, of: string) => ({ name, ring: of }) as Parameters<typeof clustersInOrder>[0]["clusters"][number];
    const fleet = {
      rings: [ring("stable", 1), ring("canary", 0)],
      clusters: [cluster("edge-pi", "stable"), cluster("cloud", "stable"), cluster("dev", "canary")],
    };
    expect(clustersInOrder(fleet).map(({ cluster }) => cluster)).toEqual(["dev", "cloud", "edge-pi"]);
  });

  it("are unknown where nobody reports, with the revision that they should have", () => {
    expect(clusterStatuses(declared, local)).toEqual([
      {
        ...{ cluster: "dev", ring: "canary", wantedRevision: "0123456789abcdef", appliedRevision: "0123456789abcdef", state: "current" },
        ...{ reason: "it runs the newest commit", lastReconciledAtMs: 5, drift: [] },
      },
      {
        ...{ cluster: "edge-pi", ring: "stable", wantedRevision: "0123456789abcdef", appliedRevision: null, state: "unknown" },
        ...{ reason: "no agent of edge-pi reports its revision yet", lastReconciledAtMs: null, drift: [] },
      },
    ]);
  });

  it("say of the local one whether it is behind or refused, and why", () => {
    expect(devWith({ wantedRevision: "fedcba9876543210" })).toMatchObject({ state: "behind", reason: "revision fedcba987654 is being applied" });
    expect(devWith({ appliedRevision: null })).toMatchObject({ state: "behind", reason: "nothing is applied yet" });
    expect(devWith({ watching: true })).toMatchObject({ state: "current", reason: "it runs the tree on disk" });
    const refused = [{ path: "clusters/fleet.yaml", message: "unknown key flet" }];
    expect(devWith({ wantedRevision: "fedcba9876543210", refused })).toMatchObject({
      state: "refused",
      reason: "revision fedcba987654 was refused, revision 0123456789ab stays: clusters/fleet.yaml: unknown key flet",
    });
    expect(devWith({ appliedRevision: null, refused: [{ path: "", message: "port 3000 is taken" }] })?.reason).toBe(
      "revision 0123456789ab was refused, nothing runs: port 3000 is taken",
    );
  });
});
