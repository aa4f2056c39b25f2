/** A rendered tree as people would write it for kustomize by hand: bases, and one overlay per cluster with what differs there. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { patchFor } from "./json-patch.ts";
import { identityOf, type ListedFolder, type TreeObject } from "./rendered-tree.ts";

const write = (folder: string, name: string, value: unknown): string => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), JSON.stringify(value, null, 2));
  return name;
};

const fileOf = ({ kind, metadata }: TreeObject): string => `${kind.toLowerCase()}-${metadata.name}.yaml`;

const kustomization = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" };

/**
 * Writes `base/<folder>/`, with the objects of the first cluster that has such a folder, and `overlays/<cluster>/`, which takes the bases that the
 * cluster has, adds the objects that only it has, and patches or deletes what differs.
 */
export const writeOverlays = (to: string, clusters: ReadonlyMap<string, readonly ListedFolder[]>): void => {
  const bases = new Map<string, readonly TreeObject[]>();
  for (const [cluster, folders] of clusters) {
    for (const { path, objects } of folders) {
      if (bases.has(path)) continue;
      bases.set(path, objects);
      const base = join(to, "base", path);
      write(base, "kustomization.yaml", { ...kustomization, resources: objects.map((object) => write(base, fileOf(object), object)) });
    }
    writeOverlay(join(to, "overlays", cluster), folders, bases);
  }
};

const writeOverlay = (overlay: string, folders: readonly ListedFolder[], bases: ReadonlyMap<string, readonly TreeObject[]>): void => {
  const resources: string[] = [];
  const patches: { path: string; target?: object }[] = [];
  for (const { path, objects } of folders) {
    resources.push(`../../base/${path}`);
    const base = new Map((bases.get(path) ?? []).map((object) => [identityOf(object), object]));
    for (const object of objects) {
      const found = base.get(identityOf(object));
      base.delete(identityOf(object));
      const operations = found === undefined ? [] : patchFor(found, object);
      if (found === undefined) resources.push(write(overlay, fileOf(object), object));
      else if (operations.length > 0) patches.push({ path: write(overlay, `patch-${fileOf(object)}`, operations), target: targetOf(object) });
    }
    for (const absent of base.values()) {
      const { apiVersion, kind, metadata } = absent;
      patches.push({ path: write(overlay, `delete-${fileOf(absent)}`, { $patch: "delete", apiVersion, kind, metadata: named(metadata) }) });
    }
  }
  write(overlay, "kustomization.yaml", { ...kustomization, resources, patches });
};

const named = ({ name, namespace }: TreeObject["metadata"]): object => ({ name, ...(namespace === undefined ? {} : { namespace }) });

/** What a patch of operations is for. kustomize reads names as expressions. */
const targetOf = ({ apiVersion, kind, metadata }: TreeObject): object => {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return { group, version, kind, ...named({ ...metadata, name: metadata.name.replaceAll(".", "\\.") }) };
};
