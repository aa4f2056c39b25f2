import { type Finding, FoglineError, nearest } from "@fogline/findings";
import type { Cluster, Fleet } from "@fogline/fleet";
import { applyExceptions, checkTree, type Judged, readClusterTree, schemaProblems, type TreeFiles } from "@fogline/gitops";

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

/** What the rules find in trees, and how much they looked at. */
export interface Checked extends Judged {
  readonly objects: number;
}

/**
 * Runs every rule over the trees of clusters, given as files. `foreign` trees were not rendered just now, so their objects are held against their
 * schemas as well. `nowMs` decides which exceptions have expired; their days are those of UTC.
 */
export const checkTrees = (
  fleet: Fleet,
  clusters: readonly Cluster[],
  filesOf: (cluster: string) => TreeFiles,
  { nowMs, foreign }: { readonly nowMs: number; readonly foreign: boolean },
): Checked => {
  let objects = 0;
  const found = clusters.flatMap((cluster): Finding[] => {
    const { tree, findings } = readClusterTree(filesOf(cluster.name), cluster.name);
    const entries = tree.folders.flatMap((folder) => folder.objects);
    objects += entries.length;
    const shapes = foreign ? entries.flatMap(({ object, file }) => schemaProblems(object, file)) : [];
    return [...findings, ...shapes, ...checkTree({ fleet, cluster, tree })];
  });
  const judged = applyExceptions(found, fleet.exceptions, new Date(nowMs).toISOString().slice(0, 10));
  // An exception that none of these clusters needs may be for one of the others.
  const all = clusters.length === fleet.clusters.length;
  return { ...judged, findings: all ? judged.findings : judged.findings.filter(({ code }) => code !== "FL2292"), objects };
};
