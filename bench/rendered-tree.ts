/** A rendered tree as it is on disk: what is measured must not be what says that it was right. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parse } from "yaml";

/** An object of Kubernetes as data, its keys in any order. */
export interface TreeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What one kustomization.yaml lists. */
export interface ListedFolder {
  /** From the cluster's folder, such as `apps/agent`. */
  readonly path: string;
  readonly objects: readonly TreeObject[];
}

/** The text of every file below `clusters/<cluster>/` of a repository, by path from its root. */
export const filesOfTrees = (repository: string): ReadonlyMap<string, string> => {
  const clusters = join(repository, "clusters");
  const entries = readdirSync(clusters, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && entry.parentPath !== clusters).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.map((path): [string, string] => [relative(repository, path), readFileSync(path, "utf8")]).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
};

/** The objects of every cluster by its name, read as Flux reads them: by what each kustomization.yaml lists. Throws when a file is not listed. */
export const objectsOfTrees = (files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly ListedFolder[]> => {
  const clusters = new Map<string, ListedFolder[]>();
  let listed = 0;
  for (const [path, text] of files) {
    if (!path.endsWith("/kustomization.yaml")) continue;
    const [, cluster = "", ...folder] = dirname(path).split("/");
    const { resources } = parse(text) as { readonly resources: readonly string[] };
    const objects = resources.map((resource) => parse(files.get(`${dirname(path)}/${resource}`) ?? "") as TreeObject);
    clusters.set(cluster, [...(clusters.get(cluster) ?? []), { path: folder.join("/"), objects }]);
    listed += 1 + resources.length;
  }
  if (listed !== files.size) throw new Error(`the kustomization.yaml files list ${listed} files with themselves, there are ${files.size}`);
  return clusters;
};

/** What makes an object one and the same in two trees. */
export const identityOf = ({ apiVersion, kind, metadata }: TreeObject): string =>
  `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
