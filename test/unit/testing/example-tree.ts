import type { KubernetesObject } from "@fogline/manifests";
import { root } from "../../../scripts/root.ts";
import { treeFilesIn, treeOfFiles } from "../../system/testing/tree-files.ts";

/** The clusters of the example fleet. */
export const exampleClusters = ["dev", "cloud", "edge-jetson", "edge-pi"] as const;
export type ExampleCluster = (typeof exampleClusters)[number];

/** Every object of a cluster's tree, as it is committed. */
export const exampleObjects = (cluster: ExampleCluster): readonly KubernetesObject[] => {
  const tree = treeOfFiles(treeFilesIn(root, cluster), cluster);
  return tree.folders.flatMap(({ objects }) => objects.map(({ object }) => object));
};
