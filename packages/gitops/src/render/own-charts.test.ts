import type { KubernetesObject } from "@fogline/manifests";
import {
  ApiObject,
  type AppDefinition,
  addWorkload,
  type Chart,
  hardenedContainer,
  restrictedPod,
  selectorLabels,
  standardLabels,
  startSecondsOn,
} from "@fogline/manifests/charts";
import { describe, expect, it } from "vitest";
import { chartsOf, fleetOf } from "../testing/fleet.ts";
import { render } from "./render.ts";

const usual: AppDefinition = {
  build: (chart, context) =>
    addWorkload(chart, context, {
      exposes: ["http"],
      container: {
        env: context.environment,
        ports: { http: 8080 },
        cpuMillicores: 100,
        memoryBytes: 64 * 1024 ** 2,
        health: { live: "/healthz", ready: "/readyz", port: "http", intervalSeconds: 10, startSeconds: startSecondsOn(context.devices) },
      },
    }),
};
const byHand: AppDefinition = {
  build: (chart: Chart, { name, namespace, version, image, environment, cluster }) => {
    const container = { env: environment, ports: { http: 8080 }, cpuMillicores: 100, memoryBytes: 64 * 1024 ** 2 };
    const { pullPolicy } = cluster.connectivity;
    const spec = { securityContext: restrictedPod(), containers: [hardenedContainer({ ...container, name, image, pullPolicy })] };
    new ApiObject(chart, "deployment", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace, labels: standardLabels(name, version) },
      spec: { selector: { matchLabels: selectorLabels(name) }, template: { metadata: { labels: standardLabels(name, version) }, spec } },
    });
  },
};

interface Deployment {
  readonly spec: { readonly selector: object; readonly template: { readonly metadata: object; readonly spec: Record<string, unknown> } };
}

const rendered = (app: AppDefinition): readonly KubernetesObject[] => {
  const charts = chartsOf({ web: { environmentPrefix: "", ...app, source: "charts.ts web" } });
  const { trees, findings } = render(fleetOf("  web: { on: dev, version: 1.0.0, env: { A: b } }"), {}, charts);
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return trees.flatMap(({ folders }) =>
    folders.filter(({ path }) => path.endsWith("/apps/web")).flatMap(({ objects }) => objects.map(({ object }) => object)),
  );
};
const deploymentOf = (app: AppDefinition): Deployment => rendered(app).find(({ kind }) => kind === "Deployment") as unknown as Deployment;

describe("charts of one's own", () => {
  it("render with addWorkload what workloads of Fogline are made of", () => {
    expect(rendered(usual).map(({ kind }) => kind)).toEqual(expect.arrayContaining(["ServiceAccount", "Deployment", "Service", "NetworkPolicy"]));
  });

  it("make by hand a pod that is selected and hardened as one of addWorkload is", () => {
    const [hand, whole] = [deploymentOf(byHand), deploymentOf(usual)];
    expect(hand.spec.selector).toEqual(whole.spec.selector);
    expect(hand.spec.template.metadata).toMatchObject({ labels: standardLabels("web", "1.0.0") });
    expect(hand.spec.template.spec.securityContext).toEqual(whole.spec.template.spec.securityContext);
    const security = { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true } };
    for (const { spec } of [hand.spec.template, whole.spec.template]) expect(spec).toMatchObject({ containers: [security] });
  });
});
