import { mappingAt, textIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";

/** Keys of the Kustomizations and sources that a FluxInstance makes for itself: `flux-system/flux-system` unless it names them otherwise. */
export const rootNames = (objects: readonly TreeObject[]): ReadonlySet<string> =>
  new Set(
    objects
      .filter(({ object }) => object.kind === "FluxInstance")
      .map(({ object }) => {
        const namespace = object.metadata.namespace ?? "flux-system";
        return `${namespace}/${textIn(mappingAt(object, "spec", "sync").name) ?? namespace}`;
      }),
  );
