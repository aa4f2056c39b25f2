import { identityOf, type KubernetesObject, nameOf } from "@fogline/manifests";
import type { ClusterTree, TreeObject } from "../tree/tree.ts";
import { canonical } from "./api-server/canonical.ts";
import { expandsVolumes, fluxSays, grows, immutableChanges, shrinks } from "./api-server/immutable.ts";
import { changedFields, type FieldChange } from "./changed-fields.ts";
import { at, equal, fieldsOf, textOf } from "./lookup.ts";
import { withWaiting } from "./waiting.ts";

/**
 * What becomes of an object in the cluster. `refused`: the server takes no such change. `recreated`: Flux deletes and creates it, as `force` says.
 * `kept`: the tree no longer has it, and Flux leaves it where it is. `waits`: its Kustomization stops before it, because the server refuses
 * something. `unchanged` although its file may differ: the server sees no difference.
 */
export type Change = "added" | "changed" | "removed" | "recreated" | "refused" | "kept" | "waits" | "unchanged";

/** The Flux Kustomization that applies a folder. */
export interface Owner {
  readonly name: string;
  readonly prune: boolean;
  readonly force: boolean;
}

/** An object of one side, with who applies it. */
export interface Side extends TreeObject {
  /** Absent for what no Kustomization of the tree applies: the objects of `flux-system`, which the cluster's root does. */
  readonly owner?: Owner;
}

/** An object before and after the change; one of both sides is there. */
export interface Pair {
  readonly id: string;
  /** For people: `Deployment fogline/gateway`. */
  readonly name: string;
  readonly kind: string;
  readonly change: Change;
  readonly before?: Side;
  readonly after?: Side;
  readonly fields: readonly FieldChange[];
}

const isKustomization = ({ apiVersion, kind }: KubernetesObject): boolean =>
  kind === "Kustomization" && apiVersion.startsWith("kustomize.toolkit.fluxcd.io/");

/** Which Kustomization applies which folder, by the folder's path. */
const ownersOf = (tree: ClusterTree): ReadonlyMap<string, Owner> =>
  new Map(
    tree.folders
      .flatMap(({ objects }) => objects.map(({ object }) => object))
      .filter(isKustomization)
      .map((object): [string, Owner] => [
        (textOf(at(object, "spec", "path")) ?? "").replace(/^\.\//, "").replace(/\/$/, ""),
        { name: object.metadata.name, prune: at(object, "spec", "prune") === true, force: at(object, "spec", "force") === true },
      ]),
  );

const sidesOf = (tree: ClusterTree | undefined): ReadonlyMap<string, Side> => {
  if (tree === undefined) return new Map();
  const owners = ownersOf(tree);
  return new Map(
    tree.folders.flatMap(({ path, objects }) => {
      const owner = owners.get(path);
      return objects.map((one): [string, Side] => [identityOf(one.object), owner === undefined ? one : { ...one, owner }]);
    }),
  );
};

/** Every object of two trees of one cluster, paired by identity and sorted by it. Where an object or a key stands does not matter. */
export const match = (old: ClusterTree | undefined, now: ClusterTree | undefined): readonly Pair[] => {
  const [before, after] = [sidesOf(old), sidesOf(now)];
  const ids = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  // A cluster without a tree prunes nothing: its Flux finds no folder.
  const prunes = now !== undefined;
  const expands = (claim: KubernetesObject) =>
    expandsVolumes(
      claim,
      [...after.values()].map(({ object }) => object),
    );
  const pairs = ids.flatMap((id) => pairOf(id, before.get(id), after.get(id), { prunes, expands }) ?? []);
  return withWaiting(pairs, now);
};

/** What the rest of the tree says about a pair. */
interface Around {
  readonly prunes: boolean;
  readonly expands: (claim: KubernetesObject) => boolean | undefined;
}

const pairOf = (id: string, before: Side | undefined, after: Side | undefined, around: Around): Pair | undefined => {
  const object = (after ?? before)?.object;
  if (object === undefined) return undefined;
  const one = { id, name: nameOf(object), kind: object.kind };
  if (before === undefined) return { ...one, change: "added", ...(after === undefined ? {} : { after }), fields: [] };
  if (after === undefined) return { ...one, change: around.prunes && isPruned(before) ? "removed" : "kept", before, fields: [] };
  const [old, now] = [canonical(before.object), canonical(after.object)];
  const fields = equal(old, now) ? [] : changedFields(old, now);
  return { ...one, change: changeOf(before, after, fields, around), before, after, fields };
};

const isPruned = ({ object, owner }: Side): boolean => owner?.prune !== false && fluxSays(object, "prune") !== "disabled";

const changeOf = (before: Side, after: Side, fields: readonly FieldChange[], { expands }: Around): Change => {
  const { object, owner } = after;
  const left = fluxSays(object, "reconcile") === "disabled" || ["ignore", "ifnotpresent"].includes(fluxSays(object, "ssa") ?? "");
  if (fields.length === 0 || left) return "unchanged";
  // A volume that cannot grow is no fixed field to Flux, so that it does not replace it by force either.
  if (grows(before.object, object) && expands(object) === false) return "refused";
  if (immutableChanges(before.object, object).length === 0 && !shrinks(before.object, object)) return "changed";
  return fluxSays(object, "force") === "enabled" || owner?.force === true ? "recreated" : "refused";
};

/** True for what a cluster notices, if only once nothing is refused any more. */
export const isChange = ({ change }: Pair): boolean => change !== "unchanged" && change !== "kept";

/** True for what the cluster loses, if only once nothing is refused any more. */
export const isLost = ({ change, after }: Pair): boolean => change === "removed" || (change === "waits" && after === undefined);

/** True for what comes about as it stands. */
export const comesAbout = (pair: Pair): boolean => isChange(pair) && pair.change !== "refused" && pair.change !== "waits";

/** Pairs by kind, with fewer words at each use. */
export const ofKind = (pairs: readonly Pair[], ...kinds: readonly string[]): readonly Pair[] => pairs.filter(({ kind }) => kinds.includes(kind));

/** The namespace and name of a pair's object, whichever side has it. */
export const metadataOf = ({ before, after }: Pair): { readonly name: string; readonly namespace?: string } =>
  (after ?? before)?.object.metadata ?? { name: "" };

export const specOf = (side: Side | undefined) => fieldsOf(side?.object.spec);
