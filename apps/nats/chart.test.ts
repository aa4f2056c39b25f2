import { parseFleet } from "@fogline/fleet";
import { render } from "@fogline/gitops";
import { clusterCharts } from "@fogline/infrastructure";
import type { KubernetesObject } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { apps, container } from "../index.ts";

const hub = (more: string): string => `fleet: acme
rings: { all: { k3s: v1.36.3+k3s1 } }
sites:
  office: { region: eu }
clusters:
  cloud: { site: office, tier: cloud, ring: all, kubernetes: { distribution: managed } }
devices:
  desk: { site: office, hardware: desktop }
  phone: { site: office, hardware: smartphone }
workloads:
  gateway: { on: cloud, version: 0.1.0 }
  orchestrator: { on: cloud, version: 0.1.0, replicas: 3, secrets: [orchestrator-database] }
  scheduler: { on: cloud, version: 0.1.0 }
  policy: { on: cloud, version: 0.1.0 }
${more}`;
const server = "  nats: { on: cloud, image: registry.example/nats:2.15.2 }\n";

/** The objects of the cluster by kind and name. */
const objects = (fleetText: string): Map<string, KubernetesObject> => {
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text: fleetText }]);
  if (fleet === undefined) throw new Error(JSON.stringify(findings));
  const rendered = render(fleet, {}, { apps, container, cluster: clusterCharts });
  expect(rendered.findings).toEqual([]);
  return new Map(
    rendered.trees.flatMap(({ folders }) =>
      folders.flatMap((folder) => folder.objects.map(({ object }) => [`${object.kind}/${object.metadata.name}`, object])),
    ),
  );
};

// biome-ignore lint/suspicious/noExplicitAny: objects are looked into as a person looks into YAML.
const spec = (all: Map<string, KubernetesObject>, name: string): any => all.get(name)?.spec;
const env = (all: Map<string, KubernetesObject>, name: string): Record<string, string> =>
  Object.fromEntries(
    spec(all, `Deployment/${name}`).template.spec.containers[0].env.map((one: { name: string; value: string }) => [one.name, one.value]),
  );
const secrets = (all: Map<string, KubernetesObject>, name: string): string[] =>
  (spec(all, `Deployment/${name}`).template.spec.containers[0].envFrom ?? []).map((one: { secretRef: { name: string } }) => one.secretRef.name);

describe("a hub that a NATS server joins", () => {
  const all = objects(hub(server));

  it("gets the login of the server from one Secret, as the server does", () => {
    for (const name of ["nats", "gateway", "scheduler", "policy"]) expect(secrets(all, name)).toEqual(["nats-login"]);
    expect(secrets(all, "orchestrator")).toEqual(["nats-login", "orchestrator-database"]);
    expect(all.get("ConfigMap/nats-config")).toMatchObject({ data: { "nats.conf": expect.stringContaining("password: $NATS_PASSWORD") } });
  });

  it("alone may reach the server, on the port of clients", () => {
    const { ingress } = spec(all, "NetworkPolicy/nats");
    expect(ingress).toHaveLength(1);
    expect(ingress[0].ports).toEqual([{ port: "clients", protocol: "TCP" }]);
    const from = ingress[0].from.map(
      (one: { podSelector?: { matchLabels: Record<string, string> } }) => one.podSelector?.matchLabels["app.kubernetes.io/name"],
    );
    expect(from.toSorted()).toEqual(["gateway", "orchestrator", "policy", "scheduler"]);
  });

  it("keeps its databases on volumes, and where there are several replicas in the PostgreSQL that their Secret names", () => {
    for (const name of ["gateway", "scheduler", "policy"]) {
      expect(env(all, name).DATABASE_PATH).toBe(`/var/lib/fogline/${name}.sqlite`);
      expect(all.has(`PersistentVolumeClaim/${name}-data`)).toBe(true);
    }
    expect(env(all, "orchestrator").DATABASE_PATH).toBeUndefined();
    expect(all.has("PersistentVolumeClaim/orchestrator-data")).toBe(false);
  });

  it("records shells on a volume of their own, and opens none where several gateways have no place that they share", () => {
    expect(env(all, "gateway").TRANSCRIPTS_FOLDER).toBe("/var/lib/fogline/transcripts");
    expect(spec(all, "PersistentVolumeClaim/gateway-transcripts").resources.requests.storage).toBe("4096Mi");
    const { template } = spec(all, "Deployment/gateway");
    expect(template.spec.containers[0].volumeMounts).toContainEqual({ name: "transcripts", mountPath: "/var/lib/fogline/transcripts" });
    expect(template.spec.volumes).toContainEqual({ name: "transcripts", persistentVolumeClaim: { claimName: "gateway-transcripts" } });
    const several = objects(hub(server).replace("gateway: { on: cloud, version: 0.1.0 }", "gateway: { on: cloud, version: 0.1.0, replicas: 2 }"));
    expect(env(several, "gateway").TRANSCRIPTS_FOLDER).toBeUndefined();
    expect(several.has("PersistentVolumeClaim/gateway-transcripts")).toBe(false);
  });

  it("is told every device of the fleet", () => {
    expect(env(all, "orchestrator").NODES_FILE).toBe("/etc/fogline/nodes.json");
    const { data } = all.get("ConfigMap/orchestrator-nodes") as unknown as { data: Record<string, string> };
    expect((JSON.parse(data["nodes.json"] ?? "") as { id: string }[]).map(({ id }) => id)).toEqual(["desk", "phone"]);
  });
});

describe("a hub without one", () => {
  it("is rendered as one that runs in one process", () => {
    const all = objects(hub(""));
    expect([env(all, "orchestrator").NODES_FILE, env(all, "gateway").DATABASE_PATH, secrets(all, "gateway")]).toEqual([undefined, undefined, []]);
    expect(all.has("ConfigMap/orchestrator-nodes")).toBe(false);
  });
});
