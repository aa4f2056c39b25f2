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

/** The text of every file that render wrote, by path from the repository's root: the trees of clusters and the host files of devices. */
export const renderedFiles = (repository: string): ReadonlyMap<string, string> => {
  const clusters = join(repository, "clusters");
  const entries = [clusters, join(repository, "bootstrap/generated")].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }),
  );
  // What lies in `clusters` itself is the fleet file.
  const paths = entries.filter((entry) => entry.isFile() && entry.parentPath !== clusters).map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.toSorted().map((path): [string, string] => [relative(repository, path), readFileSync(path, "utf8")]));
};

/** The cluster whose tree a file is in; undefined for a host file. */
export const clusterOf = (path: string): string | undefined => /^clusters\/([^/]+)\//.exec(path)?.[1];

/** The objects of every cluster by its name, read as Flux reads them: by what each kustomization.yaml lists. Throws when a file is not listed. */
export const objectsOfTrees = (files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly ListedFolder[]> => {
  const clusters = new Map<string, ListedFolder[]>();
  const ofTrees = [...files].filter(([path]) => clusterOf(path) !== undefined);
  let listed = 0;
  for (const [path, text] of ofTrees) {
    if (!path.endsWith("/kustomization.yaml")) continue;
    const [, cluster = "", ...folder] = dirname(path).split("/");
    const { resources } = parse(text) as { readonly resources: readonly string[] };
    const objects = resources.map((resource) => parse(files.get(`${dirname(path)}/${resource}`) ?? "") as TreeObject);
    clusters.set(cluster, [...(clusters.get(cluster) ?? []), { path: folder.join("/"), objects }]);
    listed += 1 + resources.length;
  }
  if (listed !== ofTrees.length) throw new Error(`the kustomization.yaml files list ${listed} files with themselves, there are ${ofTrees.length}`);
  return clusters;
};

/** What makes an object one and the same in two trees. */
export const identityOf = ({ apiVersion, kind, metadata }: TreeObject): string =>
  `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
