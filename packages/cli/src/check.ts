import { type Finding, FoglineError, nearest } from "@fogline/findings";
import type { Cluster, Fleet } from "@fogline/fleet";
import {
  applyExceptions,
  type ClusterTree,
  checkTree,
  type Judged,
  type RenderInputs,
  readClusterTree,
  schemaProblems,
  type TreeFiles,
} from "@fogline/gitops";

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

/** A cluster with its tree, and what reading it found where it was read. */
export interface TreeToCheck {
  readonly cluster: Cluster;
  readonly tree: ClusterTree;
  readonly findings: readonly Finding[];
}

/** A tree from files, whose objects are held against their schemas as well: nobody rendered them just now. */
export const treeFromFiles = (cluster: Cluster, files: TreeFiles): TreeToCheck => {
  const { tree, findings } = readClusterTree(files, cluster.name);
  const objects = tree.folders.flatMap((folder) => folder.objects);
  return { cluster, tree, findings: [...findings, ...objects.flatMap(({ object, file }) => schemaProblems(object, file))] };
};

/** Runs every rule over trees. `nowMs` decides which exceptions have expired; their days are those of UTC. */
export const checkTrees = (fleet: Fleet, trees: readonly TreeToCheck[], inputs: RenderInputs, nowMs: number): Checked => {
  const images = inputs.images === undefined ? {} : { images: inputs.images };
  const found = trees.flatMap(({ cluster, tree, findings }) => [...findings, ...checkTree({ fleet, cluster, tree, ...images })]);
  const judged = applyExceptions(found, fleet.exceptions, new Date(nowMs).toISOString().slice(0, 10));
  // An exception that none of these clusters needs may be for one of the others.
  const all = trees.length === fleet.clusters.length;
  const objects = trees.reduce((sum, { tree }) => sum + tree.folders.reduce((count, folder) => count + folder.objects.length, 0), 0);
  return { ...judged, findings: all ? judged.findings : judged.findings.filter(({ code }) => code !== "FL2292"), objects };
};
