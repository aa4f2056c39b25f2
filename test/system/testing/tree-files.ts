import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ClusterTree, readClusterTree, type TreeFiles } from "@fogline/gitops";

/** The files of a cluster's tree below the root of a repository, by their paths from there. */
export const treeFilesIn = (repository: string, cluster: string): TreeFiles => {
  const folder = join(repository, "clusters", cluster);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path): [string, string] => [`clusters/${cluster}/${path}`, readFileSync(join(folder, path), "utf8")]);
  return new Map(files);
};

/** The tree of a cluster as its files say it. Throws with what reading it finds. */
export const treeOfFiles = (files: TreeFiles, cluster: string): ClusterTree => {
  const { tree, findings } = readClusterTree(files, cluster);
  if (findings.length > 0) throw new Error(findings.map(({ message }) => message).join("; "));
  return tree;
};
