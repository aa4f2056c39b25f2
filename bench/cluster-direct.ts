import type { LiveObject } from "@fogline/dev-cluster";
import type { KubernetesObject } from "@fogline/manifests";
import type { TestCluster } from "../test/cluster/testing/cluster.ts";
import { verify } from "./bench.ts";
import type { Timeline } from "./cluster-timeline.ts";
import { type Figure, latencies } from "./figures.ts";

/** The workload whose image changes; `image` is it up to the last part of its version, which counts the changes. */
export interface DirectSubject {
  readonly workload: string;
  readonly image: string;
}

export interface DirectOptions {
  readonly what: string;
  /** The number of the first change. */
  readonly from: number;
  readonly changes: number;
}

/** The image that a Deployment of a name asks for; undefined for any other object. */
export const imageOf = ({ kind, metadata, spec }: LiveObject, workload: string): string | undefined =>
  kind === "Deployment" && metadata.name === workload ? spec.template.spec.containers[0].image : undefined;

const isRolledOut = ({ metadata, spec, status }: LiveObject): boolean =>
  status?.observedGeneration === metadata.generation &&
  [status.replicas, status.updatedReplicas, status.availableReplicas].every((count) => count === spec.replicas);

/** The tree without Flux's own objects, in the order in which its folders depend on each other. */
const objectsOf = (cluster: TestCluster): KubernetesObject[] => {
  const rank = (path: string): number => ["controllers", "configs"].findIndex((folder) => path.endsWith(`/${folder}`));
  const folders = cluster.tree().folders.filter(({ path }) => !path.endsWith("/flux-system"));
  const early = (path: string): number => (rank(path) === -1 ? 2 : rank(path));
  return folders.toSorted((a, b) => early(a.path) - early(b.path)).flatMap(({ objects }) => objects.map(({ object }) => object));
};

/** The floor: the whole tree, one object after the other, by server-side apply as `kubectl apply --server-side` does it, without Flux. */
export const directFigures = async (
  cluster: TestCluster,
  timeline: Timeline,
  { workload, image }: DirectSubject,
  { what, from, changes }: DirectOptions,
): Promise<Figure[]> => {
  const file = `clusters/${cluster.name}/apps/${workload}/deployment-${workload}.yaml`;
  const [applied, healthy]: [number[], number[]] = [[], []];
  for (let change = from; change < from + changes; change += 1) {
    cluster.repository.edit(file, /^( +image: .*)\.\d+$/m, `$1.${change}`);
    const objects = objectsOf(cluster);
    const started = performance.now();
    const seen = timeline.when((object) => imageOf(object, workload) === `${image}.${change}`);
    for (const object of objects) await cluster.api.apply(object, { fieldManager: "kubectl" });
    applied.push(Math.max(performance.now(), await seen) - started);
    healthy.push((await timeline.when((object) => imageOf(object, workload) === `${image}.${change}` && isRolledOut(object))) - started);
  }
  const live = await cluster.api.get({ apiVersion: "apps/v1", kind: "Deployment", name: workload, namespace: "fogline" });
  verify(live !== undefined && imageOf(live, workload) === `${image}.${from + changes - 1}`, `the image of ${workload}`);
  return [
    ...latencies(`compared: ${what} applied directly, every object`, "ms", applied),
    ...latencies(`compared: ${what} applied directly, until it is healthy`, "ms", healthy),
  ];
};
