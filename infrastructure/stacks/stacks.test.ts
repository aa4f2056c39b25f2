import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readClusterTree } from "@fogline/gitops";
import { serverToken } from "@fogline/kubernetes/testing";
import { identityOf, type KubernetesObject } from "@fogline/manifests";
import { describe, expect, it, vi } from "vitest";
import { capture, inClear } from "./testing/capture.ts";
import { dockerConfig, givenStacks, objectsIn, password, refusalOf, stackNames } from "./testing/given.ts";
import { ageKeyText } from "./testing/repository.ts";

const given = givenStacks();

describe.each(stackNames)("stack %s", (name) => {
  it("asks for the same at another time, by another chance and in another order", async () => {
    const first = await given.run(name, { turns: () => 0 });
    vi.spyOn(Date, "now").mockReturnValue(4_000_000_000_000);
    vi.spyOn(Math, "random").mockReturnValue(0.123);
    const second = await given.run(name, { turns: (resource) => (resource.length * 7) % 5 });
    expect(second.resources).toEqual(first.resources);
    expect(first.resources.length).toBeGreaterThan(2);
  });

  it("has no secret in clear: not in what it asks for, not in its outputs, not in what it says", async () => {
    const said: string[] = [];
    for (const method of ["log", "error", "warn", "info"] as const)
      vi.spyOn(console, method).mockImplementation((...words) => void said.push(words.join(" ")));
    const { resources, outputs } = await given.run(name);
    const readable = [
      inClear(resources),
      said.join("\n"),
      JSON.stringify(Object.values(outputs).filter(({ secret }) => !secret)),
      ...(existsSync(join(given.fleet.folder, `clusters/facts/${name}.yaml`)) ? [given.fleet.read(`clusters/facts/${name}.yaml`)] : []),
    ].join("\n");
    for (const secret of [password, ageKeyText.slice(22, 60), serverToken, "cHVsbDpzM2NyZXQ="]) expect(readable).not.toContain(secret);
  });
});

describe.each(stackNames.filter((name) => name !== "shared"))("the stack of cluster %s", (name) => {
  it("lays down the hand-over set, secrets and all, and nothing else that is an object", async () => {
    const objects = objectsIn(await given.run(name));
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
    const objects = objectsIn(await given.run(name));
    const texts = new Map<string, string>();
    const { tree } = readClusterTree(treeFiles(name, texts), name);
    const inTree = new Map(tree.folders.flatMap((folder) => folder.objects).map(({ object }) => [identityOf(object), object]));
    const both = objects.filter((object) => inTree.has(identityOf(object)));
    expect(both.map(({ kind }) => kind)).toEqual(["FluxInstance"]);
    expect(both[0]).toEqual(inTree.get(identityOf(both[0] as KubernetesObject)));
  });

  it("writes down what it learned, when it has made it and not when it only looks", async () => {
    const file = `clusters/facts/${name}.yaml`;
    await given.run(name, { preview: true });
    expect(existsSync(join(given.fleet.folder, file))).toBe(false);
    await given.run(name);
    expect(given.fleet.read(file)).toBe(
      [
        `# What day 0 learned of cluster ${name}, written by its stack (docs/day-zero.md).`,
        `cluster: ${name}`,
        `provider: ${name === "cloud" ? "digitalocean" : "kubeconfig"}`,
        "apiServer:",
        `  url: ${given.server.url}`,
        `  authority: ${given.authority.caFingerprint}`,
        ...(name === "cloud" ? ["network:", "  region: fra1", "  ipRange: 10.20.0.0/20"] : []),
        "",
      ].join("\n"),
    );
  });
});

const treeFiles = (name: string, texts: Map<string, string>): ReadonlyMap<string, string> => {
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(given.fleet.folder, folder), { withFileTypes: true })) {
      if (entry.isDirectory()) visit(`${folder}/${entry.name}`);
      else texts.set(`${folder}/${entry.name}`, given.fleet.read(`${folder}/${entry.name}`));
    }
  };
  visit(`clusters/${name}`);
  return texts;
};

describe("stack shared", () => {
  it("gives the registry's address to everybody and its login to nobody", async () => {
    const { outputs } = await given.run("shared");
    expect(outputs.registry).toEqual({ value: "registry.digitalocean.com/acme", secret: false });
    expect(outputs.pullLogin).toEqual({ value: dockerConfig, secret: true });
  });

  it("makes no registry but the one of the fleet file, and none that nobody asked for", async () => {
    expect(
      await refusalOf({ stack: "shared", folder: given.fleet.folder, config: { registry: { name: "other", region: "fra1", tier: "basic" } } }),
    ).toMatch(/registry\.name: other would be at registry\.digitalocean\.com\/other, and the fleet file names registry\.edge\.acme\.example/);
    const { resources, outputs } = await capture({ stack: "shared", folder: given.fleet.folder });
    expect(resources).toEqual([]);
    expect(outputs.registry?.value).toBe("registry.edge.acme.example");
  });
});
