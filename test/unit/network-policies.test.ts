/**
 * What the NetworkPolicies of the example clusters allow, by a model of the API's rules over every pair of pods and every port of them. It cannot
 * prove that anything enforces them: that needs a network plugin that does, a kernel with its modules and real traffic, and none of that is here. It
 * takes K3s's own ranges for pods and Services, and of the pods that Helm charts bring only what stands below.
 */
import { connects, type End, podsIn } from "@fogline/gitops";
import { describe, expect, it } from "vitest";
import { type ExampleCluster, exampleClusters, exampleObjects } from "./testing/example-tree.ts";

/** From whom to whom on which ports, and why. Several names mean each of them; `any` means every port. */
type Row = readonly [from: string, to: string, ports: string, why: string];

const general = (workloads: string): Row[] => [
  [workloads, "kube-dns", "53/UDP 53/TCP", "they look up names"],
  [workloads, "internet other-node", "any", "what is outside of the cluster may be reached: registries, databases, the API server, kubelets"],
];
const hub: Row[] = [
  ["internet other-node", "gateway", "3000/TCP 8091/TCP", "people and devices come in here"],
  ["agent", "gateway", "3000/TCP 8091/TCP", "apps/agent uses the gateway"],
  ["gateway scheduler", "orchestrator", "8080/TCP", "apps/gateway and apps/scheduler use the orchestrator"],
  // All three are said to use scheduler and policy as well, which have no port that anybody could reach.
];
const peers: Row = ["agent", "agent", "40001/TCP", "agents of a site look whether a lost one lives, on a port that each chooses (ADR 6)"];
const edge: Row[] = [
  ["metrics-agent", "log-shipper", "2020/TCP", "metrics-agent reads every port named ops"],
  ["metrics-agent", "metrics-agent", "9090/TCP", "and its own"],
];

/** Device plugins are in no row: they talk to the kubelet by a socket of the node. */
const declared: Record<ExampleCluster, readonly Row[]> = {
  dev: [...general("agent gateway orchestrator policy scheduler"), ...hub, peers],
  cloud: [
    ...general("agent gateway nats orchestrator policy scheduler log-shipper"),
    ...hub,
    peers,
    ["gateway orchestrator policy scheduler", "nats", "4222/TCP", "they meet on the bus, and nobody else may"],
    ["prometheus elasticsearch", "gateway orchestrator policy scheduler", "9464/TCP", "Prometheus reads metrics; its namespace has no other border"],
    ["prometheus elasticsearch", "log-shipper", "2020/TCP", "Prometheus reads metrics"],
    ["metrics-receiver log-receiver trace-store", "kube-dns", "53/UDP 53/TCP", "whoever keeps telemetry looks up names, and may go nowhere else"],
    ["internet other-node", "metrics-receiver", "9090/TCP", "edge clusters send metrics"],
    ["metrics-receiver", "prometheus", "9090/TCP", "and they are kept there"],
    ["internet other-node log-shipper", "log-receiver", "24224/TCP", "edge clusters and this one send logs"],
    ["log-receiver", "elasticsearch", "9200/TCP", "and they are kept there"],
    ["gateway nats orchestrator policy scheduler", "trace-store", "4317/TCP 4318/TCP", "workloads send spans"],
    ["prometheus elasticsearch", "trace-store", "4317/TCP 4318/TCP 16686/TCP", "Grafana, in their namespace, shows traces"],
  ],
  "edge-jetson": [...general("agent inspection log-shipper metrics-agent"), ...edge, peers],
  "edge-pi": [
    ...general("agent display log-shipper metrics-agent"),
    ...edge,
    peers,
    ["internet other-node", "display", "8088/TCP", "an image with ports is there for the outside"],
  ],
};

type Named = End & { readonly name: string; readonly ours?: true };
type Port = { readonly number: number; readonly protocol: string };

const tcp = (...numbers: number[]): Port[] => numbers.map((number) => ({ number, protocol: "TCP" }));

/** A pod of somebody else, with what the server and its maker write on it. */
const foreign = (name: string, namespace: string, labels: Record<string, string>, ports: readonly Port[], namespaceLabels = {}) => ({
  ...{ name, namespace, labels, ports, namespaceLabels: { "kubernetes.io/metadata.name": namespace, ...namespaceLabels } },
});

const partOfFogline = { "app.kubernetes.io/part-of": "fogline" };
const strangers = [
  foreign("kube-dns", "kube-system", { "k8s-app": "kube-dns" }, [...tcp(53, 9153), { number: 53, protocol: "UDP" }]),
  foreign("ingress", "kube-system", { "app.kubernetes.io/name": "traefik" }, tcp(8000)),
  foreign("visitor", "default", { app: "visitor" }, tcp(80)),
  // Says of itself that it is ours; its namespace does not.
  foreign("impostor", "default", { ...partOfFogline, "app.kubernetes.io/name": "gateway" }, tcp(80)),
];
/** What two charts of the cloud bring into the namespace of monitoring, whose pods have no policies of ours. */
const fromCharts = [
  foreign("prometheus", "fogline-monitoring", { "app.kubernetes.io/name": "prometheus" }, tcp(9090, 8080), partOfFogline),
  foreign("elasticsearch", "fogline-monitoring", { "elasticsearch.k8s.elastic.co/cluster-name": "logs" }, tcp(9200, 9300), partOfFogline),
];
const outside: Named[] = [
  { name: "internet", address: "203.0.113.10" },
  { name: "other-node", address: "10.7.1.9" },
  { name: "instance-metadata", address: "169.254.169.254" },
  // Where the API server is before its Service is translated, and where a pod might be of which nothing is known.
  { name: "service-range", address: "10.43.0.1" },
  { name: "pod-range", address: "10.42.200.1" },
];

/** Everybody on one side: two pods of a workload that talk to each other are on two nodes. */
const side = (cluster: ExampleCluster, third: 0 | 1): Named[] => {
  const pods = [...podsIn(exampleObjects(cluster)).map((pod) => ({ ...pod, ours: true as const })), ...strangers];
  return [
    ...[...pods, ...(cluster === "cloud" ? fromCharts : [])].map((pod, index) => ({
      ...{ ...pod, address: `10.42.${third}.${index + 1}`, nodeAddress: `10.7.1.${third + 1}` },
    })),
    ...outside,
  ];
};

const undeclared: Port[] = [...tcp(40_001), { number: 40_001, protocol: "UDP" }];
const outsidePorts: Port[] = [...tcp(443, 6443, 10_250), { number: 53, protocol: "UDP" }];
const portsOf = (end: Named): Port[] => [...("ports" in end ? end.ports : outsidePorts), ...undeclared];
const line = (from: string, to: string, { number, protocol }: Port): string => `${from} -> ${to} ${number}/${protocol}`;

/** Every connection in which a pod of the tree takes part. */
const connectionsIn = (cluster: ExampleCluster) =>
  side(cluster, 0).flatMap((from) =>
    side(cluster, 1)
      .filter((to) => from.ours || to.ours)
      .flatMap((to) => portsOf(to).map((port) => ({ from, to, port, name: line(from.name, to.name, port) }))),
  );

const linesOf = (cluster: ExampleCluster): string[] => {
  const ends = new Map(side(cluster, 1).map((end) => [end.name, end]));
  const portsFor = (name: string): Port[] => {
    const end = ends.get(name);
    if (end === undefined) throw new Error(`${cluster} has no ${name}`);
    return portsOf(end);
  };
  return declared[cluster].flatMap(([from, to, ports]) =>
    to.split(" ").flatMap((target) => {
      const wanted = ports === "any" ? portsFor(target).map(({ number, protocol }) => `${number}/${protocol}`) : ports.split(" ");
      return from.split(" ").flatMap((source) => wanted.map((port) => `${source} -> ${target} ${port}`));
    }),
  );
};

describe.each(exampleClusters)("the network of %s", (cluster) => {
  const policies = exampleObjects(cluster).filter(({ kind }) => kind === "NetworkPolicy");
  const all = connectionsIn(cluster);
  const open = all.filter(({ from, to, port }) => connects(policies, from, to, port)).map(({ name }) => name);

  it("lets every declared dependency through", () => {
    expect(linesOf(cluster).filter((one) => !open.includes(one))).toEqual([]);
  });

  it("lets nothing else through", () => {
    const wanted = new Set(linesOf(cluster));
    expect(open.filter((one) => !wanted.has(one))).toEqual([]);
    // So that it is known to have looked: each pod of the tree with everybody, in both directions, on at least three ports.
    const ours = podsIn(exampleObjects(cluster)).length;
    expect(all.length).toBeGreaterThan(ours * ours * 3);
  });
});
