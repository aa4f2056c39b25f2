import { parseFleet } from "@fogline/fleet";
import { render } from "@fogline/gitops";
import { clusterCharts } from "@fogline/infrastructure";
import type { KubernetesObject } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { apps, container } from "../index.ts";

const fleetText = (workloads: string, more = ""): string => `fleet: acme
${more}
rings: { all: { k3s: v1.36.3+k3s1 } }
sites:
  plant: { region: eu }
clusters:
  edge: { site: plant, tier: access-edge, ring: all }
  cloud: { site: plant, tier: cloud, ring: all, kubernetes: { distribution: managed } }
devices:
  pi-1: { cluster: edge, hardware: pi-5-8, role: server }
  eye-1: { cluster: edge, hardware: jetson-orin-nx-16, gpu: { slices: 4 } }
workloads:
${workloads}
`;

/** The objects of a cluster by kind and name. */
const objects = (workloads: string, more = "", cluster = "edge"): Map<string, KubernetesObject> => {
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text: fleetText(workloads, more) }]);
  if (fleet === undefined) throw new Error(JSON.stringify(findings));
  const rendered = render(fleet, { clusters: [cluster] }, { apps, container, cluster: clusterCharts });
  expect(rendered.findings).toEqual([]);
  return new Map(
    rendered.trees.flatMap(({ folders }) =>
      folders.flatMap((folder) => folder.objects.map(({ object }) => [`${object.kind}/${object.metadata.name}`, object])),
    ),
  );
};

// biome-ignore lint/suspicious/noExplicitAny: objects are looked into as a person looks into YAML.
const pod = (all: Map<string, KubernetesObject>, name: string): any => (all.get(name)?.spec as any)?.template.spec;

describe("a workload that is only an image", () => {
  it("gets the volumes that the fleet file states, each as what it is", () => {
    const all = objects(`  web:
    on: edge
    image: registry.example/web:1.2.3
    volumes:
      data: { path: /var/lib/web, keep: 2GiB }
      cache: { path: /var/cache/web, scratch: 100MiB }
      run: { path: /run/web, memory: 1MiB }
      config: { path: /etc/web, files: { "web.conf": "port 80\\n" } }
      login: { path: /etc/login, secret: web-login }`);
    const { containers, volumes } = pod(all, "Deployment/web");
    expect(volumes).toEqual([
      { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
      { name: "data", persistentVolumeClaim: { claimName: "web-data" } },
      { name: "cache", emptyDir: { sizeLimit: "100Mi" } },
      { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      { name: "config", configMap: { name: "web-config" } },
      { name: "login", secret: { secretName: "web-login", defaultMode: 0o400 } },
    ]);
    expect(containers[0].volumeMounts).toContainEqual({ name: "config", mountPath: "/etc/web", readOnly: true });
    expect(all.get("ConfigMap/web-config")).toMatchObject({ data: { "web.conf": "port 80\n" } });
    expect(all.get("PersistentVolumeClaim/web-data")?.spec).toMatchObject({
      storageClassName: "fogline-keep",
      resources: { requests: { storage: "2048Mi" } },
    });
    expect(all.get("Deployment/web")?.spec).toMatchObject({ strategy: { type: "Recreate" } });
  });

  it("mounts its own /tmp instead of the one that every container has", () => {
    const { volumes } = pod(
      objects("  web: { on: edge, image: r.example/web:1, volumes: { big: { path: /tmp, scratch: 1GiB } } }"),
      "Deployment/web",
    );
    expect(volumes).toEqual([{ name: "big", emptyDir: { sizeLimit: "1024Mi" } }]);
  });

  it("runs as its user with its command and secrets, pulled with its registry's credentials", () => {
    const all = objects(
      "  web: { on: edge, image: r.example/web:1, user: 1000, command: [/web], args: [--fast], secrets: [web-env], env: { B: 1, A: true } }",
      "registries: { r.example: { credentials: pull-r } }",
    );
    const { containers, securityContext, imagePullSecrets } = pod(all, "Deployment/web");
    expect(securityContext).toMatchObject({ runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true });
    expect(imagePullSecrets).toEqual([{ name: "pull-r" }]);
    expect(containers[0]).toMatchObject({ command: ["/web"], args: ["--fast"], envFrom: [{ secretRef: { name: "web-env" } }] });
    expect(containers[0].env).toEqual([
      { name: "A", value: "true" },
      { name: "B", value: "1" },
    ]);
  });

  it("is asked for its health by HTTP, by a command, or by whether its first port opens", () => {
    const all = objects(`  a: { on: edge, image: r.example/a:1, ports: [80, 81], health: { http: /up, port: 81, interval: 4s } }
  b: { on: edge, image: r.example/b:1, health: { command: [check, --quick] } }
  c: { on: edge, image: r.example/c:1, ports: [9000] }
  d: { on: edge, image: r.example/d:1 }`);
    const probe = (name: string) => pod(all, `Deployment/${name}`).containers[0].readinessProbe;
    expect(probe("a")).toMatchObject({ httpGet: { path: "/up", port: "port-81" }, periodSeconds: 4 });
    expect(probe("b")).toMatchObject({ exec: { command: ["check", "--quick"] }, periodSeconds: 10 });
    expect(probe("c")).toMatchObject({ tcpSocket: { port: "port-9000" } });
    expect(probe("d")).toBeUndefined();
    expect(pod(all, "Deployment/a").containers[0].startupProbe).toMatchObject({ periodSeconds: 5, failureThreshold: 60 });
  });

  it("gets device files and GPU shares as resources, offered by plugins of the cluster, and stays without privileges", () => {
    const all = objects("  eye: { on: edge, image: r.example/eye:1, devices: [/dev/video0, /dev/gpiochip0], needs: { gpu: 2 } }");
    const { containers, runtimeClassName } = pod(all, "Deployment/eye");
    expect(containers[0].resources.limits).toEqual({
      memory: "128Mi",
      "nvidia.com/gpu": 2,
      "devices.fogline.dev/video0": 1,
      "devices.fogline.dev/gpiochip0": 1,
    });
    expect(containers[0].securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
    expect(runtimeClassName).toBe("nvidia");
    expect(pod(all, "DaemonSet/device-files").containers[0].args).toContain(
      '--device={"name":"video0","groups":[{"paths":[{"path":"/dev/video0"}]}]}',
    );
    expect(pod(all, "DaemonSet/nvidia-device-plugin-tegra-time-slicing-4")).toMatchObject({
      runtimeClassName: "nvidia",
      nodeSelector: { "nvidia.com/gpu.present": "true", "nvidia.com/device-plugin.config": "tegra-time-slicing-4" },
    });
    const config = all.get("ConfigMap/nvidia-device-plugin-tegra-time-slicing-4") as unknown as { data: Record<string, string> };
    expect(config.data["tegra-time-slicing-4.yaml"]).toContain("replicas: 4");
  });

  it("has replicas that a drain takes one by one, and stays bound to a silent node as long as it says", () => {
    const all = objects(`  a: { on: edge, image: r.example/a:1, replicas: 3, placement: { failover: none } }
  b: { on: edge, image: r.example/b:1, placement: { failover: fast } }`);
    expect(all.get("PodDisruptionBudget/a")?.spec).toMatchObject({ maxUnavailable: 1 });
    expect(all.has("PodDisruptionBudget/b")).toBe(false);
    expect(pod(all, "Deployment/a").tolerations[0]).toEqual({ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" });
    expect(pod(all, "Deployment/b").tolerations[1]).toMatchObject({ key: "node.kubernetes.io/unreachable", tolerationSeconds: 30 });
  });
});

describe("who talks to whom", () => {
  const policies = objects(`  web: { on: edge, image: r.example/web:1, ports: [80], uses: [store] }
  store: { on: edge, image: r.example/store:1, ports: [5432] }
  loner: { on: edge, image: r.example/loner:1 }`);
  const spec = (name: string) =>
    policies.get(`NetworkPolicy/${name}`)?.spec as { ingress: { from: unknown[]; ports: unknown[] }[]; egress: { to: unknown[] }[] };
  const podsOf = (name: string) =>
    expect.objectContaining({ podSelector: { matchLabels: expect.objectContaining({ "app.kubernetes.io/name": name }) } });

  it("is nobody unless it is declared, and then only on the ports that are", () => {
    expect(policies.get("NetworkPolicy/default-deny")?.spec).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    expect(spec("store").ingress[0]?.from).toContainEqual(podsOf("web"));
    expect(spec("store").ingress[0]?.ports).toEqual([{ port: "port-5432", protocol: "TCP" }]);
    expect(spec("web").egress[1]?.to).toContainEqual(podsOf("store"));
    expect(spec("store").egress[1]?.to).not.toContainEqual(podsOf("web"));
    expect(spec("loner").ingress).toEqual([]);
  });
});

describe("a cluster that is no K3s on small boards", () => {
  it("has volumes of its default class, surges in updates, and needs no plugin", () => {
    const all = objects(
      "  web: { on: cloud, image: r.example/web:1, volumes: { a: { path: /a, keep: 1GiB } } }\n  api: { on: cloud, image: r.example/api:1 }",
      "",
      "cloud",
    );
    expect(all.get("PersistentVolumeClaim/web-a")?.spec).not.toHaveProperty("storageClassName");
    expect(all.get("Deployment/api")?.spec).toMatchObject({ strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    expect([...all.keys()].filter((name) => name.startsWith("DaemonSet"))).toEqual([]);
    expect(all.has("StorageClass/fogline-keep")).toBe(false);
  });
});
