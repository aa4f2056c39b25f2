import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readClusterTree } from "@fogline/gitops";
import { type Authority, makeAuthority, serverToken, startTlsServer, type TlsServer } from "@fogline/kubernetes/testing";
import { identityOf, type KubernetesObject } from "@fogline/manifests";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Capture, type CaptureOptions, capture, inClear, opened } from "./testing/capture.ts";
import { ageKeyText, copyFleet, type FleetCopy, operatorFile } from "./testing/repository.ts";

const password = "correct-horse-battery-staple";
const dockerConfig = '{"auths":{"registry.example":{"auth":"cHVsbDpzM2NyZXQ="}}}';
const operator = { manifest: operatorFile };
const made = {
  region: "fra1",
  version: "1.36.3-do.0",
  ipRange: "10.20.0.0/20",
  nodes: { size: "s-4vcpu-8gb", count: 3, countMax: 6 },
};

let authority: Authority;
let server: TlsServer;
let fleet: FleetCopy;
const asked = "/apis/fluxcd.controlplane.io/v1/namespaces/flux-system/fluxinstances";
const instances: { items: unknown[] } = { items: [] };

beforeAll(async () => {
  authority = makeAuthority();
  server = await startTlsServer(authority, { [asked]: instances });
});
afterAll(() => {
  server?.stop();
  authority?.remove();
});
beforeEach(() => {
  instances.items = [];
  fleet = copyFleet();
  fleet.write("kubeconfig", server.kubeconfig(), 0o600);
});
afterEach(() => {
  vi.restoreAllMocks();
  fleet.remove();
});

const kubeconfig = () => ({ file: join(fleet.folder, "kubeconfig") });

/** Every kind of stack that there is, with what it is configured with. */
const stacks: Readonly<Record<string, () => CaptureOptions>> = {
  shared: () => {
    if (!fleet.read("clusters/fleet.yaml").includes("registry.digitalocean.com"))
      fleet.edit("clusters/fleet.yaml", "domain: edge.acme.example\n", "domain: edge.acme.example\nregistry: registry.digitalocean.com/acme\n");
    return {
      ...{ stack: "shared", folder: fleet.folder, config: { registry: { name: "acme", region: "fra1", tier: "basic" } } },
      answers: {
        "digitalocean:index/containerRegistry:ContainerRegistry": { endpoint: "registry.digitalocean.com/acme" },
        "digitalocean:index/containerRegistryDockerCredentials:ContainerRegistryDockerCredentials": { dockerCredentials: dockerConfig },
      },
    };
  },
  cloud: () => ({
    ...{ stack: "cloud", folder: fleet.folder, config: { digitalocean: made, operator }, secrets: { sourcePassword: password } },
    answers: { "digitalocean:index/kubernetesCluster:KubernetesCluster": { kubeConfigs: [{ rawConfig: server.kubeconfig() }] } },
  }),
  dev: () => ({ stack: "dev", folder: fleet.folder, config: { kubeconfig: kubeconfig(), operator }, secrets: { sourcePassword: password } }),
  "edge-jetson": () => ({
    ...{ stack: "edge-jetson", folder: fleet.folder, config: { kubeconfig: kubeconfig(), operator } },
    answers: { "pulumi:pulumi:StackReference": { outputs: { pullLogin: dockerConfig }, secretOutputNames: ["pullLogin"] } },
  }),
};
const names = Object.keys(stacks);
const clusters = names.filter((name) => name !== "shared");
const run = (name: string, changes: Partial<CaptureOptions> = {}): Promise<Capture> =>
  capture({ ...(stacks[name] as () => CaptureOptions)(), ...changes });

const objectsIn = ({ resources }: Capture): KubernetesObject[] =>
  resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => opened(inputs) as KubernetesObject);

/** The error that the program ends with, and that it had asked for nothing by then. */
const refusalOf = async (options: CaptureOptions): Promise<string> => {
  const seen: string[] = [];
  const turns = (name: string): number => {
    seen.push(name);
    return 0;
  };
  const refused = await capture({ ...options, turns }).then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );
  expect(seen).toEqual([]);
  return refused;
};

describe.each(names)("stack %s", (name) => {
  it("asks for the same at another time, by another chance and in another order", async () => {
    const first = await run(name, { turns: () => 0 });
    vi.spyOn(Date, "now").mockReturnValue(4_000_000_000_000);
    vi.spyOn(Math, "random").mockReturnValue(0.123);
    const second = await run(name, { turns: (resource) => (resource.length * 7) % 5 });
    expect(second.resources).toEqual(first.resources);
    expect(first.resources.length).toBeGreaterThan(2);
  });

  it("has no secret in clear: not in what it asks for, not in its outputs, not in what it says", async () => {
    const said: string[] = [];
    for (const method of ["log", "error", "warn", "info"] as const)
      vi.spyOn(console, method).mockImplementation((...words) => void said.push(words.join(" ")));
    const { resources, outputs } = await run(name);
    const readable = [
      inClear(resources),
      said.join("\n"),
      JSON.stringify(Object.values(outputs).filter(({ secret }) => !secret)),
      ...(existsSync(join(fleet.folder, `clusters/facts/${name}.yaml`)) ? [fleet.read(`clusters/facts/${name}.yaml`)] : []),
    ].join("\n");
    for (const secret of [password, ageKeyText.slice(22, 60), serverToken, "cHVsbDpzM2NyZXQ="]) expect(readable).not.toContain(secret);
  });
});

describe.each(clusters)("the stack of cluster %s", (name) => {
  it("lays down the hand-over set, secrets and all, and nothing else that is an object", async () => {
    const objects = objectsIn(await run(name));
    expect(objects.map(identityOf).toSorted()).toEqual(
      [
        "_fluxinstances.fluxcd.controlplane.io_apiextensions.k8s.io_CustomResourceDefinition",
        "_flux-system__Namespace",
        ...["sops-age", "flux-system", "tree-signing"].map((secret) => `flux-system_${secret}__Secret`),
        "flux-system_flux-operator__ServiceAccount",
        "flux-system_flux-operator_apps_Deployment",
        "flux-system_flux_fluxcd.controlplane.io_FluxInstance",
      ].toSorted(),
    );
    const secrets = new Map(objects.filter(({ kind }) => kind === "Secret").map(({ metadata, stringData }) => [metadata.name, stringData]));
    expect(secrets.get("sops-age")).toEqual({ [`${name}.agekey`]: ageKeyText });
    expect(secrets.get("flux-system")).toEqual(name === "edge-jetson" ? { ".dockerconfigjson": dockerConfig } : { username: "git", password });
  });

  it("has nothing that the tree has, except for the FluxInstance, which is the tree's to the letter", async () => {
    const objects = objectsIn(await run(name));
    const texts = new Map<string, string>();
    const { tree } = readClusterTree(treeFiles(name, texts), name);
    const inTree = new Map(tree.folders.flatMap((folder) => folder.objects).map(({ object }) => [identityOf(object), object]));
    const both = objects.filter((object) => inTree.has(identityOf(object)));
    expect(both.map(({ kind }) => kind)).toEqual(["FluxInstance"]);
    expect(both[0]).toEqual(inTree.get(identityOf(both[0] as KubernetesObject)));
  });

  it("writes down what it learned, when it has made it and not when it only looks", async () => {
    const file = `clusters/facts/${name}.yaml`;
    await run(name, { preview: true });
    expect(existsSync(join(fleet.folder, file))).toBe(false);
    await run(name);
    expect(fleet.read(file)).toBe(
      [
        `# What day 0 learned of cluster ${name}, written by its stack (docs/day-zero.md).`,
        `cluster: ${name}`,
        `provider: ${name === "cloud" ? "digitalocean" : "kubeconfig"}`,
        "apiServer:",
        `  url: ${server.url}`,
        `  authority: ${authority.caFingerprint}`,
        ...(name === "cloud" ? ["network:", "  region: fra1", "  ipRange: 10.20.0.0/20"] : []),
        "",
      ].join("\n"),
    );
  });
});

const treeFiles = (name: string, texts: Map<string, string>): ReadonlyMap<string, string> => {
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(fleet.folder, folder), { withFileTypes: true })) {
      if (entry.isDirectory()) visit(`${folder}/${entry.name}`);
      else texts.set(`${folder}/${entry.name}`, fleet.read(`${folder}/${entry.name}`));
    }
  };
  visit(`clusters/${name}`);
  return texts;
};

describe("a cluster that is to be made", () => {
  it("stands in a network of its own, with nodes between what is needed and what is allowed", async () => {
    const { resources } = await run("cloud");
    const byType = new Map(resources.map(({ type, inputs }) => [type, inputs]));
    expect(byType.get("digitalocean:index/vpc:Vpc")).toEqual({ name: "acme-cloud", region: "fra1", ipRange: "10.20.0.0/20" });
    expect(byType.get("digitalocean:index/kubernetesCluster:KubernetesCluster")).toMatchObject({
      ...{ name: "acme-cloud", region: "fra1", version: "1.36.3-do.0", vpcUuid: "id-of-cloud", autoUpgrade: false },
      nodePool: { name: "nodes", size: "s-4vcpu-8gb", nodeCount: 3, autoScale: true, minNodes: 3, maxNodes: 6 },
    });
  });

  it("is handed over only if it is the one that the fleet file names", async () => {
    fleet.edit("clusters/fleet.yaml", "distribution: managed", `distribution: managed, fingerprint: "sha256:${"0".repeat(64)}"`);
    // In a process of its own: what comes after the first resources ends the program, and not a test.
    const options = JSON.stringify((stacks.cloud as () => CaptureOptions)());
    const { stdout, stderr, status } = await ended(join(import.meta.dirname, "testing/run-capture.ts"), options);
    expect(status).not.toBe(0);
    expect(stderr).toContain(`shows ${authority.serverFingerprint}, and the fleet file names sha256:${"0".repeat(64)}`);
    expect(stdout).toContain("cloud");
    expect(stdout).not.toContain("flux-system");
  });
});

/** Runs a program of TypeScript to its end. */
const ended = (program: string, ...args: string[]): Promise<{ stdout: string; stderr: string; status: number }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { encoding: "utf8" }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, status: error === null ? 0 : Number(error.code) }),
    );
  });

describe("a cluster that is there", () => {
  it("is not planned for when another answers than the fleet file names", async () => {
    fleet.edit("clusters/fleet.yaml", "local: true }", `local: true, kubernetes: { distribution: kind, fingerprint: "sha256:${"0".repeat(64)}" } }`);
    expect(await refusalOf((stacks.dev as () => CaptureOptions)())).toMatch(/^FL3302 {2}https:\/\/127\.0\.0\.1:\d+ shows sha256:[0-9a-f]{64}/);
  });

  it("is planned for when it is the one that the fleet file names", async () => {
    fleet.edit(
      "clusters/fleet.yaml",
      "local: true }",
      `local: true, kubernetes: { distribution: kind, fingerprint: "${authority.caFingerprint}" } }`,
    );
    expect(objectsIn(await run("dev"))).toHaveLength(8);
  });

  it("has its FluxInstance taken as it is, where there is one", async () => {
    const idOf = ({ resources }: Capture) => resources.find(({ type }) => type.endsWith(":FluxInstance"))?.id;
    expect(idOf(await run("dev"))).toBeUndefined();
    instances.items = [{ metadata: { name: "flux" } }];
    expect(idOf(await run("dev"))).toBe("flux-system/flux");
  });

  it("is named by the path of its kubeconfig, of which nothing comes into the state", async () => {
    const { resources } = await run("dev");
    expect(resources.find(({ type }) => type === "pulumi:providers:kubernetes")?.inputs).toMatchObject({
      kubeconfig: join(fleet.folder, "kubeconfig"),
    });
  });

  it("that does not answer is not planned for", async () => {
    fleet.write("kubeconfig", server.kubeconfig().replace(server.url, "https://127.0.0.1:1"), 0o600);
    expect(await refusalOf((stacks.dev as () => CaptureOptions)())).toMatch(/^FL4065 {2}https:\/\/127\.0\.0\.1:1 does not answer/);
  });
});

describe("a cluster whose settings contradict the fleet file", () => {
  it.each([
    ["edge-jetson", { kubeconfig: { file: "/k" }, digitalocean: made }, ["kubeconfig", "digitalocean"]],
    ["edge-jetson", { kubeconfig: { file: "kubeconfig" } }, ["kubeconfig.file", "sourcePassword"]],
    ["cloud", {}, ["kubeconfig.file", "sourcePassword"]],
    ["dev", { digitalocean: made }, ["digitalocean", "sourcePassword"]],
  ])("%s is refused with %j", async (stack, config, keys) => {
    const secrets = stack === "edge-jetson" && !("digitalocean" in config) ? { sourcePassword: password } : {};
    const refused = await refusalOf({ stack, folder: fleet.folder, config, secrets });
    const problems = refused.split("\n").filter((line) => /^ {2}\S/.test(line));
    expect(problems.map((line) => line.trim().split(":")[0])).toEqual(keys);
    expect(refused.match(/ fix: /g)).toHaveLength(keys.length);
  });
});

describe("a stack that cannot be", () => {
  it("of a site that nobody reaches says why, and what to do instead", async () => {
    const refused = await refusalOf({ stack: "edge-pi", folder: fleet.folder, config: { operator } });
    expect(refused).toMatch(/^FL3300 {2}cluster edge-pi has no stack: it is K3s on 3 machines at plant-7 \(factory-lte\)/);
    expect(refused).toContain("docs/day-zero.md");
    expect(refused).toContain("pulumi config set --path kubeconfig.file");
  });

  it("of a cluster that the fleet does not have says which there are", async () => {
    expect(await refusalOf({ stack: "clout", folder: fleet.folder })).toMatch(
      /^FL1031 {2}stack clout .*\n {2}fix: Did you mean cloud\? Stacks are shared, dev, cloud,/s,
    );
  });

  it("has every problem of its configuration in one error, each with what to do", async () => {
    fleet.write("Pulumi.cloud.yaml", `config:\n  fogline:ageKey: in-clear-for-all\n`);
    const config = {
      digitalocean: { ...made, region: "Frankfurt", nodes: { size: "s-4vcpu-8gb", count: 3, countMax: 2 }, zone: "a" },
      operator: { manifest: operatorFile, sha256: "abc" },
      kubeconfigs: "~/.kube/config",
      ageKey: "in-clear-for-all",
      sourcePassword: " ",
    };
    const refused = await refusalOf({ stack: "cloud", folder: fleet.folder, config });
    expect(refused.split("\n")).toEqual([
      "FL3301  the configuration of stack cloud has 7 problems",
      "  digitalocean.region: must be a region such as fra1  (Pulumi.cloud.yaml)",
      "    fix: `pulumi config set --path digitalocean.region <value>`.",
      "  digitalocean.nodes.countMax: must not be below count  (Pulumi.cloud.yaml)",
      "    fix: `pulumi config set --path digitalocean.nodes.countMax <value>`.",
      "  digitalocean.zone: there is no such setting  (Pulumi.cloud.yaml)",
      "    fix: `pulumi config rm --path digitalocean.zone`",
      "  operator.sha256: must be 64 hexadecimal digits  (Pulumi.cloud.yaml)",
      "    fix: `pulumi config set --path operator.sha256 <value>`.",
      "  sourcePassword: is empty  (Pulumi.cloud.yaml)",
      "    fix: `pulumi config set --secret sourcePassword`, which asks for the value.",
      "  kubeconfigs: there is no such setting  (Pulumi.cloud.yaml)",
      "    fix: `pulumi config rm --path kubeconfigs`; did you mean kubeconfig?",
      "  ageKey: stands in clear in a file that git keeps  (Pulumi.cloud.yaml)",
      "    fix: Change the value, then `pulumi config set --secret ageKey`.",
    ]);
  });

  it("has no manifest of the operator but the one that the configuration names", async () => {
    const options = (stacks.dev as () => CaptureOptions)();
    const refused = await refusalOf({ ...options, config: { ...options.config, operator: { ...operator, sha256: "0".repeat(64) } } });
    expect(refused).toMatch(
      /^FL3303 {2}bootstrap\/flux-operator\.yaml has SHA-256 [0-9a-f]{64}, and the configuration names 0{64}; nothing was planned/,
    );
    expect(await refusalOf({ ...options, config: { ...options.config, operator: { manifest: "nowhere.yaml" } } })).toMatch(
      /^FL3303 {2}nowhere\.yaml does not exist/,
    );
  });

  it("has no tree to hand over to, or no key, and says how to make it", async () => {
    fleet.write("clusters/dev/flux-system/kustomization.yaml", "resources: []\n");
    expect(await refusalOf((stacks.dev as () => CaptureOptions)())).toMatch(/^FL3304 {2}clusters\/dev\/flux-system has no FluxInstance/);
    fleet.remove();
    fleet = copyFleet();
    fleet.write("kubeconfig", server.kubeconfig(), 0o600);
    fleet.write(".fogline/keys/dev.agekey", ageKeyText, 0o644);
    expect(await refusalOf((stacks.dev as () => CaptureOptions)())).toMatch(/^FL3205 .* has mode 644/);
  });
});

describe("stack shared", () => {
  it("gives the registry's address to everybody and its login to nobody", async () => {
    const { outputs } = await run("shared");
    expect(outputs.registry).toEqual({ value: "registry.digitalocean.com/acme", secret: false });
    expect(outputs.pullLogin).toEqual({ value: dockerConfig, secret: true });
  });

  it("makes no registry but the one of the fleet file, and none that nobody asked for", async () => {
    expect(
      await refusalOf({ stack: "shared", folder: fleet.folder, config: { registry: { name: "other", region: "fra1", tier: "basic" } } }),
    ).toMatch(/registry\.name: other would be at registry\.digitalocean\.com\/other, and the fleet file names registry\.edge\.acme\.example/);
    const { resources, outputs } = await capture({ stack: "shared", folder: fleet.folder });
    expect(resources).toEqual([]);
    expect(outputs.registry?.value).toBe("registry.edge.acme.example");
  });
});
