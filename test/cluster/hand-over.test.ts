import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ControlPlane, operatorManifest, operatorObjects, startControlPlane } from "@fogline/dev-cluster";
import { parseFleet } from "@fogline/fleet";
import { fluxOperatorObjects } from "@fogline/gitops";
import { identityOf, type KubernetesObject, nameOf } from "@fogline/manifests";
import { stackFindings } from "@fogline/policy-pack/rules";
import { type Capture, type CaptureOptions, capture, opened } from "@fogline/stacks/testing/capture";
import { copyFleet, type FleetCopy } from "@fogline/stacks/testing/repository";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../system/testing/eventually.ts";

const manifest = "bootstrap/install.yaml";
const dockerConfig = '{"auths":{"registry.example":{"auth":"cHVsbDpzM2NyZXQ="}}}';

describe("the manifest of the Flux Operator", () => {
  it("holds what a tree is held against, and nothing beside it", () => {
    expect(operatorObjects().map(identityOf).toSorted()).toEqual(fluxOperatorObjects.map(identityOf).toSorted());
  });
});

describe.each(["dev", "cloud", "edge-jetson"])("what the stack of cluster %s lays down", (stack) => {
  let plane: ControlPlane;
  let fleet: FleetCopy;
  let captured: Capture;
  /** In the order of the stages, which Pulumi takes from what depends on what. */
  let objects: KubernetesObject[];
  const rank = ({ kind }: KubernetesObject): number => {
    if (kind === "CustomResourceDefinition" || kind === "Namespace") return 0;
    return kind === "FluxInstance" ? 2 : 1;
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    fleet = copyFleet();
    writeFileSync(join(fleet.folder, manifest), operatorManifest());
    const made = { region: "fra1", version: "1.36.3-do.0", ipRange: "10.20.0.0/20", nodes: { size: "s-4vcpu-8gb", count: 3 } };
    const kubeconfigText = JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": "made" },
      clusters: [{ name: "made", cluster: { server: plane.url, "certificate-authority-data": Buffer.from(plane.ca).toString("base64") } }],
      contexts: [{ name: "made", context: { cluster: "made", user: "made" } }],
      users: [{ name: "made", user: { token: "made" } }],
    });
    const options: CaptureOptions = {
      ...{ stack, folder: fleet.folder },
      config: { operator: { manifest }, ...(stack === "cloud" ? { digitalocean: made } : { kubeconfig: { file: plane.kubeconfig } }) },
      secrets: stack === "edge-jetson" ? { sourceDockerConfig: dockerConfig } : { sourcePassword: "a password" },
      answers: { "digitalocean:index/kubernetesCluster:KubernetesCluster": { kubeConfigs: [{ rawConfig: kubeconfigText }] } },
    };
    captured = await capture(options);
    objects = captured.resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => opened(inputs) as KubernetesObject)
      .toSorted((a, b) => rank(a) - rank(b));
  });
  afterAll(async () => {
    fleet?.remove();
    await plane?.stop();
  });

  it("is accepted by an API server, object by object, and is all there then", async () => {
    expect(objects).toHaveLength(fluxOperatorObjects.length + 4);
    for (const object of objects) {
      if (rank(object) === 2) await eventually("FluxInstances are served", () => plane.api.pathOf(object).catch(() => undefined));
      await plane.api.create(object);
    }
    for (const object of objects) {
      const { name, namespace } = object.metadata;
      expect((await plane.api.get({ ...object, name, namespace }))?.metadata.uid, nameOf(object)).toBeDefined();
    }
  });

  it("has its secrets in the cluster as Flux reads them", async () => {
    const data = async (name: string): Promise<Record<string, string>> => {
      const secret = await plane.api.get({ apiVersion: "v1", kind: "Secret", name, namespace: "flux-system" });
      return Object.fromEntries(
        Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(String(value), "base64").toString("utf8")]),
      );
    };
    expect(Object.keys(await data("sops-age"))).toEqual([`${stack}.agekey`]);
    expect(await data("flux-system")).toEqual(
      stack === "edge-jetson" ? { ".dockerconfigjson": dockerConfig } : { username: "git", password: "a password" },
    );
    expect((await data("tree-signing"))["tree-signing.pub"]).toBe(fleet.read("clusters/tree-signing.pub"));
  });

  it("is let through by the policy pack, with nothing but warnings", () => {
    const { fleet: parsed } = parseFleet([{ path: "clusters/fleet.yaml", text: fleet.read("clusters/fleet.yaml") }]);
    const cluster = parsed?.clusters.find(({ name }) => name === stack);
    if (parsed === undefined || cluster === undefined) throw new Error(`the fleet has no ${stack}`);
    const resources = captured.resources.map(({ type, inputs }) => ({ type, props: opened(inputs) as Record<string, unknown> }));
    const findings = stackFindings({ fleet: parsed, cluster, resources, today: "2026-11-26" });
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(findings.map(({ code }) => code)).toEqual(stack === "edge-jetson" ? ["FL2110"] : []);
  });
});
