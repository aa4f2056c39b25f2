import { App } from "cdk8s";
import { describe, expect, it } from "vitest";
import { ApiObject, addWorkload, Chart, hardenedContainer, restrictedPod, selectorLabels, standardLabels } from "./own-charts.ts";

interface Deployment {
  readonly kind: string;
  readonly spec: { readonly selector: object; readonly template: { readonly metadata: object; readonly spec: Record<string, unknown> } };
}

const container = { image: "registry.acme.example/web:1.0.0", env: {}, ports: { http: 8080 }, cpuMillicores: 100, memoryBytes: 64 * 1024 ** 2 };
const deploymentIn = (chart: Chart): Deployment => (chart.toJson() as Deployment[]).find(({ kind }) => kind === "Deployment") as Deployment;

describe("what charts of one's own are made of", () => {
  it("makes by hand the pod that addWorkload makes, just as hardened", () => {
    const whole = new Chart(new App(), "web", { disableResourceNameHashes: true });
    addWorkload(whole, { name: "web", namespace: "fogline", version: "1.0.0", replicas: 1, container });
    const byHand = new Chart(new App(), "web", { disableResourceNameHashes: true });
    const pod = { containers: [hardenedContainer({ ...container, name: "web" })], securityContext: restrictedPod };
    new ApiObject(byHand, "deployment", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { selector: { matchLabels: selectorLabels("web") }, template: { metadata: { labels: standardLabels("web", "1.0.0") }, spec: pod } },
    });
    const { selector, template } = deploymentIn(byHand).spec;
    const expected = deploymentIn(whole).spec;
    expect(selector).toEqual(expected.selector);
    expect(template.metadata).toEqual(expected.template.metadata);
    expect(template.spec).toEqual({ containers: expected.template.spec.containers, securityContext: expected.template.spec.securityContext });
    expect(template.spec).toMatchObject({
      securityContext: { runAsNonRoot: true },
      containers: [{ securityContext: { readOnlyRootFilesystem: true } }],
    });
  });
});
