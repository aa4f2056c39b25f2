import type { KubernetesObject } from "@fogline/manifests";
import { parseDurationMs } from "@fogline/units";
import { type Loose, mappingAt, mappingsIn, textIn } from "./loose.ts";
import type { ClusterTree, TreeFolder, TreeObject } from "./tree.ts";

/** A Kustomization of Flux as the rules look at it. */
export interface FluxKustomization extends TreeObject {
  readonly name: string;
  /** Namespace and name, as dependencies are compared. */
  readonly key: string;
  /** The folder it applies, from the repository's root. */
  readonly path: string;
  /** That folder, where the tree has it. */
  readonly folder?: TreeFolder;
  /** Keys of those it depends on. */
  readonly dependsOn: readonly string[];
  /** Whether it is ready only when what it applies is healthy. */
  readonly waits: boolean;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly spec: Loose;
}

const groupOf = ({ apiVersion }: KubernetesObject): string => (apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "");

/** The API group of an object; empty for the core group. */
export const apiGroupOf = groupOf;

/** Whether an object belongs to Flux or its operator. */
export const isFlux = (object: KubernetesObject): boolean => {
  const group = groupOf(object);
  return group.endsWith(".fluxcd.io") || group === "fluxcd.controlplane.io";
};

const isKustomization = (object: KubernetesObject): boolean => object.kind === "Kustomization" && groupOf(object) === "kustomize.toolkit.fluxcd.io";

/** A path as Flux takes it: without `./` in front and `/` behind. */
const normalized = (path: string): string => path.replace(/^(\.\/)+/, "").replace(/\/+$/, "");

/** Every Kustomization of a tree, in the order of the tree. */
export const kustomizationsIn = (tree: ClusterTree): readonly FluxKustomization[] => {
  const folders = new Map(tree.folders.map((folder) => [folder.path, folder]));
  return tree.folders
    .flatMap(({ objects }) => objects)
    .filter(({ object }) => isKustomization(object))
    .map((entry) => kustomizationOf(entry, folders));
};

const kustomizationOf = (entry: TreeObject, folders: ReadonlyMap<string, TreeFolder>): FluxKustomization => {
  const { metadata } = entry.object;
  const spec = mappingAt(entry.object, "spec");
  const namespace = metadata.namespace ?? "default";
  const path = normalized(textIn(spec.path) ?? "");
  const folder = folders.get(path);
  const intervalMs = parseDurationMs(textIn(spec.interval) ?? "");
  const timeoutMs = parseDurationMs(textIn(spec.timeout) ?? "");
  return {
    ...entry,
    name: metadata.name,
    key: `${namespace}/${metadata.name}`,
    path,
    ...(folder === undefined ? {} : { folder }),
    dependsOn: mappingsIn(spec.dependsOn).flatMap(({ name, namespace: other }) =>
      typeof name === "string" ? [`${textIn(other) ?? namespace}/${name}`] : [],
    ),
    waits: spec.wait === true || mappingsIn(spec.healthChecks).length > 0,
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    spec,
  };
};

/** The name in a key, without its namespace when that is the usual one. */
export const shortKey = (key: string): string => key.replace(/^flux-system\//, "");
