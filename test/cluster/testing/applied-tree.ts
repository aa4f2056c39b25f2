import { isDeepStrictEqual } from "node:util";
import { ApiRefusal, type KubernetesApi, type LiveObject, type Named } from "@fogline/dev-cluster";
import type { ClusterTree } from "@fogline/gitops";
import { identityOf, type KubernetesObject, nameOf } from "@fogline/manifests";

/** Where a tree is applied. */
export interface Target {
  readonly api: KubernetesApi;
  /** What is there of it, and of the tree before, by identity. */
  readonly live: ReadonlyMap<string, LiveObject>;
}

/** How applying a tree went. */
export interface Outcome {
  /** Names of the objects that the server refused, sorted. */
  readonly refused: readonly string[];
  /** What left the tree and was deleted. */
  readonly pruned: readonly (Named & { readonly name: string })[];
}

type Folder = ClusterTree["folders"][number];

interface FluxKustomization extends KubernetesObject {
  readonly spec: { readonly path: string; readonly dependsOn?: readonly { readonly name: string }[] };
}

/** Who the fields belong to on a real cluster. */
const fieldManager = "kustomize-controller";

/** Everything of a folder is applied in these stages, each tried as a whole first. */
const stages: readonly ((kind: string) => boolean)[] = [
  (kind) => ["ClusterRole", "CustomResourceDefinition", "Namespace"].includes(kind),
  (kind) => kind.endsWith("Class"),
];
const stageOf = ({ kind }: KubernetesObject): number => {
  const stage = stages.findIndex((holds) => holds(kind));
  return stage === -1 ? stages.length : stage;
};

const rootOf = ({ folders }: ClusterTree): Folder | undefined => folders.find(({ path }) => path.endsWith("/flux-system"));

/** Folders by the name of their Kustomization, with the names of those that come first. */
const graphOf = (tree: ClusterTree): ReadonlyMap<string, { readonly folder: Folder; readonly after: readonly string[] }> =>
  new Map(
    (rootOf(tree)?.objects ?? []).flatMap(({ object }) => {
      if (object.kind !== "Kustomization") return [];
      const { spec, metadata } = object as FluxKustomization;
      const folder = tree.folders.find(({ path }) => `./${path}` === spec.path);
      return folder === undefined ? [] : [[metadata.name, { folder, after: (spec.dependsOn ?? []).map(({ name }) => name) }] as const];
    }),
  );

const stated = ({ metadata: { labels, annotations }, status: _, ...rest }: LiveObject): unknown => ({ ...rest, labels, annotations });

/**
 * What applying an object would do. Flux applies only what its trial shows as different: some kinds, NetworkPolicy among them, count up their
 * generation at every application of a list that is empty.
 */
const trial = async ({ api, live }: Target, object: KubernetesObject): Promise<"refused" | "same" | "different"> => {
  try {
    const would = await api.apply(object, { fieldManager, dryRun: true });
    const is = live.get(identityOf(object));
    return is !== undefined && isDeepStrictEqual(stated(is), stated(would)) ? "same" : "different";
  } catch (error) {
    if (error instanceof ApiRefusal && (error.status === 422 || error.status === 403)) return "refused";
    throw error;
  }
};

/** Returns the names of what the server refuses; nothing of its stage and the later ones is applied then. */
const applyFolder = async (target: Target, { objects }: Folder): Promise<readonly string[]> => {
  for (const stage of [...stages.keys(), stages.length]) {
    const tried = await Promise.all(
      objects.filter(({ object }) => stageOf(object) === stage).map(async ({ object }) => ({ object, comes: await trial(target, object) })),
    );
    const refused = tried.filter(({ comes }) => comes === "refused").map(({ object }) => nameOf(object));
    if (refused.length > 0) return refused;
    const different = tried.filter(({ comes }) => comes === "different");
    await Promise.all(different.map(({ object }) => target.api.apply(object, { fieldManager })));
  }
  return [];
};

/** Deletes what the tree before had and this one lacks, but for what is in a folder that was not applied. */
const prune = async ({ api }: Target, old: ClusterTree, now: ClusterTree, waiting: ReadonlySet<string>): Promise<Outcome["pruned"]> => {
  const kept = new Set(now.folders.flatMap(({ objects }) => objects.map(({ object }) => identityOf(object))));
  const gone = old.folders
    .filter(({ path }) => !waiting.has(path))
    .flatMap(({ objects }) => objects.map(({ object }) => object))
    .filter((object) => !kept.has(identityOf(object)))
    .map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, ...metadata }));
  await Promise.all(gone.map((one) => api.delete(one)));
  return gone;
};

/**
 * Applies a tree over another as kustomize-controller does: by server-side apply with force, folder after folder as they depend on each other, each
 * tried as a whole first, and then without what left the tree.
 */
export const applyTree = async (target: Target, old: ClusterTree | undefined, now: ClusterTree): Promise<Outcome> => {
  const root = rootOf(now);
  const refused: string[] = root === undefined ? [] : [...(await applyFolder(target, root))];
  const waiting = new Set<string>();
  const [open, applied] = [new Map(graphOf(now)), new Set<string>()];
  for (;;) {
    const ready = [...open].filter(([, { after }]) => after.every((name) => applied.has(name)));
    if (ready.length === 0) break;
    await Promise.all(
      ready.map(async ([name, { folder }]) => {
        open.delete(name);
        const names = await applyFolder(target, folder);
        refused.push(...names);
        if (names.length > 0) waiting.add(folder.path);
        else applied.add(name);
      }),
    );
  }
  for (const { folder } of open.values()) waiting.add(folder.path);
  return { refused: refused.sort(), pruned: old === undefined ? [] : await prune(target, old, now, waiting) };
};
