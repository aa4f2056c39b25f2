import { codes } from "@fogline/findings";
import type { KubernetesObject } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { diffOf, edgeDiff, plantFleet, risksOfEdge } from "../../testing/change.ts";
import { kustomization, object, tree, workload } from "../../testing/tree.ts";

const flux = "kustomize.toolkit.fluxcd.io";
const annotated = (one: KubernetesObject, annotations: Record<string, string>): KubernetesObject => ({
  ...one,
  metadata: { ...one.metadata, annotations },
});
const claim = (name: string, storage = "1Gi", spec: Record<string, unknown> = {}) =>
  object("PersistentVolumeClaim", name, { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...spec } });
const mounting = (name: string) => ({ pod: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: name } }] } });
const web = (sample = {}) => workload("Deployment", "web", { replicas: 2, ...sample });
const cluster = (kind: string, name: string, rest: Record<string, unknown> = {}): KubernetesObject =>
  object(kind, name, { ...rest, metadata: { namespace: undefined } });

describe("volumes", () => {
  it("that go are a risk, and so are volumes that get another name", () => {
    expect(risksOfEdge([claim("data")], [])).toBe("FL5001!");
    const { risks } = edgeDiff([claim("data")], [claim("store")]);
    expect(risks.map(({ message }) => message)).toEqual([
      "PersistentVolumeClaim fogline/data becomes PersistentVolumeClaim fogline/store, which is another volume; the data of 1.0 GiB goes with it where the class reclaims by deleting",
    ]);
  });

  it("that Flux leaves alone are none", () => {
    expect(risksOfEdge([annotated(claim("data"), { [`${flux}/prune`]: "disabled" })], [])).toBe("");
  });

  it("cannot shrink", () => {
    expect(edgeDiff([claim("data", "2Gi")], [claim("data", "1Gi")]).risks).toMatchObject([
      { code: "FL5002", severity: "error", message: expect.stringContaining("shrinks from 2.0 GiB to 1.0 GiB") },
    ]);
  });

  it("grow where their class lets them, and nowhere else", () => {
    const storageClass = (allowVolumeExpansion: boolean) => cluster("StorageClass", "fast", { provisioner: "a", allowVolumeExpansion });
    const grown = (expands: boolean) =>
      risksOfEdge(
        [storageClass(expands), claim("data", "1Gi", { storageClassName: "fast" })],
        [storageClass(expands), claim("data", "2Gi", { storageClassName: "fast" })],
      );
    expect([grown(true), grown(false)]).toEqual(["", "FL5002!"]);
    expect(risksOfEdge([claim("data", "1Gi")], [claim("data", "2Gi")])).toBe("FL5002");
  });

  it("of a workload are not exchanged in silence", () => {
    const claims = [claim("old"), claim("new")];
    expect(risksOfEdge([...claims, web(mounting("old"))], [...claims, web(mounting("new"))])).toBe("FL5018!");
    expect(risksOfEdge([...claims, web(mounting("old"))], [...claims, web()])).toBe("FL5018!");
    expect(risksOfEdge([...claims, web()], [...claims, web(mounting("old"))])).toBe("");
  });
});

describe("fixed fields", () => {
  it("are named with the Kustomization that waits for them", () => {
    const { risks } = edgeDiff([web()], [web({ spec: { selector: { matchLabels: { app: "web", tier: "a" } } } })]);
    expect(risks).toMatchObject([
      {
        code: "FL5003",
        severity: "error",
        message: "Deployment fogline/web changes spec.selector, which is fixed once it exists; Kustomization app applies nothing until then",
      },
    ]);
  });

  it("are a smaller risk where Flux replaces the object, but not where that takes a volume", () => {
    const forced = { [`${flux}/force`]: "enabled" };
    expect(risksOfEdge([web()], [annotated(web({ spec: { selector: { matchLabels: { other: "web" } } } }), forced)])).toBe("FL5003");
    expect(risksOfEdge([claim("data")], [annotated(claim("data", "1Gi", { accessModes: ["ReadWriteMany"] }), forced)])).toBe("FL5001! FL5003");
  });

  it.each([
    [
      "parameters of a storage class",
      cluster("StorageClass", "fast", { parameters: { a: "1" } }),
      cluster("StorageClass", "fast", { parameters: { a: "2" } }),
    ],
    ["the role of a binding", object("RoleBinding", "may", { roleRef: { name: "a" } }), object("RoleBinding", "may", { roleRef: { name: "b" } })],
    ["the type of a secret", object("Secret", "key", { type: "Opaque" }), object("Secret", "key", { type: "kubernetes.io/tls" })],
    ["frozen data", object("ConfigMap", "c", { immutable: true, data: { a: "1" } }), object("ConfigMap", "c", { immutable: true, data: { a: "2" } })],
    [
      "the address of a service",
      object("Service", "s", { spec: { clusterIP: "10.43.0.9" } }),
      object("Service", "s", { spec: { clusterIP: "10.43.0.8" } }),
    ],
    [
      "the template of a job",
      object("Job", "j", { spec: { template: { spec: { a: 1 } } } }),
      object("Job", "j", { spec: { template: { spec: { a: 2 } } } }),
    ],
    ["the value of a priority", cluster("PriorityClass", "p", { value: 1 }), cluster("PriorityClass", "p", { value: 2 })],
  ])("include %s", (_what, before, after) => {
    expect(risksOfEdge([before], [after])).toBe("FL5003!");
  });
});

describe("network policies", () => {
  const serving = web({ container: { ports: [{ containerPort: 9090, name: "metrics" }, { containerPort: 80 }] } });
  const policy = (ingress: unknown[], rest: Record<string, unknown> = {}) =>
    object("NetworkPolicy", "guard", { spec: { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"], ingress, ...rest } });
  const allow = (...ports: unknown[]) => ({ ports: ports.map((port) => ({ port })) });

  it("that close a port which a workload declares are named with both", () => {
    const { risks } = edgeDiff([serving, policy([allow(80, 9090)])], [serving, policy([allow(80)])]);
    expect(risks).toMatchObject([
      { code: "FL5004", severity: "error", message: "NetworkPolicy fogline/guard closes port 9090 that Deployment fogline/web declares" },
    ]);
  });

  it.each([
    ["a first policy", [], [policy([allow(80)])], "FL5004!"],
    ["a policy for nothing at all", [], [policy([])], "FL5004! FL5004!"],
    ["a policy that admits the port by its name", [], [policy([allow(80, "metrics")])], ""],
    ["a policy that admits a range", [], [policy([{ ports: [{ port: 80, endPort: 9999 }] }])], ""],
    ["a policy that admits everything from somewhere", [], [policy([{ from: [{ podSelector: {} }] }])], ""],
    ["a policy for another protocol", [], [policy([{ ports: [{ port: 9090, protocol: "UDP" }, { port: 80 }] }])], "FL5004!"],
    ["a policy for other pods", [], [policy([], { podSelector: { matchLabels: { app: "other" } } })], ""],
    ["a policy for outgoing traffic", [], [policy([], { policyTypes: ["Egress"] })], ""],
    ["the end of the policy that admits, beside one that denies", [policy([allow(80, 9090)]), deny()], [deny()], "FL5004! FL5004!"],
    ["the end of a policy", [policy([])], [], ""],
    ["a port that was closed before", [policy([])], [policy([allow(80)])], ""],
  ])("close ports or do not: %s", (_what, before, after, found) => {
    expect(risksOfEdge([serving, ...before], [serving, ...after])).toBe(found);
  });

  function deny(): KubernetesObject {
    return object("NetworkPolicy", "deny", { spec: { podSelector: {}, policyTypes: ["Ingress"] } });
  }
});

describe("scale", () => {
  const scaler = object("HorizontalPodAutoscaler", "web", {
    spec: { minReplicas: 2, maxReplicas: 6, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
  });

  it("that an autoscaler owns is not stated beside it, nor left without it", () => {
    expect(risksOfEdge([scaler, web()], [scaler, web({ replicas: 4 })])).toBe("FL5005");
    expect(risksOfEdge([scaler, web()], [scaler, web({ replicas: undefined })])).toBe("FL5005");
    expect(risksOfEdge([web()], [web({ replicas: 4 })])).toBe("");
  });

  it("leaves a pod that may go, as budgets have it", () => {
    const budget = (spec: Record<string, unknown>) =>
      object("PodDisruptionBudget", "web", { spec: { selector: { matchLabels: { app: "web" } }, ...spec } });
    expect(risksOfEdge([web()], [web(), budget({ minAvailable: 2 })])).toBe("FL5008");
    expect(risksOfEdge([web()], [web(), budget({ minAvailable: "51%" })])).toBe("FL5008");
    expect(risksOfEdge([web()], [web(), budget({ maxUnavailable: 0 })])).toBe("FL5008");
    expect(risksOfEdge([web()], [web(), budget({ minAvailable: 1 })])).toBe("");
    expect(risksOfEdge([web()], [web(), budget({ maxUnavailable: "10%" })])).toBe("");
    expect(risksOfEdge([web(), budget({ minAvailable: 1 })], [web({ replicas: 1 }), budget({ minAvailable: 1 })])).toBe("FL5008");
    expect(risksOfEdge([web(), budget({ minAvailable: 2 })], [web({ image: "a:2" }), budget({ minAvailable: 2 })])).toBe("");
  });
});

describe("configuration", () => {
  const settings = (a: string) => object("ConfigMap", "settings", { data: { a } });
  const asVariables = { container: { envFrom: [{ configMapRef: { name: "settings" } }] } };
  const asFiles = { pod: { volumes: [{ name: "c", configMap: { name: "settings" } }] } };

  it("that changes reaches running pods only with a restart", () => {
    expect(risksOfEdge([settings("1"), web(asVariables)], [settings("2"), web(asVariables)])).toBe("FL5015");
    const checked = (checksum: string) => web({ ...asVariables, annotations: { checksum } });
    expect(risksOfEdge([settings("1"), checked("x")], [settings("2"), checked("y")])).toBe("");
    expect(risksOfEdge([settings("1"), web()], [settings("2"), web()])).toBe("");
  });

  it("in files is said to arrive later", () => {
    const [risk] = edgeDiff([settings("1"), web(asFiles)], [settings("2"), web(asFiles)]).risks;
    expect(risk?.message).toContain("see them after about a minute");
  });
});

describe("what is removed", () => {
  it("takes everything with it when it is a namespace or a definition", () => {
    expect(risksOfEdge([cluster("Namespace", "shop")], [])).toBe("FL5006!");
    expect(risksOfEdge([cluster("CustomResourceDefinition", "things.example.org")], [])).toBe("FL5006!");
  });

  it("is a whole cluster, and then nothing else is named", () => {
    const { risks, clusters } = diffOf({ trees: [tree([claim("data"), web()])] }, {}, ["edge"]);
    expect(risks.map(({ code, severity }) => [code, severity])).toEqual([["FL5007", "error"]]);
    expect(clusters[0]?.state).toBe("removed");
  });

  it("is an encrypted secret, and worse when something uses it", () => {
    const file = { "clusters/secrets/edge/key.sops.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\ndata:\n  a: ENC[x]\n" };
    const using = web({ container: { envFrom: [{ secretRef: { name: "key" } }] } });
    expect(risksOfEdge([web()], [web()], { before: { secrets: file } })).toBe("FL5009");
    expect(risksOfEdge([using], [using], { before: { secrets: file } })).toBe("FL5009!");
    const other = { "clusters/secrets/edge/key.sops.yaml": `${Object.values(file)[0]}# again\n` };
    expect(risksOfEdge([using], [using], { before: { secrets: file }, after: { secrets: other } })).toBe("FL5015");
    expect(risksOfEdge([using], [using], { before: { secrets: file }, after: { secrets: file } })).toBe("");
  });
});

describe("Kustomizations", () => {
  it("that hand objects over may prune them first", () => {
    expect(risksOfEdge({ a: [web()], b: [] }, { a: [], b: [web()] })).toBe("FL5011");
    expect(risksOfEdge({ a: [claim("data")], b: [] }, { a: [], b: [claim("data")] })).toBe("FL5011!");
    const kept = annotated(claim("data"), { [`${flux}/prune`]: "disabled" });
    expect(risksOfEdge({ a: [kept], b: [] }, { a: [], b: [kept] })).toBe("");
  });

  it("that get another name prune and create", () => {
    const { risks } = edgeDiff({ shop: [web()] }, { store: [web()] });
    expect(risks).toMatchObject([
      { code: "FL5011", message: "Deployment fogline/web moves: Kustomization shop goes and prunes them, store creates them anew" },
    ]);
  });

  it("and annotations that protected something are missed", () => {
    expect(risksOfEdge([annotated(web(), { [`${flux}/prune`]: "disabled" })], [web()])).toBe("FL5012");
    expect(risksOfEdge([kustomization("x", "x", { prune: false })], [kustomization("x", "x")])).toBe("FL5012");
  });
});

describe("devices", () => {
  const same = { trees: [tree([web()])] };
  const withDevices = (devices: string) => ({
    ...same,
    fleet: plantFleet({ devices: `{ ${devices}, box: { cluster: far, hardware: jetson-orin-nx-16 } }` }),
  });
  const codesOf = (before: Parameters<typeof diffOf>[0], after: Parameters<typeof diffOf>[0]) =>
    diffOf(before, after, ["edge"]).risks.map(({ code }) => code);

  it("take role and labels at their first registration only", () => {
    const old = withDevices("pi-1: { cluster: edge, hardware: pi-5-8 }");
    expect(codesOf(old, withDevices("pi-1: { cluster: edge, hardware: pi-5-8, role: server }"))).toEqual(["FL5010"]);
    expect(codesOf(old, withDevices("pi-1: { cluster: edge, hardware: pi-5-8, labels: { line: a } }"))).toEqual(["FL5010"]);
    expect(codesOf(old, withDevices("pi-1: { cluster: edge, hardware: pi-5-8, address: 10.0.0.1 }"))).toEqual([]);
    expect(codesOf(old, withDevices("pi-1: { cluster: edge, hardware: pi-5-8 }, pi-2: { cluster: edge, hardware: pi-5-8, role: server }"))).toEqual(
      [],
    );
  });

  it("take taints and names so too, as their host files have them", () => {
    const hosts = (text: string) => ({ ...same, hosts: { "bootstrap/generated/pi-1/k3s/config.yaml": text } });
    expect(codesOf(hosts("node-label: [a=b]\n"), hosts("node-label: [a=c]\n"))).toEqual(["FL5010"]);
    expect(codesOf(hosts("node-taint: [a=b:NoSchedule]\n"), hosts("node-taint: []\n"))).toEqual(["FL5010"]);
    expect(codesOf(hosts("node-name: pi-1\n"), hosts("node-name: pi-one\n"))).toEqual(["FL5010"]);
    expect(codesOf(hosts("node-name: pi-1\n"), hosts("node-name: pi-1\nnode-ip: 10.0.0.1\n"))).toEqual([]);
  });
});

describe("rings", () => {
  const workloads = (version: string) => plantFleet({ workloads: `{ scheduler: { on: [edge, far], version: ${version} } }` });
  const codesBetween = (before: string, after: string) =>
    diffOf({ fleet: workloads(before) }, { fleet: workloads(after) }).risks.map(({ code }) => code);

  it("get one version after the other, which is no risk", () => {
    expect(codesBetween("1.0.0", "1.1.0")).toEqual([]);
    expect(codesBetween("{ canary: 1.1.0, stable: 1.0.0 }", "{ canary: 1.1.0, stable: 1.1.0 }")).toEqual([]);
    expect(codesBetween("{ canary: 1.1.0, stable: 1.0.0 }", "{ canary: 1.2.0, stable: 1.0.0 }")).toEqual([]);
  });

  it("that get a version of their own which no ring before them runs prove nothing", () => {
    expect(codesBetween("{ canary: 1.0.0, stable: 1.0.0 }", "{ canary: 1.0.0, stable: 1.1.0 }")).toEqual(["FL5013"]);
    expect(codesBetween("{ canary: 1.0.0, stable: 1.0.0 }", "{ canary: 1.1.0, stable: 1.2.0 }")).toEqual(["FL5013"]);
  });

  it("without a soak change at once", () => {
    const both = (image: string) => [tree([web({ image })]), tree([web({ image })], "far")];
    const at = (rings: string) => {
      const fleet = plantFleet({ rings });
      return diffOf({ fleet, trees: both("a:1") }, { fleet, trees: both("a:2") }).risks.map(({ code }) => code);
    };
    expect(at("{ canary: {}, stable: {} }")).toEqual(["FL5020"]);
    expect(at("{ canary: { soak: 1h }, stable: {} }")).toEqual([]);
    expect(at("{ canary: { gate: manual }, stable: {} }")).toEqual([]);
  });

  it("that a cluster leaves for another decide what it gets", () => {
    const source = (branch: string) => object("GitRepository", "fogline", { spec: { ref: { branch } } });
    expect(risksOfEdge([source("ring/stable")], [source("ring/canary")])).toBe("FL5014");
  });
});

describe("links", () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
  const locked = (bytes: number) => ({
    "registry.acme.example/web:2.0.0": {
      digest: digest("a"),
      platforms: { arm64: { digest: digest("b"), layers: [{ digest: digest("c"), bytes }] } },
    },
  });
  const pulled = (bytes: number) => risksOfEdge([web()], [web({ image: "registry.acme.example/web:2.0.0" })], { after: { lock: locked(bytes) } });

  it("have a budget for a day", () => {
    expect(pulled(5_000_000)).toBe("");
    expect(pulled(6_000_000)).toBe("FL5016");
  });

  it("are slower than Flux waits for when an image is large", () => {
    // 1 MB/s, and Flux waits 30 minutes on a metered line: 1.8 GB.
    expect(pulled(1_700_000_000)).toBe("FL5016");
    expect(pulled(1_900_000_000)).toBe("FL5016 FL5017");
  });
});

describe("every risk", () => {
  it("has its code's remedy, its cluster and a place", () => {
    for (const { risks } of [edgeDiff([claim("data"), web()], [web({ spec: { selector: { matchLabels: { x: "y" } } } })])]) {
      expect(risks).toHaveLength(2);
      for (const { code, remedy, place, cluster: about } of risks) {
        expect(remedy).toBe(codes[code as keyof typeof codes].remedy);
        expect(about).toBe("edge");
        expect(place?.file).toMatch(/^clusters\//);
      }
    }
  });
});
