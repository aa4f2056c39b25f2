import { isDeepStrictEqual } from "node:util";
import type { KubernetesApi, LiveObject } from "@fogline/dev-cluster";
import { identityOf, type KubernetesObject, nameOf } from "@fogline/manifests";
import { type RunningPod, runningPods } from "./rollout.ts";

/** What an API server has at one moment of some objects, and the pods that run. */
export interface ClusterRecord {
  readonly objects: ReadonlyMap<string, LiveObject>;
  readonly pods: readonly RunningPod[];
}

/** What became of a cluster, or shall become of it: sentences such as `changed Service fogline/display` and `Deployment fogline/display 1`, sorted. */
export interface Changes {
  readonly objects: readonly string[];
  /** Workloads whose pods are exchanged for such of another template, and how many. */
  readonly restarts: readonly string[];
}

export const nothing: ClusterRecord = { objects: new Map(), pods: [] };

/** Reads what there is of some objects. */
export const recordOf = async (api: KubernetesApi, objects: readonly KubernetesObject[]): Promise<ClusterRecord> => {
  const wanted = new Map(objects.map((object) => [identityOf(object), object]));
  const kinds = new Map([...wanted.values()].map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]));
  const lists = await Promise.all([...kinds.values()].map((kind) => api.list(kind)));
  const live = lists.flat().map((object): [string, LiveObject] => [identityOf(object), object]);
  return { objects: new Map(live.filter(([id]) => wanted.has(id))), pods: await runningPods(api) };
};

/** What people and Flux say of an object, without what the server counts and what controllers report. */
const content = ({ status: _, metadata, ...rest }: LiveObject): unknown => {
  const { resourceVersion: _version, generation: _generation, managedFields: _fields, ...stated } = metadata;
  return { ...rest, metadata: stated };
};

const becameOf = (before: LiveObject | undefined, after: LiveObject | undefined): string | undefined => {
  if (before === undefined || after === undefined) return before === after ? undefined : before === undefined ? "added" : "removed";
  if (before.metadata.uid !== after.metadata.uid) return "recreated";
  const counted = before.metadata.generation !== after.metadata.generation;
  const written = before.metadata.resourceVersion !== after.metadata.resourceVersion && !isDeepStrictEqual(content(before), content(after));
  return counted || written ? "changed" : undefined;
};

const restartsBetween = (before: readonly RunningPod[], after: readonly RunningPod[]): string[] => {
  const [old, now] = [Map.groupBy(before, ({ workload }) => workload), Map.groupBy(after, ({ workload }) => workload)];
  return [...old].flatMap(([workload, pods]) => {
    const [uids, templates] = [new Set((now.get(workload) ?? []).map(({ uid }) => uid)), new Set(pods.map(({ template }) => template))];
    const gone = pods.filter(({ uid }) => !uids.has(uid)).length;
    const come = (now.get(workload) ?? []).filter(({ template }) => !templates.has(template)).length;
    const exchanged = Math.min(gone, come);
    return exchanged === 0 ? [] : [`${workload} ${exchanged}`];
  });
};

/** What happened between two records. */
export const changesBetween = (before: ClusterRecord, after: ClusterRecord): Changes => ({
  objects: [...new Set([...before.objects.keys(), ...after.objects.keys()])]
    .flatMap((id) => {
      const [old, now] = [before.objects.get(id), after.objects.get(id)];
      const became = becameOf(old, now);
      const named = old ?? now;
      return became === undefined || named === undefined ? [] : [`${became} ${nameOf(named)}`];
    })
    .sort(),
  restarts: restartsBetween(before.pods, after.pods).sort(),
});
