import { readFileSync } from "node:fs";
import { parseFleet } from "@fogline/fleet";
import type { KubernetesObject } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { type StackResource, stackFindings } from "./stack-rules.ts";

const text = readFileSync(new URL("../../clusters/fleet.yaml", import.meta.url), "utf8");
const today = "2026-11-26";

const fleetOf = (changed: string) => {
  const { fleet } = parseFleet([{ path: "clusters/fleet.yaml", text: changed }]);
  const cluster = fleet?.clusters.find(({ name }) => name === "edge-pi");
  if (fleet === undefined || cluster === undefined) throw new Error("the fleet has no edge-pi");
  return { fleet, cluster };
};

const resource = ({ apiVersion, kind, ...rest }: KubernetesObject): StackResource => ({
  type: `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`,
  props: { apiVersion, kind, ...rest },
});

const deployment = (container: object, pod: object = {}): KubernetesObject => ({
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "flux-operator", namespace: "flux-system" } },
  spec: {
    selector: { matchLabels: { app: "flux-operator" } },
    template: {
      metadata: { labels: { app: "flux-operator" } },
      spec: { priorityClassName: "system-cluster-critical", automountServiceAccountToken: false, containers: [container], ...pod },
    },
  },
});
const good = {
  ...{ name: "manager", image: `ghcr.io/x/y:v1@sha256:${"a".repeat(64)}` },
  resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "64Mi" } },
  securityContext: {
    ...{ runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
    ...{ capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } },
  },
};
const secret: KubernetesObject = {
  ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "flux-system", namespace: "flux-system" }, type: "Opaque" },
  stringData: { password: "in clear, as a Secret in a cluster is" },
};

const codesOf = (resources: readonly StackResource[], fleet = fleetOf(text)): string[] =>
  stackFindings({ ...fleet, resources, today }).map(({ code, object }) => `${code} ${object}`);

describe("the rules of `fogline check` over a stack", () => {
  it("object to nothing in what is right, a Secret of day 0 included", () => {
    expect(codesOf([resource(deployment(good)), resource(secret)])).toEqual([]);
  });

  it("object to what they object to in a tree, with its remedy", () => {
    const { securityContext: _none, ...bare } = { ...good, image: "ghcr.io/x/y:latest" };
    const findings = stackFindings({ ...fleetOf(text), resources: [resource(deployment(bare, { hostNetwork: true }))], today });
    expect(findings.map(({ code }) => code)).toEqual(["FL2102", "FL2202", "FL2203", "FL2204", "FL2205", "FL2207", "FL2208"]);
    for (const { remedy, object } of findings) {
      expect(remedy).toMatch(/\w/);
      expect(object).toBe("Deployment flux-system/flux-operator");
    }
  });

  it("object to what an API server would refuse", () => {
    expect(codesOf([resource({ ...secret, typ: "Opaque" })])).toEqual(["FL3003 undefined"]);
  });

  it("let be what the fleet file excepts, until the day it names", () => {
    const exception = (until: string) =>
      `${text}\nexceptions:\n  - { code: FL2207, object: Deployment flux-system/*, reason: it reaches the nodes, until: ${until} }\n`;
    const resources = [resource(deployment(good, { hostNetwork: true }))];
    expect(codesOf(resources)).toEqual(["FL2207 Deployment flux-system/flux-operator"]);
    expect(codesOf(resources, fleetOf(exception("2026-12-31")))).toEqual([]);
    expect(codesOf(resources, fleetOf(exception("2026-11-25")))).toEqual(["FL2207 Deployment flux-system/flux-operator", "FL2291 undefined"]);
  });

  it("look at Kubernetes objects and at nothing else of a stack", () => {
    const others: StackResource[] = [
      { type: "pulumi:providers:kubernetes", props: { kubeconfig: "~/.kube/config" } },
      { type: "fogline:dayZero:FluxHandOver", props: {} },
      { type: "digitalocean:index/vpc:Vpc", props: { name: "acme-cloud" } },
    ];
    expect(codesOf(others)).toEqual([]);
  });
});
