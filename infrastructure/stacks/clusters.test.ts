import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Capture } from "./testing/capture.ts";
import { givenStacks, made, objectsIn, operator, password, refusalOf } from "./testing/given.ts";
import { ageKeyText, operatorFile } from "./testing/repository.ts";

const given = givenStacks();

describe("a cluster that is to be made", () => {
  it("stands in a network of its own, with nodes between what is needed and what is allowed", async () => {
    const { resources } = await given.run("cloud");
    const byType = new Map(resources.map(({ type, inputs }) => [type, inputs]));
    expect(byType.get("digitalocean:index/vpc:Vpc")).toEqual({ name: "acme-cloud", region: "fra1", ipRange: "10.20.0.0/20" });
    expect(byType.get("digitalocean:index/kubernetesCluster:KubernetesCluster")).toMatchObject({
      ...{ name: "acme-cloud", region: "fra1", version: "1.36.3-do.0", vpcUuid: "id-of-cloud", autoUpgrade: false },
      nodePool: { name: "nodes", size: "s-4vcpu-8gb", nodeCount: 3, autoScale: true, minNodes: 3, maxNodes: 6 },
    });
  });

  it("is handed over only if it is the one that the fleet file names", async () => {
    given.fleet.edit("clusters/fleet.yaml", "distribution: managed", `distribution: managed, fingerprint: "sha256:${"0".repeat(64)}"`);
    // In a process of its own: what comes after the first resources ends the program, and not a test.
    const options = JSON.stringify(given.options("cloud"));
    const { stdout, stderr, status } = await ended(join(import.meta.dirname, "testing/run-capture.ts"), options);
    expect(status).not.toBe(0);
    expect(stderr).toContain(`shows ${given.authority.serverFingerprint}, and the fleet file names sha256:${"0".repeat(64)}`);
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
    given.fleet.edit(
      "clusters/fleet.yaml",
      "local: true }",
      `local: true, kubernetes: { distribution: kind, fingerprint: "sha256:${"0".repeat(64)}" } }`,
    );
    expect(await refusalOf(given.options("dev"))).toMatch(/^FL3302 {2}https:\/\/127\.0\.0\.1:\d+ shows sha256:[0-9a-f]{64}/);
  });

  it("is planned for when it is the one that the fleet file names", async () => {
    given.fleet.edit(
      "clusters/fleet.yaml",
      "local: true }",
      `local: true, kubernetes: { distribution: kind, fingerprint: "${given.authority.caFingerprint}" } }`,
    );
    expect(objectsIn(await given.run("dev"))).toHaveLength(8);
  });

  it("has its FluxInstance taken as it is, where there is one", async () => {
    const idOf = ({ resources }: Capture) => resources.find(({ type }) => type.endsWith(":FluxInstance"))?.id;
    expect(idOf(await given.run("dev"))).toBeUndefined();
    given.instances.items = [{ metadata: { name: "flux" } }];
    expect(idOf(await given.run("dev"))).toBe("flux-system/flux");
  });

  it("is named by the path of its kubeconfig, of which nothing comes into the state", async () => {
    const { resources } = await given.run("dev");
    expect(resources.find(({ type }) => type === "pulumi:providers:kubernetes")?.inputs).toMatchObject({
      kubeconfig: join(given.fleet.folder, "kubeconfig"),
    });
  });

  it("that does not answer is not planned for", async () => {
    given.fleet.write("kubeconfig", given.server.kubeconfig().replace(given.server.url, "https://127.0.0.1:1"), 0o600);
    expect(await refusalOf(given.options("dev"))).toMatch(/^FL4065 {2}https:\/\/127\.0\.0\.1:1 does not answer/);
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
    const refused = await refusalOf({ stack, folder: given.fleet.folder, config, secrets });
    const problems = refused.split("\n").filter((line) => /^ {2}\S/.test(line));
    expect(problems.map((line) => line.trim().split(":")[0])).toEqual(keys);
    expect(refused.match(/ fix: /g)).toHaveLength(keys.length);
  });
});

describe("a stack that cannot be", () => {
  it("of a site that nobody reaches says why, and what to do instead", async () => {
    const refused = await refusalOf({ stack: "edge-pi", folder: given.fleet.folder, config: { operator } });
    expect(refused).toMatch(/^FL3300 {2}cluster edge-pi has no stack: it is K3s on 3 machines at plant-7 \(factory-lte\)/);
    expect(refused).toContain("docs/day-zero.md");
    expect(refused).toContain("pulumi config set --path kubeconfig.file");
  });

  it("of a cluster that the fleet does not have says which there are", async () => {
    expect(await refusalOf({ stack: "clout", folder: given.fleet.folder })).toMatch(
      /^FL1031 {2}stack clout .*\n {2}fix: Did you mean cloud\? Stacks are shared, dev, cloud,/s,
    );
  });

  it("has every problem of its configuration in one error, each with what to do", async () => {
    given.fleet.write("Pulumi.cloud.yaml", `config:\n  fogline:ageKey: in-clear-for-all\n`);
    const config = {
      digitalocean: { ...made, region: "Frankfurt", nodes: { size: "s-4vcpu-8gb", count: 3, countMax: 2 }, zone: "a" },
      operator: { manifest: operatorFile, sha256: "abc" },
      kubeconfigs: "~/.kube/config",
      ageKey: "in-clear-for-all",
      sourcePassword: " ",
    };
    const refused = await refusalOf({ stack: "cloud", folder: given.fleet.folder, config });
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
    const options = given.options("dev");
    const refused = await refusalOf({ ...options, config: { ...options.config, operator: { ...operator, sha256: "0".repeat(64) } } });
    expect(refused).toMatch(
      /^FL3303 {2}bootstrap\/flux-operator\.yaml has SHA-256 [0-9a-f]{64}, and the configuration names 0{64}; nothing was planned/,
    );
    expect(await refusalOf({ ...options, config: { ...options.config, operator: { manifest: "nowhere.yaml" } } })).toMatch(
      /^FL3303 {2}nowhere\.yaml does not exist/,
    );
  });

  it("has no tree to hand over to, or no key, and says how to make it", async () => {
    given.fleet.write("clusters/dev/flux-system/kustomization.yaml", "resources: []\n");
    expect(await refusalOf(given.options("dev"))).toMatch(/^FL3304 {2}clusters\/dev\/flux-system has no FluxInstance/);
    given.startOver();
    given.fleet.write(".fogline/keys/dev.agekey", ageKeyText, 0o644);
    expect(await refusalOf(given.options("dev"))).toMatch(/^FL3205 .* has mode 644/);
  });
});
