import type { KubernetesObject } from "@fogline/manifests";
import type { ClusterTree } from "../tree/tree.ts";
import { canonical } from "./api-server/canonical.ts";
import { at, equal } from "./lookup.ts";
import { type Change, match, ofKind, type Pair } from "./match.ts";
import { mayRun, type Node } from "./nodes.ts";
import { podSpecOf, restartingKinds, templateOf } from "./pod-owner.ts";

/** Pods of a workload that are replaced. */
export interface Restart {
  readonly id: string;
  readonly name: string;
  readonly pods: number;
  /** True where an autoscaler may run more of them than the tree says. */
  readonly orMore: boolean;
}

/** What a change does in one cluster, in a form that can be held against what its API server did. */
export interface Prediction {
  /** Everything that does not stay as it is, by identity. */
  readonly objects: readonly { readonly id: string; readonly change: Exclude<Change, "unchanged"> }[];
  readonly restarts: readonly Restart[];
}

/**
 * What applying `now` over `old` does. `nodes` are the nodes before and after; a DaemonSet has one pod on each that it may run on.
 * A pod restarts when its template differs for the server. A change of scale restarts none.
 */
export const predict = (
  old: ClusterTree | undefined,
  now: ClusterTree | undefined,
  nodes: { readonly old: readonly Node[]; readonly now: readonly Node[] } = { old: [], now: [] },
): Prediction => {
  const pairs = match(old, now);
  return {
    objects: pairs.flatMap(({ id, change }) => (change === "unchanged" ? [] : [{ id, change }])),
    restarts: restartsOf(pairs, nodes),
  };
};

/** The restarts among pairs, in their order. */
export const restartsOf = (pairs: readonly Pair[], nodes: { readonly old: readonly Node[]; readonly now: readonly Node[] }): readonly Restart[] =>
  ofKind(pairs, ...restartingKinds).flatMap((pair): Restart[] => {
    const { id, name, before, after, change } = pair;
    if (before === undefined || after === undefined || !replacesPods(pair)) return [];
    const scaled = autoscalerOf(pairs, pair);
    const pods = replacedPods(before.object, after.object, nodes, change === "recreated", scaled);
    return pods === 0 ? [] : [{ id, name, pods, orMore: scaled !== undefined }];
  });

const replacesPods = ({ change, before, after }: Pair): boolean => {
  if (change === "recreated") return true;
  if (change !== "changed" || before === undefined || after === undefined) return false;
  return !equal(templateOf(canonical(before.object)), templateOf(canonical(after.object)));
};

/** The autoscaler of a workload after the change. */
export const autoscalerOf = (pairs: readonly Pair[], { kind, after, before }: Pair): KubernetesObject | undefined => {
  const metadata = (after ?? before)?.object.metadata;
  return ofKind(pairs, "HorizontalPodAutoscaler", "ScaledObject").find((one) => {
    const object = one.after?.object;
    const target = at(object, "spec", "scaleTargetRef");
    return (
      object?.metadata.namespace === metadata?.namespace && at(target, "name") === metadata?.name && (at(target, "kind") ?? "Deployment") === kind
    );
  })?.after?.object;
};

/** The pods that a workload runs, as far as its tree says. */
export const podsOf = (object: KubernetesObject, nodes: readonly Node[], autoscaler?: KubernetesObject): number => {
  const spec = podSpecOf(object);
  if (spec === undefined) return 0;
  if (object.kind === "DaemonSet") return nodes.filter((node) => mayRun(spec, node)).length;
  const stated = at(object, "spec", object.kind === "Job" || object.kind === "CronJob" ? "parallelism" : "replicas");
  const least = at(autoscaler, "spec", "minReplicas") ?? at(autoscaler, "spec", "minReplicaCount");
  if (typeof stated === "number") return stated;
  return typeof least === "number" ? least : 1;
};

const replacedPods = (
  before: KubernetesObject,
  after: KubernetesObject,
  nodes: { readonly old: readonly Node[]; readonly now: readonly Node[] },
  recreated: boolean,
  autoscaler: KubernetesObject | undefined,
): number => {
  if (after.kind === "DaemonSet") {
    const [old, now] = [podSpecOf(before) ?? {}, podSpecOf(after) ?? {}];
    const both = nodes.now.filter((node) => mayRun(now, node) && nodes.old.some((one) => one.name === node.name && mayRun(old, one)));
    return at(after, "spec", "updateStrategy", "type") === "OnDelete" && !recreated ? 0 : both.length;
  }
  const pods = Math.min(podsOf(before, nodes.old, autoscaler), podsOf(after, nodes.now, autoscaler));
  if (recreated) return pods;
  if (at(after, "spec", "paused") === true || at(after, "spec", "updateStrategy", "type") === "OnDelete") return 0;
  const partition = after.kind === "StatefulSet" ? at(after, "spec", "updateStrategy", "rollingUpdate", "partition") : 0;
  return Math.max(0, pods - (typeof partition === "number" ? partition : 0));
};
