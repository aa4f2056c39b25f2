import { mappingAt, textIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";

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
