import type { LiveObject } from "@fogline/dev-cluster";
import type { KubernetesObject } from "@fogline/manifests";
import { parseQuantity } from "@fogline/units";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fogline } from "../system/testing/cli.ts";
import { eventually } from "../system/testing/eventually.ts";
import { startTestCluster, type TestCluster } from "./testing/cluster.ts";
import { addWideCluster, type WideCluster } from "./testing/wide-fleet.ts";

const wide: WideCluster = {
  name: "wide",
  boards: [
    { hardware: "pi-5-8", count: 300 },
    { hardware: "pi-4-4", count: 200 },
    { hardware: "pi-5-16", count: 200 },
    { hardware: "jetson-orin-nano-8", count: 150 },
    { hardware: "jetson-orin-nx-16", count: 100 },
    { hardware: "jetson-agx-orin-32", count: 50 },
  ],
  ...{ plain: 32, gpu: 8, replicas: 30, gpuSlices: 2 },
};
const nodeCount = 1_000;
const jetsonCount = 300;

/** Far above what a quiet machine takes. */
const patienceMs = 1_200_000;

/** The pods of one DaemonSet or Deployment. */
const podKey = (pod: LiveObject | KubernetesObject): string => `${pod.metadata.namespace}/${pod.metadata.labels?.["app.kubernetes.io/name"]}`;

describe("a cluster of 1,000 boards with 40 workloads under Flux", () => {
  let cluster: TestCluster;
  let pods: LiveObject[];
  let nodes: ReadonlyMap<string, LiveObject>;
  const rendered = (kind: string) =>
    cluster.tree().folders.flatMap(({ objects }) => objects.flatMap(({ object }) => (object.kind === kind ? [object as LiveObject] : [])));
  const podsOf = (object: KubernetesObject): LiveObject[] => pods.filter((pod) => podKey(pod) === podKey(object));
  const ours = async (): Promise<LiveObject[]> =>
    (await cluster.api.list({ apiVersion: "v1", kind: "Pod" })).filter(({ metadata }) => metadata.namespace?.startsWith("fogline"));
  const nodesWith = (labels: Readonly<Record<string, string>> = {}): string[] =>
    [...nodes.values()]
      .filter(({ metadata }) => Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value))
      .map(({ metadata }) => metadata.name);

  beforeAll(async () => {
    cluster = await startTestCluster(wide.name, {
      prepare: (repository) => addWideCluster(repository, wide),
      controlPlane: { schedulerQps: 1_000, nodeLeaseSeconds: 200 },
    });
    await cluster.settled(cluster.head(), patienceMs);
    pods = await eventually("no pod waits", async () => {
      const all = await ours();
      return all.every(({ status }) => status.phase === "Running") && all;
    });
    nodes = new Map((await cluster.api.list({ apiVersion: "v1", kind: "Node" })).map((node) => [node.metadata.name, node]));
  }, patienceMs);
  afterAll(async () => {
    await cluster?.stop();
  });

  it("passes the checks that every fleet passes", () => {
    expect(fogline(["--repo", cluster.repository.path, "check", "--on-disk"])).toMatchObject({ status: 0 });
  });

  it("runs every pod that the tree asks for, and no other", () => {
    // One agent and one log shipper on each node, one device plugin on each Jetson, 30 of each workload, and what reads the metrics.
    expect(nodes.size).toBe(nodeCount);
    expect(pods.length).toBe(nodeCount + nodeCount + jetsonCount + 40 * 30 + 1);
    const wanted = rendered("Deployment").map((object) => `${podKey(object)} ${object.spec.replicas}`);
    expect(rendered("Deployment").map((object) => `${podKey(object)} ${podsOf(object).length}`)).toEqual(wanted);
    expect(wanted.length).toBe(41);
  });

  it("has one pod of a DaemonSet on each node that it selects", () => {
    const sets = rendered("DaemonSet");
    for (const set of sets) {
      const on = podsOf(set).map(({ spec }) => spec.nodeName);
      expect(on.toSorted(), set.metadata.name).toEqual(nodesWith(set.spec.template.spec.nodeSelector).toSorted());
    }
    expect(sets.map((set) => podsOf(set).length).toSorted()).toEqual([nodeCount, nodeCount, jetsonCount]);
  });

  it("runs what needs a GPU on Jetsons, within the shares that each has", () => {
    const jetsons = new Set(nodesWith({ "nvidia.com/gpu.present": "true" }));
    const withGpu = pods.filter(({ spec }) => spec.containers[0].resources.limits?.["nvidia.com/gpu"] !== undefined);
    expect(withGpu.length).toBe(8 * 30);
    expect(withGpu.filter(({ spec }) => !jetsons.has(spec.nodeName))).toEqual([]);
    const taken = Map.groupBy(withGpu, ({ spec }) => spec.nodeName);
    expect([...taken.values()].filter((on) => on.length > wide.gpuSlices)).toEqual([]);
  });

  it("asks no board for more memory than it has beside what its system keeps", () => {
    const bytes = (quantity: string): number => parseQuantity(quantity) ?? Number.NaN;
    const asked = Map.groupBy(pods, ({ spec }) => spec.nodeName as string);
    const beyond = [...nodes.values()].filter(({ metadata, status }) => {
      const requests = (asked.get(metadata.name) ?? []).flatMap(({ spec }) =>
        spec.containers.map(({ resources }: LiveObject) => resources.requests.memory),
      );
      return !(requests.reduce((sum: number, request: string) => sum + bytes(request), 0) <= bytes(status.allocatable.memory));
    });
    expect(beyond.map(({ metadata }) => metadata.name)).toEqual([]);
  });

  it("needs nobody who stands in to fail", () => {
    expect(cluster.standIns.problems).toEqual([]);
  });
});
