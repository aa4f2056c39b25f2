import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readClusterTree } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import { root } from "../../../scripts/root.ts";

/** The clusters of the example fleet. */
export const exampleClusters = ["dev", "cloud", "edge-jetson", "edge-pi"] as const;
export type ExampleCluster = (typeof exampleClusters)[number];

/** Every object of a cluster's tree, as it is committed. */
export const exampleObjects = (cluster: ExampleCluster): readonly KubernetesObject[] => {
  const folder = join(root, "clusters", cluster);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path): [string, string] => [`clusters/${cluster}/${path}`, readFileSync(join(folder, path), "utf8")]);
  const { tree, findings } = readClusterTree(new Map(files), cluster);
  if (findings.length > 0) throw new Error(findings.map(({ message }) => message).join("; "));
  return tree.folders.flatMap(({ objects }) => objects.map(({ object }) => object));
};
