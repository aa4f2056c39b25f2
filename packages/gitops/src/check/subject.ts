import { type FluxKustomization, kustomizationsIn } from "../tree/kustomizations.ts";
import type { TreeObject } from "../tree/tree.ts";
import { type Machine, machinesOf } from "./machines.ts";
import { type PodOwner, podOwnerOf } from "./pods.ts";
import type { CheckContext } from "./rule.ts";

/** A tree with what many rules ask of it, found once. */
export interface Subject extends CheckContext {
  readonly objects: readonly TreeObject[];
  /** Everything that makes pods. */
  readonly pods: readonly PodOwner[];
  readonly kustomizations: readonly FluxKustomization[];
  readonly kustomizationByKey: ReadonlyMap<string, FluxKustomization>;
  /** The machines of the cluster. */
  readonly machines: readonly Machine[];
  /** Whether the cluster is outside of the data centre. */
  readonly edge: boolean;
  /** The minor version of Kubernetes there, such as 36; absent where nobody declared it. */
  readonly kubernetesMinor?: number;
}

/** Looks at a tree once for all rules. */
export const subjectOf = (context: CheckContext): Subject => {
  const { fleet, cluster, tree } = context;
  const objects = tree.folders.flatMap((folder) => folder.objects);
  const kustomizations = kustomizationsIn(tree);
  const version = cluster.kubernetes.version ?? fleet.rings.find(({ name }) => name === cluster.ring)?.k3s;
  const minor = /^v1\.(\d+)\./.exec(version ?? "")?.[1];
  return {
    ...context,
    objects,
    pods: objects.flatMap((entry) => podOwnerOf(entry) ?? []),
    kustomizations,
    kustomizationByKey: new Map(kustomizations.map((one) => [one.key, one])),
    machines: machinesOf(context),
    edge: cluster.tier !== "cloud",
    ...(minor === undefined ? {} : { kubernetesMinor: Number(minor) }),
  };
};
