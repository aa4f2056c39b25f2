import type { Finding } from "@fogline/findings";
import type { Cluster, Fleet } from "@fogline/fleet";
import { applyExceptions, checkTree, objectRules, schemaProblems } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";

/** A resource of a stack, as much as is looked at. */
export interface StackResource {
  /** Such as `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
}

export interface StackToCheck {
  readonly fleet: Fleet;
  readonly cluster: Cluster;
  readonly resources: readonly StackResource[];
  /** The day it is, such as 2026-11-26: exceptions end on a day. */
  readonly today: string;
}

/** The Kubernetes objects among the resources; providers and what is not an object are left out. */
const objectsOf = (resources: readonly StackResource[]): KubernetesObject[] =>
  resources.flatMap(({ type, props }) => {
    const { kind, metadata } = props as Partial<KubernetesObject>;
    return /^kubernetes:[^:]+:[A-Za-z]+$/.test(type) && typeof kind === "string" && typeof metadata?.name === "string"
      ? [props as KubernetesObject]
      : [];
  });

/**
 * What the rules of `fogline check` object to in the Kubernetes objects of a stack, less what the fleet file excepts. Each finding has the code,
 * message and remedy that it has there.
 */
export const stackFindings = ({ fleet, cluster, resources, today }: StackToCheck): readonly Finding[] => {
  const objects = objectsOf(resources);
  const folder = {
    path: `stack ${cluster.name}`,
    objects: objects.map((object) => ({ object, file: `stack ${cluster.name}`, place: cluster.place })),
  };
  const found = checkTree({ fleet, cluster, tree: { cluster: cluster.name, folders: [folder] }, dayZero: new Set() }, objectRules);
  const misfits = objects.filter(isKnown).flatMap((object) => schemaProblems(object, `stack ${cluster.name}`));
  // Of the exceptions of a fleet most are for trees: that this stack needs one is not to be expected.
  return applyExceptions([...misfits, ...found], fleet.exceptions, today).findings.filter(({ code }) => code !== "FL2292");
};

/** Definitions are the operator's own and have no model here; everything else that day 0 lays down has one. */
const isKnown = ({ kind }: KubernetesObject): boolean => kind !== "CustomResourceDefinition";
