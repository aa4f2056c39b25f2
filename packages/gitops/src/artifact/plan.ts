import type { Cluster, Fleet } from "@fogline/fleet";
import { sourceOf } from "@fogline/manifests";

/** What becomes of one cluster's tree in the registry: which files, called what. Carrying it out is elsewhere. */
export interface ArtifactPlan {
  readonly cluster: string;
  readonly ring: string;
  /** Host of the registry, with a port where it has one. */
  readonly registry: string;
  /** The repository in it. Each cluster has its own, so that it can be given a login that reads no other. */
  readonly name: string;
  /** The files of the cluster's folder, by path from the root of the repository, and no other file. */
  readonly files: ReadonlyMap<string, string>;
  /** When the commit was made, such as 2026-11-26T06:00:00Z. */
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** In the order in which they are moved: the commit's own, which never moves again, then that of the ring, where it shall. */
  readonly tags: readonly string[];
}

export interface ArtifactSource {
  readonly fleet: Fleet;
  /** Files of a commit by path; at least those of the clusters' folders. */
  readonly files: ReadonlyMap<string, string>;
  readonly commit: { readonly revision: string; readonly committedAtMs: number };
  /** The branch of what is wanted, as people call it. */
  readonly branch: string;
  /** Whether the clusters' rings get it now. */
  readonly moveRing: boolean;
}

/** As long as nobody's repository has two commits that begin like this. */
const shortLength = 12;

/** Whether a cluster takes its tree from the fleet's registry: others follow a branch, or get bundles. */
export const takesArtifact = ({ connectivity }: Cluster): boolean => connectivity.source === "oci";

/** The artifact of a cluster that {@link takesArtifact}. The same commit gives the same plan, whoever makes it and when. */
export const planArtifact = (cluster: Cluster, { fleet, files, commit, branch, moveRing }: ArtifactSource): ArtifactPlan => {
  const { url } = sourceOf({ fleet, cluster });
  const [, registry = "", name = ""] = /^oci:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  const own = `clusters/${cluster.name}/`;
  const created = `${new Date(commit.committedAtMs).toISOString().slice(0, 19)}Z`;
  return {
    ...{ cluster: cluster.name, ring: cluster.ring, registry, name, created },
    files: new Map([...files].filter(([path]) => path.startsWith(own)).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    annotations: {
      "org.opencontainers.image.created": created,
      "org.opencontainers.image.revision": `${branch}@sha1:${commit.revision}`,
      "org.opencontainers.image.source": fleet.repository,
    },
    tags: [commit.revision.slice(0, shortLength), ...(moveRing ? [cluster.ring] : [])],
  };
};
