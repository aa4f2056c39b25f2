import { type Finding, FoglineError, nearest } from "@fogline/findings";
import type { Cluster, Fleet } from "@fogline/fleet";
import { applyExceptions, type ClusterTree, checkTree, type Judged, readClusterTree, schemaProblems, type TreeFiles } from "@fogline/gitops";

/** The clusters to look at: all, or those that were named. Throws FL1031 for a name that the fleet does not have. */
export const chosenClusters = (fleet: Fleet, names: readonly string[] | undefined): readonly Cluster[] => {
  const known = fleet.clusters.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, known);
    throw new FoglineError("FL1031", `there is no cluster ${unknown}`, {
      remedy: meant === undefined ? `known: ${known.join(", ")}` : `did you mean ${meant}?`,
    });
  }
  return fleet.clusters.filter(({ name }) => names === undefined || names.includes(name));
};

/** The tree of a cluster, with what was wrong with its files where it was read from some. */
export interface TreeToCheck {
  readonly cluster: Cluster;
  readonly tree: ClusterTree;
  readonly findings: readonly Finding[];
}

/** The tree of a cluster as its files have it. It was not rendered just now, so its objects are held against their schemas as well. */
export const treeOnDisk = (cluster: Cluster, files: TreeFiles): TreeToCheck => {
  const { tree, findings } = readClusterTree(files, cluster.name);
  const shapes = tree.folders.flatMap(({ objects }) => objects.flatMap(({ object, file }) => schemaProblems(object, file)));
  return { cluster, tree, findings: [...findings, ...shapes] };
};

/**
 * Runs every rule over trees and takes out what the fleet file excepts. `nowMs` decides which exceptions have expired; their days are those of UTC.
 */
export const checkTrees = (fleet: Fleet, trees: readonly TreeToCheck[], nowMs: number): Judged => {
  const found = trees.flatMap(({ cluster, tree, findings }) => [...findings, ...checkTree({ fleet, cluster, tree })]);
  const judged = applyExceptions(found, fleet.exceptions, new Date(nowMs).toISOString().slice(0, 10));
  // An exception that none of these clusters needs may be for one of the others.
  const all = trees.length === fleet.clusters.length;
  return all ? judged : { ...judged, findings: judged.findings.filter(({ code }) => code !== "FL2292") };
};
