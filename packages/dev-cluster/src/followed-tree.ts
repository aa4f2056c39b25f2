import type { KubernetesObject } from "@fogline/manifests";
import { dump, load } from "js-yaml";

/** Where a dev cluster fetches from. */
export interface Followed {
  readonly url: string;
  /** A full ref, such as `refs/heads/dev`. */
  readonly ref: string;
}

interface Patch {
  readonly target: { readonly kind: string; readonly name: string };
  readonly patch: string;
}

interface InstanceSpec {
  readonly kustomize?: { readonly patches?: readonly Patch[] };
  readonly sync: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const header = "# A dev cluster fetches from this machine; `fogline dev up` changed only that.\n";
/** Flux asks no more often by itself; a dev cluster is told of each commit. */
const interval = "60s";

/** The instance with this machine's source. What keeps artifacts over a restart of an offline site has no use here. */
const instanceFollowing = ({ storage: _, ...spec }: InstanceSpec, cluster: string, { url, ref }: Followed): InstanceSpec => {
  const sparse = {
    target: { kind: "GitRepository", name: "flux-system" },
    patch: JSON.stringify([{ op: "add", path: "/spec/sparseCheckout", value: [`clusters/${cluster}`] }]),
  };
  const others = (spec.kustomize?.patches ?? []).filter(({ target }) => !["GitRepository", "OCIRepository"].includes(target.kind));
  return {
    ...spec,
    kustomize: { ...spec.kustomize, patches: [...others, sparse] },
    sync: { ...spec.sync, kind: "GitRepository", url, ref, interval },
  };
};

/** The ref of a served repository. */
export const followedRef = "refs/heads/dev";

/** A FluxInstance as a dev cluster is handed over with it. */
export const followedInstance = (instance: KubernetesObject, cluster: string, url: string): KubernetesObject =>
  following(instance, cluster, { url, ref: followedRef }) ?? instance;

const following = (object: KubernetesObject, cluster: string, source: Followed): KubernetesObject | undefined => {
  const { kind, spec } = object as KubernetesObject & { readonly spec?: Readonly<Record<string, unknown>> };
  if (kind === "FluxInstance") return { ...object, spec: instanceFollowing(spec as InstanceSpec, cluster, source) } as KubernetesObject;
  const from = spec?.sourceRef as { readonly kind?: string; readonly name?: string } | undefined;
  if (kind !== "Kustomization" || from?.kind !== "OCIRepository") return undefined;
  return { ...object, spec: { ...spec, sourceRef: { ...from, kind: "GitRepository" } } } as KubernetesObject;
};

/**
 * Of a cluster's tree the files that are other ones when it is fetched from this machine: its FluxInstance, and, where the fleet has it from a registry,
 * the sources that its Kustomizations name. Every other file is as it was committed.
 */
export const followedFiles = (files: ReadonlyMap<string, string>, cluster: string, source: Followed): ReadonlyMap<string, string> => {
  const folder = `clusters/${cluster}/flux-system/`;
  const changed = [...files].flatMap(([path, text]): [string, string][] => {
    if (!path.startsWith(folder) || path.endsWith("/kustomization.yaml") || !path.endsWith(".yaml")) return [];
    const object = following(load(text) as KubernetesObject, cluster, source);
    return object === undefined ? [] : [[path, header + dump(object, { lineWidth: -1, noRefs: true })]];
  });
  return new Map(changed);
};
