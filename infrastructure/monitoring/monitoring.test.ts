import { parseFleet } from "@fogline/fleet";
import { render } from "@fogline/gitops";
import type { Charts, KubernetesObject } from "@fogline/manifests";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { clusterCharts } from "../index.ts";

const fleetText = (edge: { connectivity?: string; data?: string; tier?: string; local?: boolean; distribution?: string }): string =>
  [
    "fleet: acme",
    "domain: edge.acme.example",
    "rings: { canary: {} }",
    "connectivity:",
    "  lte: { like: metered, budget: 200MB/day, outage: 72h }",
    `sites: { plant: { region: eu, connectivity: ${edge.connectivity ?? "lte"} } }`,
    `clusters: { edge: { site: plant, tier: ${edge.tier ?? "access-edge"}, ring: canary, local: ${edge.local ?? false}, kubernetes: { distribution: ${edge.distribution ?? "k3s"} } } }`,
    edge.tier === "cloud"
      ? "devices: {}"
      : `devices: { pi-1: { cluster: edge, hardware: pi-5-8, role: server${edge.data === undefined ? "" : `, data: ${edge.data}`} } }`,
    "workloads: {}",
  ].join("\n");

const charts: Charts = {
  apps: {},
  container: { source: "none", environmentPrefix: "", build: () => undefined },
  cluster: clusterCharts,
};

/** The objects of the cluster `edge`, by kind and name. */
const objectsOf = (edge: Parameters<typeof fleetText>[0] = {}): Map<string, KubernetesObject> => {
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text: fleetText(edge) }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  const rendered = render(fleet, {}, charts);
  expect(rendered.findings).toEqual([]);
  const objects = rendered.trees.flatMap(({ folders }) => folders.flatMap((folder) => folder.objects.map(({ object }) => object)));
  return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
};

interface PodOwner {
  readonly spec: { readonly template: { readonly metadata: { annotations: Record<string, string> }; readonly spec: PodSpec } };
}
interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly { readonly args: readonly string[]; readonly resources: { readonly limits: { readonly memory: string } } }[];
  readonly volumes: readonly { readonly name: string; readonly hostPath?: object }[];
}
const podOf = (objects: Map<string, KubernetesObject>, name: string): PodSpec => (objects.get(name) as unknown as PodOwner).spec.template.spec;
const configOf = (objects: Map<string, KubernetesObject>, name: string, file: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: a configuration of somebody else's program, whose shape the test states by what it expects
  load((objects.get(`ConfigMap ${name}`) as unknown as { data: Record<string, string> }).data[file] ?? "") as any;

const metricsOf = (objects: Map<string, KubernetesObject>) => configOf(objects, "metrics-agent", "prometheus.yml");
const logsOf = (objects: Map<string, KubernetesObject>) => configOf(objects, "log-shipper", "fluent-bit.yaml");

describe("where monitoring is", () => {
  it("sends from every cluster that is neither the cloud's nor this machine", () => {
    expect(objectsOf().has("Deployment metrics-agent")).toBe(true);
    expect(objectsOf({ tier: "cloud", distribution: "managed" }).has("Deployment metrics-agent")).toBe(false);
    expect(objectsOf({ local: true }).has("Deployment metrics-agent")).toBe(false);
    expect(objectsOf({ local: true }).has("Namespace fogline-monitoring")).toBe(false);
  });

  it("is a Kustomization that nothing waits for", () => {
    const objects = objectsOf();
    const spec = (name: string) => objects.get(`Kustomization ${name}`)?.spec as { dependsOn?: { name: string }[] };
    expect(spec("addons").dependsOn).toEqual([{ name: "configs" }]);
    expect([...objects.keys()].flatMap((key) => (spec(key.replace("Kustomization ", ""))?.dependsOn ?? []).map(({ name }) => name))).not.toContain(
      "addons",
    );
  });

  it("lets Kubernetes refuse what is not hardened in its namespace, and denies what no policy allows", () => {
    const objects = objectsOf();
    expect(objects.get("Namespace fogline-monitoring")?.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
    expect(objects.get("NetworkPolicy metrics-agent")?.metadata.namespace).toBe("fogline-monitoring");
  });
});

describe("the metrics agent", () => {
  it("reads and sends at the pace of the profile, and keeps an outage of three days and a quarter more", () => {
    const objects = objectsOf();
    const config = metricsOf(objects);
    expect(config.global).toMatchObject({ scrape_interval: "300s", external_labels: { cluster: "edge", site: "plant", fleet: "acme" } });
    expect(config.remote_write[0].queue_config).toMatchObject({ sample_age_limit: `${72 * 3_600 * 1.25}s`, retry_on_http_429: true, max_shards: 1 });
    expect(podOf(objects, "Deployment metrics-agent").containers[0]?.args).toContain(`--storage.agent.retention.max-time=${72 * 3_600 * 1.25}s`);
  });

  it("sends chosen metrics only where each byte counts", () => {
    expect(metricsOf(objectsOf()).remote_write[0].write_relabel_configs[0]).toMatchObject({ action: "keep", source_labels: ["__name__"] });
    expect(metricsOf(objectsOf({ connectivity: "always" })).remote_write[0]).not.toHaveProperty("write_relabel_configs");
  });

  it("has its password in a Secret and nowhere in its configuration", () => {
    const objects = objectsOf();
    expect(metricsOf(objects).remote_write[0].basic_auth).toEqual({ username: "edge", password_file: "/etc/metrics-writer/password" });
    expect(podOf(objects, "Deployment metrics-agent").volumes).toContainEqual({
      name: "password",
      secret: { secretName: "metrics-writer", defaultMode: 0o440 },
    });
  });

  it("is the only pod with a token, and may read pods, nodes and their metrics, and nothing else", () => {
    const objects = objectsOf();
    expect(podOf(objects, "Deployment metrics-agent").automountServiceAccountToken).toBe(true);
    expect(podOf(objects, "DaemonSet log-shipper").automountServiceAccountToken).toBe(false);
    const rules = [...objects.values()].filter(({ kind }) => kind === "Role" || kind === "ClusterRole").flatMap(({ rules }) => rules as object[]);
    expect(new Set(rules.map((rule) => JSON.stringify(rule)))).toEqual(
      new Set([
        JSON.stringify({ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }),
        JSON.stringify({ apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] }),
        JSON.stringify({ apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] }),
      ]),
    );
  });

  it("starts anew when its configuration changes", () => {
    const digest = (connectivity: string) =>
      (objectsOf({ connectivity }).get("Deployment metrics-agent") as unknown as PodOwner).spec.template.metadata.annotations["fogline.dev/config"];
    expect(digest("lte")).toMatch(/^fnv1a-[0-9a-f]{8}$/);
    expect(digest("lte")).toBe(digest("lte"));
    expect(digest("lte")).not.toBe(digest("always"));
  });
});

describe("the log shipper", () => {
  it("buffers on a disk that lasts", () => {
    const objects = objectsOf({ data: "usb-ssd" });
    const { service, pipeline } = logsOf(objects);
    expect(service["storage.path"]).toBe("/buffer/chunks");
    expect(pipeline.inputs[0]).toMatchObject({ "storage.type": "filesystem", db: "/buffer/tail.db" });
    // 20 MB a day for three days and a quarter more.
    expect(pipeline.outputs[0]["storage.total_limit_size"]).toBe(75_000_000);
    expect(podOf(objects, "DaemonSet log-shipper").volumes.some(({ name }) => name === "buffer")).toBe(true);
  });

  it("writes nothing to a card that many small writes wear out", () => {
    const objects = objectsOf();
    const { service, pipeline } = logsOf(objects);
    expect(service).not.toHaveProperty("storage.path");
    expect(pipeline.inputs[0]).toMatchObject({ "storage.type": "memrb", mem_buf_limit: 32 * 1024 ** 2, db: "/tmp/tail.db" });
    expect(podOf(objects, "DaemonSet log-shipper").volumes.some(({ name }) => name === "buffer")).toBe(false);
  });

  it("tries without end, over TLS, with a key from its environment", () => {
    const key = `$\{LOGS_SHARED_KEY}`;
    expect(logsOf(objectsOf()).pipeline.outputs[0]).toMatchObject({ retry_limit: "no_limits", tls: true, "tls.verify": true, shared_key: key });
  });

  it("drops lines above what a metered line may carry, and none elsewhere", () => {
    // 20 MB a day in lines of 250 bytes are 55 a minute.
    const throttles = (connectivity: string) =>
      logsOf(objectsOf({ connectivity })).pipeline.filters.filter(({ name }: { name: string }) => name === "throttle");
    expect(throttles("lte")).toEqual([{ name: "throttle", match: "*", rate: 55, window: 60, interval: "1m" }]);
    expect(throttles("always")).toEqual([]);
  });

  it("keeps Flux from replacing the variables of its configuration", () => {
    expect(objectsOf().get("ConfigMap log-shipper")?.metadata.annotations).toEqual({ "kustomize.toolkit.fluxcd.io/substitute": "disabled" });
  });
});

describe("the cloud", () => {
  const objects = () => objectsOf({ tier: "cloud", distribution: "managed", connectivity: "always" });
  const args = (name: string) => podOf(objects(), `Deployment ${name}`).containers[0]?.args;

  it("pins the version of every chart, and brings the CRDs of operators before what needs them", () => {
    const releases = [...objects().values()].filter(({ kind }) => kind === "HelmRelease");
    expect(releases.map(({ metadata }) => metadata.name).toSorted()).toEqual(["cert-manager", "eck-operator", "kube-prometheus-stack", "logs"]);
    for (const { spec } of releases) expect((spec as { chart: { spec: { version: string } } }).chart.spec.version).toMatch(/^v?\d+\.\d+\.\d+$/);
    const { fleet } = parseFleet([{ path: "clusters/fleet.yaml", text: fleetText({ tier: "cloud", distribution: "managed" }) }]);
    const files = fleet === undefined ? [] : [...render(fleet, {}, charts).files.keys()];
    expect(files).toContain("clusters/edge/controllers/helmrelease-cert-manager.yaml");
    expect(files).toContain("clusters/edge/addons/clusterissuer-fogline-ca.yaml");
    expect(files).toContain("clusters/edge/addons/helmrelease-logs.yaml");
  });

  it("takes metrics by password and TLS only, whose hashes and certificate are in Secrets", () => {
    expect(args("metrics-receiver")).toContain("--web.config.file=/secrets/metrics-receiver-web/web.yml");
    expect(podOf(objects(), "Deployment metrics-receiver").volumes.map(({ name }) => name)).toContain("metrics-receiver-tls");
  });

  it("takes logs by the shared key over TLS, and keeps them on disk while Elasticsearch is away", () => {
    const { pipeline } = configOf(objects(), "log-receiver", "fluent-bit.yaml");
    expect(pipeline.inputs[0]).toMatchObject({ tls: true, shared_key: `$\{LOGS_SHARED_KEY}`, "storage.type": "filesystem" });
    expect(pipeline.outputs[0]).toMatchObject({ tls: true, "tls.verify": true, retry_limit: "no_limits" });
  });

  it("issues the certificates of the names that edge clusters send to", () => {
    const names = [...objects().values()]
      .filter(({ kind }) => kind === "Certificate")
      .flatMap(({ spec }) => (spec as { dnsNames: string[] }).dnsNames);
    expect(names.toSorted()).toEqual(["logs.edge.acme.example", "metrics.edge.acme.example"]);
    const edge = objectsOf();
    expect(metricsOf(edge).remote_write[0].url).toBe("https://metrics.edge.acme.example/api/v1/write");
    expect(logsOf(edge).pipeline.outputs[0].host).toBe("logs.edge.acme.example");
  });

  it("shows traces to nobody outside, and takes metrics and logs from there", () => {
    const type = (name: string) => (objects().get(`Service ${name}`) as unknown as { spec: { type: string } }).spec.type;
    expect([type("trace-store"), type("metrics-receiver"), type("log-receiver")]).toEqual(["ClusterIP", "LoadBalancer", "LoadBalancer"]);
  });
});
