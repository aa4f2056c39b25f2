import type { ClusterStatus, GitOpsStatus } from "@fogline/contracts";
import type { Fleet } from "@fogline/fleet";

/** A cluster of the fleet. */
export type DeclaredCluster = Pick<ClusterStatus, "cluster" | "ring">;

/** What this hub knows of the cluster that it runs. */
export interface LocalCluster {
  readonly cluster: string;
  readonly watching: boolean;
  /** The newest revision, as far as it was looked at. */
  readonly wantedRevision: string | null;
  readonly appliedRevision: string | null;
  readonly refused: GitOpsStatus["refused"];
  readonly lastReconciledAtMs: number | null;
  readonly drift: ClusterStatus["drift"];
}

const shortLength = 12;
const short = (revision: string | null): string => (revision === null ? "none" : `revision ${revision.slice(0, shortLength)}`);

/** The clusters of a fleet in the order of the rings, then by name. */
export const clustersInOrder = (fleet: Pick<Fleet, "clusters" | "rings">): DeclaredCluster[] => {
  const order = new Map(fleet.rings.map(({ name, order }) => [name, order]));
  return fleet.clusters
    .map(({ name, ring }) => ({ cluster: name, ring }))
    .toSorted((one, other) => (order.get(one.ring) ?? 0) - (order.get(other.ring) ?? 0) || (one.cluster < other.cluster ? -1 : 1));
};

const stateOf = ({ watching, wantedRevision, appliedRevision, refused }: LocalCluster): Pick<ClusterStatus, "state" | "reason"> => {
  const [first] = refused;
  if (first !== undefined) {
    const stays = appliedRevision === null ? "nothing runs" : `${short(appliedRevision)} stays`;
    const where = first.path === "" ? "" : `${first.path}: `;
    return { state: "refused", reason: `${short(wantedRevision)} was refused, ${stays}: ${where}${first.message}` };
  }
  if (appliedRevision === null) return { state: "behind", reason: "nothing is applied yet" };
  if (appliedRevision !== wantedRevision) return { state: "behind", reason: `${short(wantedRevision)} is being applied` };
  return { state: "current", reason: watching ? "it runs the tree on disk" : "it runs the newest commit" };
};

/** Every cluster and how far it is: the local one as it is, the others unknown, because nobody reports for them. */
export const clusterStatuses = (declared: readonly DeclaredCluster[], local: LocalCluster): ClusterStatus[] =>
  declared.map(({ cluster, ring }) => {
    const { wantedRevision, appliedRevision, lastReconciledAtMs, drift } = local;
    if (cluster === local.cluster)
      return { cluster, ring, wantedRevision, appliedRevision, ...stateOf(local), lastReconciledAtMs, drift: [...drift] };
    const unknown = { state: "unknown", reason: `no agent of ${cluster} reports its revision yet` } as const;
    return { cluster, ring, wantedRevision, appliedRevision: null, ...unknown, lastReconciledAtMs: null, drift: [] };
  });
