import type { KubernetesApi, LiveObject, Named } from "@fogline/dev-cluster";
import { nameOf } from "@fogline/manifests";
import { eventually } from "../../system/testing/eventually.ts";

/** Far above what is expected: the machines are shared. */
const patienceMs = 90_000;

const apps = { apiVersion: "apps/v1" };

/** A pod that runs, by what made it. */
export interface RunningPod {
  readonly uid: string;
  /** `Deployment fogline/display`. */
  readonly workload: string;
  /** Changes with the template of the workload. */
  readonly template: string;
}

interface Workloads {
  readonly deployments: readonly LiveObject[];
  readonly daemonSets: readonly LiveObject[];
  readonly replicaSets: readonly LiveObject[];
  readonly pods: readonly LiveObject[];
  readonly nodes: readonly LiveObject[];
}

const workloadsIn = async (api: KubernetesApi): Promise<Workloads> => {
  const [deployments = [], daemonSets = [], replicaSets = [], pods = [], nodes = []] = await Promise.all([
    ...["Deployment", "DaemonSet", "ReplicaSet"].map((kind) => api.list({ ...apps, kind })),
    ...["Pod", "Node"].map((kind) => api.list({ apiVersion: "v1", kind })),
  ]);
  return { deployments, daemonSets, replicaSets, pods, nodes };
};

const ownerUid = ({ metadata }: LiveObject): string => {
  const { ownerReferences = [] } = metadata as { ownerReferences?: readonly { readonly uid: string }[] };
  return ownerReferences[0]?.uid ?? "";
};

const isObserved = ({ status, metadata }: LiveObject): boolean => status?.observedGeneration === metadata.generation;

const deploymentIsDone = (one: LiveObject): boolean => {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = one.status ?? {};
  return isObserved(one) && [replicas, updatedReplicas, availableReplicas].every((count) => count === one.spec.replicas);
};

/** The DaemonSets here choose nodes by labels alone, and tolerate every taint. */
const daemonSetIsDone = (one: LiveObject, nodes: readonly LiveObject[]): boolean => {
  const selector = Object.entries(one.spec.template.spec.nodeSelector ?? {});
  const wanted = nodes.filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value)).length;
  const { currentNumberScheduled = 0, desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = one.status ?? {};
  const counts = [currentNumberScheduled, desiredNumberScheduled, updatedNumberScheduled, numberAvailable];
  return isObserved(one) && counts.every((count) => count === wanted);
};

const isReady = ({ status, metadata }: LiveObject): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.conditions?.some(({ type, status: holds }: { type: string; status: string }) => type === "Ready" && holds === "True") === true;

/** What controllers have not finished with, by name. */
const unfinished = ({ deployments, daemonSets, replicaSets, pods, nodes }: Workloads): string[] => {
  const owners = new Set([...deployments, ...daemonSets, ...replicaSets].map(({ metadata }) => metadata.uid));
  return [
    ...deployments.filter((one) => !deploymentIsDone(one)),
    ...daemonSets.filter((one) => !daemonSetIsDone(one, nodes)),
    ...replicaSets.filter((one) => !owners.has(ownerUid(one))),
    ...pods.filter((one) => !isReady(one) || !owners.has(ownerUid(one))),
  ].map(nameOf);
};

/** Waits until every workload runs what it was told last and nothing else, and until `gone` is. Rejects with what is not done. */
export const rolledOut = async (api: KubernetesApi, gone: readonly (Named & { readonly name: string })[]): Promise<void> => {
  let open: string[] = [];
  const isDone = async (): Promise<boolean> => {
    const left = await Promise.all(gone.map((one) => api.get(one)));
    open = [...left.flatMap((one) => (one === undefined ? [] : [nameOf(one)])), ...unfinished(await workloadsIn(api))];
    return open.length === 0;
  };
  await eventually("everything is rolled out", isDone, patienceMs).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error}; open: ${open.join(", ")}`);
  });
};

/** Every pod of a Deployment or DaemonSet. */
export const runningPods = async (api: KubernetesApi): Promise<readonly RunningPod[]> => {
  const { deployments, daemonSets, replicaSets, pods } = await workloadsIn(api);
  const byUid = new Map([...deployments, ...daemonSets, ...replicaSets].map((one) => [one.metadata.uid, one]));
  return pods.flatMap((pod) => {
    const owner = byUid.get(ownerUid(pod));
    const workload = owner?.kind === "ReplicaSet" ? byUid.get(ownerUid(owner)) : owner;
    const { uid, labels = {} } = pod.metadata;
    const template = labels["pod-template-hash"] ?? labels["controller-revision-hash"] ?? "";
    return workload === undefined ? [] : [{ uid, workload: nameOf(workload), template }];
  });
};
