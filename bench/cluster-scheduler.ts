import { setTimeout as sleep } from "node:timers/promises";
import type { LiveObject } from "@fogline/dev-cluster";
import { atOnce, type ControlPlane, startControlPlane } from "@fogline/dev-cluster";
import type { KubernetesObject } from "@fogline/manifests";
import { eventually } from "../test/system/testing/eventually.ts";
import { type BenchOptions, verify } from "./bench.ts";
import type { Figure } from "./figures.ts";
import { processorMs } from "./process-facts.ts";

/** Pods in each measurement. */
const pods = 2_000;
const clients = 32;
const patienceMs = 300_000;

interface Subject {
  readonly what: string;
  readonly nodes: number;
  readonly schedulerQps: number;
}

/** kube-scheduler's own default, https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/ */
const schedulerQpsDefault = 50;

const subjects: readonly Subject[] = [
  { what: "1000 nodes, 1000 requests a second allowed", nodes: 1_000, schedulerQps: 1_000 },
  { what: "compared: 100 nodes, 1000 requests a second allowed", nodes: 100, schedulerQps: 1_000 },
  { what: "compared: 1000 nodes, the scheduler's own 50 requests a second", nodes: 1_000, schedulerQps: schedulerQpsDefault },
];

const node = (index: number): KubernetesObject => {
  const resources = { cpu: "8", memory: "16Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: `node-${index}`,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: { "kubernetes.io/hostname": `node-${index}`, "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64" },
    },
    status: { capacity: resources, allocatable: resources },
  } as KubernetesObject;
};

const pod = (series: string, index: number): KubernetesObject =>
  ({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: `${series}-${index}`, namespace: "default", labels: { series } } },
    spec: { containers: [{ name: "main", image: "registry.example/main:1", resources: { requests: { cpu: "100m", memory: "64Mi" } } }] },
  }) as KubernetesObject;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A series of pods, as a client that watches learns of it. */
interface Series {
  /** When the last of them got a node, by `performance.now()`. */
  readonly allBound: Promise<number>;
}

const watchSeries = async ({ api }: ControlPlane, series: string): Promise<Series> => {
  const bound = new Set<string>();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const seen = ({ metadata, spec }: LiveObject): void => {
    if (metadata.labels?.series !== series || spec.nodeName === undefined) return;
    bound.add(metadata.name);
    if (bound.size === pods) resolve(performance.now());
  };
  const end = await api.watch({ apiVersion: "v1", kind: "Pod", namespace: "default" }, seen, reject);
  const timer = setTimeout(() => reject(new Error(`${bound.size} of ${pods} pods were bound within ${patienceMs} ms`)), patienceMs);
  const allBound = promise.finally(() => {
    clearTimeout(timer);
    end();
  });
  // Whoever waits for it hears of a failure; nobody does before the pods are created.
  allBound.catch(() => undefined);
  return { allBound };
};

const create = ({ api }: ControlPlane, series: string): Promise<void> =>
  atOnce(
    numbers(pods).map((index) => pod(series, index)),
    (one) => api.create(one),
    clients,
  );

/** Pods that are bound while others are still created. */
const whileCreated = async (plane: ControlPlane): Promise<number> => {
  const { allBound } = await watchSeries(plane, "created");
  const from = performance.now();
  await create(plane, "created");
  return pods / (((await allBound) - from) / 1_000);
};

/** Pods that all wait when the scheduler, which was stopped meanwhile, goes on. */
const whenAllWait = async (plane: ControlPlane, scheduler: number): Promise<number> => {
  process.kill(scheduler, "SIGSTOP");
  await create(plane, "waiting");
  const { allBound } = await watchSeries(plane, "waiting");
  const from = performance.now();
  process.kill(scheduler, "SIGCONT");
  return pods / (((await allBound) - from) / 1_000);
};

/** Every pod runs on a node that there is, and the scheduler spread them. */
const verifyBound = async ({ api }: ControlPlane, { what, nodes }: Subject): Promise<void> => {
  const running = async (): Promise<LiveObject[] | undefined> => {
    const all = await api.list({ apiVersion: "v1", kind: "Pod", namespace: "default" });
    return all.every(({ status }) => status.phase === "Running") ? all : undefined;
  };
  const all = await eventually(`every pod runs: ${what}`, running, patienceMs);
  const byNode = Map.groupBy(all, ({ spec }) => spec.nodeName as string);
  const most = Math.max(...[...byNode.values()].map((on) => on.length));
  verify(all.length === 2 * pods && byNode.size <= nodes && most <= 110, `${all.length} pods on ${byNode.size} nodes, ${most} on one`);
};

const measure = async (subject: Subject, { settleMs, say }: BenchOptions): Promise<Figure[]> => {
  const { what, nodes, schedulerQps } = subject;
  say(what);
  const plane = await startControlPlane({ schedulerQps });
  try {
    await atOnce(numbers(nodes).map(node), (one) => plane.api.create(one), clients);
    const ready = async (): Promise<boolean> =>
      (await plane.api.list({ apiVersion: "v1", kind: "Node" })).every(({ spec, status }) =>
        status.conditions?.some(
          ({ type, status: is }: { type: string; status: string }) => type === "Ready" && is === "True" && spec.taints === undefined,
        ),
      );
    await eventually(`${nodes} nodes are ready`, ready, patienceMs);
    await sleep(settleMs);
    const scheduler = plane.programs().find(({ name }) => name === "kube-scheduler")?.pid ?? 0;
    const before = processorMs(scheduler);
    const created = await whileCreated(plane);
    const waiting = await whenAllWait(plane, scheduler);
    const used = (processorMs(scheduler) - before) / (2 * pods);
    await verifyBound(plane, subject);
    return [
      { what: `${what}: bound while 32 clients create`, unit: "/s", value: created },
      { what: `${what}: bound when all were created before`, unit: "/s", value: waiting },
      { what: `${what}: processor time of the scheduler for one pod`, unit: "ms", value: used },
    ];
  } finally {
    await plane.stop();
  }
};

/** Pods that kube-scheduler binds in a second, with its own rules alone: what a placement of ours will be compared with. */
export const schedulerFigures = async (options: BenchOptions): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const subject of subjects) figures.push(...(await measure(subject, options)));
  return figures;
};
