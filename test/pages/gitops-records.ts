import type { ClusterStatus } from "@fogline/contracts";

const wanted = "4f2a91c0d7be55aa01f3c2f6d1e0b9a8c7d6e5f4";
const before = "1b77e02c9d1f4aa0c3e85d7a6b2f9e1d0c4a8b63";

const clusterOf = (cluster: string, ring: string, nowMs: number, change: Partial<ClusterStatus> = {}): ClusterStatus => ({
  ...{ cluster, ring, wantedRevision: wanted, appliedRevision: wanted, state: "current", reason: "every object is as the commit says" },
  ...{ lastReconciledAtMs: nowMs - 42_000, drift: [] },
  ...change,
});

/** Five clusters in three rings: one behind its ring's turn, one with drift, one that nobody reports for. */
export const clustersOf = (nowMs: number): ClusterStatus[] => [
  clusterOf("dev", "canary", nowMs),
  clusterOf("edge-jetson", "canary", nowMs, {
    reason: "2 objects were changed by hand",
    drift: [
      { object: "Deployment apps/inference", message: "spec.replicas is 3, the repository says 2" },
      { object: "NetworkPolicy apps/cache", message: "is missing" },
    ],
  }),
  clusterOf("cloud", "early", nowMs, { appliedRevision: before, state: "behind", reason: "waits until canary was healthy for 2 h" }),
  clusterOf("edge-pi", "stable", nowMs, { appliedRevision: before, state: "behind", reason: "waits for early; window Mon-Thu 08:00-16:00" }),
  clusterOf("edge-field", "stable", nowMs, { appliedRevision: null, state: "unknown", reason: "nobody reports for it", lastReconciledAtMs: null }),
];
