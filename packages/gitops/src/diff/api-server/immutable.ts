import type { KubernetesObject } from "@fogline/manifests";
import { parseQuantity } from "@fogline/units";
import { at, equal, type Fields, isFields } from "../lookup.ts";
import { canonical } from "./canonical.ts";

/** Fields of `StatefulSet.spec` that may change; the server refuses every other. */
const statefulSetMayChange = new Set([
  "minReadySeconds",
  "ordinals",
  "persistentVolumeClaimRetentionPolicy",
  "replicas",
  "revisionHistoryLimit",
  "template",
  "updateStrategy",
]);

const claimMayChange = new Set(["resources", "volumeAttributesClassName"]);
const volumeSources = ["awsElasticBlockStore", "csi", "gcePersistentDisk", "hostPath", "iscsi", "local", "nfs", "nodeAffinity"];

type Rule = (before: Fields, after: Fields) => readonly string[];

const fixed =
  (...paths: readonly string[]): Rule =>
  (before, after) =>
    paths.filter((path) => !equal(at(before, ...path.split(".")), at(after, ...path.split("."))));

const fixedSpecBut =
  (mayChange: ReadonlySet<string>): Rule =>
  (before, after) => {
    const keys = new Set([...Object.keys((before.spec ?? {}) as Fields), ...Object.keys((after.spec ?? {}) as Fields)]);
    return [...keys]
      .filter((key) => !mayChange.has(key) && !equal(at(before, "spec", key), at(after, "spec", key)))
      .toSorted()
      .map((key) => `spec.${key}`);
  };

const external = (object: Fields): boolean => at(object, "spec", "type") === "ExternalName";

/** A stated address must be the one there is; one that is no longer stated is kept by the server. */
const service: Rule = (before, after) => {
  if (external(before) || external(after)) return [];
  const wanted = at(after, "spec", "clusterIP");
  const address = wanted !== undefined && wanted !== at(before, "spec", "clusterIP") ? ["spec.clusterIP"] : [];
  const classes = fixed("spec.loadBalancerClass")(before, after).filter(() => at(before, "spec", "loadBalancerClass") !== undefined);
  return [...address, ...classes];
};

/** A class that was not stated was filled in by the server, and a volume name by the binder: stating them may well say what is there. */
const claim: Rule = (before, after) =>
  fixedSpecBut(claimMayChange)(before, after).filter(
    (path) => !(["spec.storageClassName", "spec.volumeName"].includes(path) && at(before, ...path.split(".")) === undefined),
  );

const frozenData =
  (...always: readonly string[]): Rule =>
  (before, after) =>
    fixed(...always, ...(before.immutable === true ? ["binaryData", "data", "immutable", "stringData"] : []))(before, after);

/** What the server lets nobody change, by kind (kubernetes, `pkg/apis/<group>/validation`). */
const rules: Readonly<Record<string, Rule>> = {
  Deployment: fixed("spec.selector"),
  DaemonSet: fixed("spec.selector"),
  ReplicaSet: fixed("spec.selector"),
  StatefulSet: fixedSpecBut(statefulSetMayChange),
  Job: fixed("spec.completionMode", "spec.selector", "spec.template"),
  Service: service,
  PersistentVolumeClaim: claim,
  PersistentVolume: fixed(...volumeSources.map((source) => `spec.${source}`)),
  StorageClass: fixed("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
  RoleBinding: fixed("roleRef"),
  ClusterRoleBinding: fixed("roleRef"),
  ConfigMap: frozenData(),
  Secret: frozenData("type"),
  PriorityClass: fixed("preemptionPolicy", "value"),
  RuntimeClass: fixed("handler"),
  IngressClass: fixed("spec.controller"),
  CustomResourceDefinition: fixed("spec.scope"),
};

/** Paths of fields that differ and that the server would refuse to change. */
export const immutableChanges = (before: KubernetesObject, after: KubernetesObject): readonly string[] =>
  rules[after.kind]?.(canonical(before), canonical(after)) ?? [];

export const requestedStorage = (claimObject: KubernetesObject): number | undefined =>
  parseQuantity(at(claimObject, "spec", "resources", "requests", "storage"));

const resizes =
  (differs: (old: number, now: number) => boolean) =>
  (before: KubernetesObject, after: KubernetesObject): boolean => {
    if (after.kind !== "PersistentVolumeClaim") return false;
    const [old, now] = [requestedStorage(before), requestedStorage(after)];
    return old !== undefined && now !== undefined && differs(old, now);
  };

/** True when a claim asks for less than before, which the server refuses. */
export const shrinks = resizes((old, now) => now < old);

/** True when a claim asks for more than before, which the server refuses where its class does not expand volumes. */
export const grows = resizes((old, now) => now > old);

/** Whether the class of a claim expands volumes; `undefined` where the class is not among the objects. */
export const expandsVolumes = (claimObject: KubernetesObject, objects: readonly KubernetesObject[]): boolean | undefined => {
  const name = at(claimObject, "spec", "storageClassName");
  const storageClass = objects.find(({ kind, metadata }) => kind === "StorageClass" && metadata.name === name);
  return storageClass === undefined ? undefined : storageClass.allowVolumeExpansion === true;
};

/** The annotations that tell Flux to treat one object in its own way. */
const fluxGroup = "kustomize.toolkit.fluxcd.io";

/** What Flux is told about an object: `force` replaces it, `prune: disabled` leaves it alone when the tree no longer has it. */
export const fluxSays = (object: KubernetesObject, word: "force" | "prune" | "reconcile" | "ssa"): string | undefined => {
  const annotations = object.metadata.annotations;
  const value = isFields(annotations) ? annotations[`${fluxGroup}/${word}`] : undefined;
  return typeof value === "string" ? value.toLowerCase() : undefined;
};
