import { nameOf } from "@fogline/manifests";
import { type Loose, mappingAt, mappingsIn, numberIn, textIn, textsIn } from "../tree/loose.ts";
import type { TreeObject } from "../tree/tree.ts";

/** A container of a pod. */
export interface PodContainer {
  readonly name: string;
  readonly image: string;
  /** Runs before the others and ends; its needs do not add up with theirs. */
  readonly initial: boolean;
  readonly spec: Loose;
}

/** Something that makes pods, with the pods' template. */
export interface PodOwner extends TreeObject {
  /** `Deployment fogline/gateway`. */
  readonly title: string;
  readonly kind: string;
  readonly namespace: string;
  /** Pods at a time; absent for a DaemonSet, which has one on every machine. */
  readonly replicas?: number;
  /** Labels of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Loose;
  readonly containers: readonly PodContainer[];
}

/** Where the pod template stands in each kind that has one; empty for a Pod, which is one itself. */
const templates: Readonly<Record<string, readonly string[]>> = {
  "v1/Pod": [],
  "v1/ReplicationController": ["spec", "template"],
  "apps/v1/Deployment": ["spec", "template"],
  "apps/v1/StatefulSet": ["spec", "template"],
  "apps/v1/ReplicaSet": ["spec", "template"],
  "apps/v1/DaemonSet": ["spec", "template"],
  "batch/v1/Job": ["spec", "template"],
  "batch/v1/CronJob": ["spec", "jobTemplate", "spec", "template"],
};

/** The pods that an object makes; `undefined` for an object that makes none. */
export const podOwnerOf = (entry: TreeObject): PodOwner | undefined => {
  const { object } = entry;
  const path = templates[`${object.apiVersion}/${object.kind}`];
  if (path === undefined) return undefined;
  const template = mappingAt(object, ...path);
  const spec = mappingAt(template.spec);
  return {
    ...entry,
    title: nameOf(object),
    kind: object.kind,
    namespace: object.metadata.namespace ?? "default",
    ...(object.kind === "DaemonSet" ? {} : { replicas: replicasOf(object.kind, mappingAt(object.spec)) }),
    labels: textsIn(mappingAt(template.metadata).labels),
    spec,
    containers: [...containersOf(spec.initContainers, true), ...containersOf(spec.containers, false)],
  };
};

const replicasOf = (kind: string, spec: Loose): number => (kind === "Job" || kind === "CronJob" ? 1 : (numberIn(spec.replicas) ?? 1));

const containersOf = (list: unknown, initial: boolean): PodContainer[] =>
  mappingsIn(list).map((spec) => ({
    name: textIn(spec.name) ?? "",
    image: textIn(spec.image) ?? "",
    // An init container that restarts is a sidecar: it stays.
    initial: initial && spec.restartPolicy !== "Always",
    spec,
  }));

/** `Deployment fogline/gateway`, and the container where the pod has several. */
export const containerTitle = (owner: PodOwner, container: PodContainer): string =>
  owner.containers.length === 1 ? owner.title : `${owner.title}, container ${container.name},`;
