import type { Place } from "@fogline/findings";
import type { KubernetesObject } from "@fogline/manifests";

/** An object of a tree, with where it stands and what it is there for. */
export interface TreeObject {
  readonly object: KubernetesObject;
  /** Its file, from the repository's root. */
  readonly file: string;
  /** What built it, such as `apps/gateway/chart.ts`; absent in a tree that was read from files. */
  readonly chart?: string;
  /** The entry of the fleet file that it is there for. */
  readonly place?: Place;
}

/** A folder that one kustomization.yaml lists: what one Flux Kustomization applies. */
export interface TreeFolder {
  /** From the repository's root, such as `clusters/dev/configs`. */
  readonly path: string;
  readonly objects: readonly TreeObject[];
  /** Files beside them that the kustomization.yaml does not list, by their paths; only where the tree was read from files. */
  readonly unlisted?: readonly string[];
  /** The entry of the fleet file that the folder is there for; absent in a tree that was read from files. */
  readonly place?: Place;
}

/** What Flux reconciles in one cluster: `flux-system` first, then the folders that its Kustomizations name. */
export interface ClusterTree {
  readonly cluster: string;
  readonly folders: readonly TreeFolder[];
}
