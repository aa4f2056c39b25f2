import { followsBranch, isReadyIn, startTestCluster, type TestCluster } from "../test/cluster/testing/cluster.ts";
import { addWideCluster } from "../test/cluster/testing/wide-fleet.ts";
import { type BenchOptions, verify } from "./bench.ts";
import { type DirectSubject, directFigures, imageOf } from "./cluster-direct.ts";
import { openTimeline, type Timeline } from "./cluster-timeline.ts";
import { type Figure, latencies, percentile } from "./figures.ts";

/** A rendered tree in which the image of one workload changes. */
interface Subject extends DirectSubject {
  readonly what: string;
  readonly start: () => Promise<TestCluster>;
}

const subjects: readonly Subject[] = [
  {
    ...{ what: "edge-pi", workload: "display", image: "registry.edge.acme.example/display:1.2" },
    // A site that is always connected follows a branch; the example's is metered and would pull artifacts.
    start: () =>
      startTestCluster("edge-pi", {
        prepare: followsBranch,
      }),
  },
  {
    ...{ what: "a tree of 300 objects", workload: "plain-20", image: "registry.edge.acme.example/plain-20:1.0" },
    start: () =>
      startTestCluster("wide", {
        prepare: (repository) =>
          addWideCluster(repository, {
            ...{ name: "wide", boards: [{ hardware: "pi-5-8", count: 20 }], plain: 44, gpu: 0, replicas: 2, gpuSlices: 1 },
          }),
      }),
  },
];

/** When what happened, in milliseconds since `git push` was called. */
interface Moments {
  readonly pushed: number;
  readonly fetched: number;
  readonly applied: number;
  readonly ready: number;
  readonly whole: number;
}

const pushOnce = async (cluster: TestCluster, timeline: Timeline, { workload, image }: DirectSubject, change: number): Promise<Moments> => {
  const file = `clusters/${cluster.name}/apps/${workload}/deployment-${workload}.yaml`;
  cluster.repository.edit(file, /^( +image: .*)\.\d+$/m, `$1.${change}`);
  const revision = cluster.repository.commit(`change ${change}`);
  const from = performance.now();
  const seen = Promise.all([
    timeline.when(({ kind, status }) => kind === "GitRepository" && status?.artifact?.revision?.endsWith(revision)),
    timeline.when((object) => imageOf(object, workload) === `${image}.${change}`),
    timeline.when((object) => object.kind === "Kustomization" && object.metadata.name === workload && isReadyIn(object, revision)),
    timeline.whenAll("Kustomization", (object) => isReadyIn(object, revision)),
  ]);
  await cluster.push("");
  const pushed = performance.now() - from;
  const [fetched, applied, ready, whole] = (await seen).map((at) => at - from) as [number, number, number, number];
  return { pushed, fetched, applied, ready, whole };
};

const median = (what: string, values: readonly number[]): Figure => ({ what: `${what}: p50`, unit: "ms", value: percentile(values, 0.5) });

const figuresOf = (what: string, moments: readonly Moments[]): Figure[] => {
  const of = (from: keyof Moments | undefined, to: keyof Moments): number[] =>
    moments.map((one) => Math.max(0, one[to] - (from === undefined ? 0 : one[from])));
  return [
    ...latencies(
      `${what}: git push to applied and healthy`,
      "ms",
      moments.map(({ applied, ready }) => Math.max(applied, ready)),
    ),
    median(`${what}: of it git push and the request to fetch`, of(undefined, "pushed")),
    median(`${what}: of it until the source has fetched`, of("pushed", "fetched")),
    median(`${what}: of it until the object is applied`, of("fetched", "applied")),
    median(`${what}: of it until its Kustomization is ready`, of("applied", "ready")),
    ...latencies(`${what}: git push to every Kustomization ready`, "ms", of(undefined, "whole")),
  ];
};

const measure = async (subject: Subject, { changes, say }: BenchOptions): Promise<Figure[]> => {
  const cluster = await subject.start();
  try {
    await cluster.settled(cluster.head());
    const objects = cluster.tree().folders.flatMap((folder) => folder.objects).length;
    const timeline = await openTimeline(cluster);
    const moments: Moments[] = [];
    // The first is warm-up.
    for (let change = 1; change <= changes + 1; change += 1) {
      moments.push(await pushOnce(cluster, timeline, subject, change));
      say(`${subject.what}: change ${change} of ${changes + 1}`);
    }
    verify(cluster.standIns.problems.length === 0, cluster.standIns.problems.join("; "));
    await cluster.flux.stop();
    const direct = await directFigures(cluster, timeline, subject, { what: subject.what, from: changes + 2, changes });
    timeline.close();
    return [{ what: `${subject.what}: objects`, unit: "objects", value: objects }, ...figuresOf(subject.what, moments.slice(1)), ...direct];
  } finally {
    await cluster.stop();
  }
};

/** From `git push` of a changed line until Flux says that it is applied and healthy, and the same by applying the tree directly. */
export const pushFigures = async (options: BenchOptions): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const subject of subjects) figures.push(...(await measure(subject, options)));
  return figures;
};
