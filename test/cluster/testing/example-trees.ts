import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Layer, readClusterTree, readTree } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import { root } from "../../../scripts/root.ts";
import { treeFilesIn } from "../../system/testing/tree-files.ts";

/** The tree of one of the repository's own clusters, as it is committed. */
export interface ExampleTree {
  readonly name: string;
  /** What Flux applies, in its order: what it syncs itself, then each Kustomization after those it depends on. */
  readonly layers: readonly Layer[];
  /** The files on disk, by their paths from the repository's root. */
  readonly files: ReadonlyMap<string, string>;
}

const clusters = join(root, "clusters");

/** The clusters that the repository has a tree for. */
export const exampleClusters: readonly string[] = readdirSync(clusters, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(clusters, entry.name)).includes("flux-system"))
  .map(({ name }) => name)
  .sort();

/** Reads the tree of a cluster. Throws when reading it finds anything to object to. */
export const exampleTree = (name: string): ExampleTree => {
  const files = treeFilesIn(root, name);
  const { tree, findings } = readTree(files, name);
  const [synced] = readClusterTree(files, name).tree.folders;
  if (tree === undefined || synced === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  const first = { name: "flux-system", dependsOn: [], objects: synced.objects.map(({ object }) => object) };
  return { name, files, layers: [first, ...tree.layers] };
};

export const objectsOf = ({ layers }: ExampleTree): KubernetesObject[] => layers.flatMap(({ objects }) => objects);

/** The namespace that day 0 creates before there is Flux; no tree has it. */
export const fluxSystem: KubernetesObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };

export const kindOf = ({ apiVersion, kind }: KubernetesObject): string => `${apiVersion}/${kind}`;
