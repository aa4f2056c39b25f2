import { mappingAt, mappingsIn, textIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";
import { documentIn } from "../../tree/yaml-text.ts";

/** What a FluxInstance makes for itself, and is in no tree: a source of this kind, and a Kustomization of the same name that applies the root folder. */
export interface FluxRoot {
  /** Namespace and name; `flux-system/flux-system` unless the instance names them otherwise. */
  readonly key: string;
  /** Kind of the source; absent for an instance that syncs nothing. */
  readonly sourceKind?: string;
}

/** The roots of a tree: one for each FluxInstance in it. */
export const fluxRoots = (objects: readonly TreeObject[]): readonly FluxRoot[] =>
  objects
    .filter(({ object }) => object.kind === "FluxInstance")
    .map(({ object }) => {
      const namespace = object.metadata.namespace ?? "flux-system";
      const { name, kind } = mappingAt(object, "spec", "sync");
      return { key: `${namespace}/${textIn(name) ?? namespace}`, ...(typeof kind === "string" ? { sourceKind: kind } : {}) };
    });

/** A patch that a FluxInstance puts on what it makes. */
export interface InstancePatch {
  /** Kind of what it is put on. */
  readonly kind: unknown;
  /** A merge, or a list of JSON operations. */
  readonly change: unknown;
}

/** The patches of a FluxInstance. */
export const patchesOf = ({ object }: TreeObject): readonly InstancePatch[] =>
  mappingsIn(mappingAt(object, "spec", "kustomize").patches).map(({ patch, target }) => {
    const change = documentOrNothing(textIn(patch) ?? "");
    return { kind: mappingAt(target).kind ?? mappingAt(change).kind, change };
  });

/** Whatever is not YAML is refused when Flux is installed, and patches nothing. */
const documentOrNothing = (text: string): unknown => {
  try {
    return documentIn(text);
  } catch {
    return undefined;
  }
};
