import { describe, expect, it } from "vitest";
import { render } from "../render/render.ts";
import { app, chartsOf, fleetOf } from "../testing/fleet.ts";
import { type EmbeddedWorkload, interpret } from "./interpret.ts";
import { planReconcile } from "./plan.ts";
import { readTree } from "./read.ts";

const runnable = { gateway: { listens: true }, scheduler: { listens: false } };
const workloads = [
  "  gateway: { on: dev, version: 0.1.0, replicas: 3 }",
  "  scheduler: { on: dev, version: 0.2.0, replicas: 2, settings: { loopMs: 500 } }",
].join("\n");
const rendered = (text = workloads): Map<string, string> =>
  new Map(render(fleetOf(text), {}, chartsOf({ gateway: app("gateway"), scheduler: app("scheduler") })).files);
const changed = (path: string, change: (text: string) => string): Map<string, string> => {
  const files = rendered();
  files.set(path, change(files.get(path) ?? ""));
  return files;
};
const deployment = "clusters/dev/apps/scheduler/deployment-scheduler.yaml";

describe("readTree", () => {
  it("reads back what render wrote, each layer after those it depends on", () => {
    const { tree, findings } = readTree(rendered(), "dev");
    expect(findings).toEqual([]);
    expect(tree?.layers.map(({ name, objects }) => [name, objects.map(({ kind }) => kind)])).toEqual([
      ["controllers", ["Namespace"]],
      ["configs", []],
      ["gateway", ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"]],
      ["scheduler", ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"]],
    ]);
  });

  it("refuses a tree that was never rendered", () => {
    expect(readTree(new Map(), "dev").findings).toMatchObject([{ code: "FL3008" }]);
  });

  it("refuses text that is not YAML, with its line", () => {
    const { tree, findings } = readTree(
      changed(deployment, () => "apiVersion: apps/v1\nkind: [\n"),
      "dev",
    );
    expect(tree).toBeUndefined();
    expect(findings).toMatchObject([{ code: "FL3009", place: { file: deployment } }]);
    expect(findings[0]?.place?.line).toBeGreaterThanOrEqual(2);
  });

  it("refuses YAML that is no Kubernetes object", () => {
    expect(
      readTree(
        changed(deployment, () => "hello: world\n"),
        "dev",
      ).findings,
    ).toMatchObject([{ code: "FL3009" }]);
  });

  it("refuses a resource that is listed and missing", () => {
    const files = rendered();
    files.delete(deployment);
    expect(readTree(files, "dev").findings).toMatchObject([{ code: "FL3008", place: { file: deployment } }]);
  });

  it("refuses a dependency that does not exist and one that goes in a circle", () => {
    const path = "clusters/dev/flux-system/kustomization-controllers.yaml";
    const on = (name: string) => changed(path, (text) => text.replace("spec:\n", `spec:\n  dependsOn: [{ name: ${name} }]\n`));
    expect(readTree(on("elsewhere"), "dev").findings).toMatchObject([{ code: "FL3010", message: expect.stringContaining("elsewhere") }]);
    expect(readTree(on("scheduler"), "dev").findings).toMatchObject([{ code: "FL3010", message: expect.stringContaining("depend on each other") }]);
  });

  it("refuses an object that two Kustomizations hold", () => {
    const files = changed("clusters/dev/flux-system/kustomization-scheduler.yaml", (text) => text.replace("apps/scheduler", "apps/gateway"));
    expect(readTree(files, "dev").findings.map(({ code }) => code)).toEqual(["FL3011", "FL3011", "FL3011", "FL3011"]);
  });
});

describe("interpret", () => {
  const interpreted = (files = rendered()) => {
    const { tree } = readTree(files, "dev");
    if (tree === undefined) throw new Error("the tree does not read");
    return interpret(tree, runnable);
  };

  it("takes version, replicas and environment, and one replica of what listens", () => {
    expect(interpreted().workloads).toEqual([
      { name: "gateway", layer: "gateway", version: "0.1.0", replicas: 1, environment: {} },
      { name: "scheduler", layer: "scheduler", version: "0.2.0", replicas: 2, environment: { LOOP_MS: "500" } },
    ]);
  });

  it("names every field and object that it does not enforce", () => {
    const named = interpreted().notEnforced.map(({ object, field }) => `${object} ${field ?? "-"}`);
    expect(named).toContain("Namespace fogline -");
    expect(named).toContain("ServiceAccount fogline/scheduler -");
    expect(named).toContain("Deployment fogline/gateway spec.replicas");
    expect(named).toContain("Deployment fogline/scheduler resources");
    expect(named).toContain("Deployment fogline/scheduler securityContext");
  });

  it("takes envFrom from a ConfigMap of the tree, overruled by env, and refuses a ConfigMap that is not there", () => {
    const from = (name: string) => {
      const files = changed(deployment, (text) =>
        text.replace("          env:", `          envFrom:\n            - configMapRef: { name: ${name} }\n          env:`),
      );
      const index = "clusters/dev/apps/scheduler/kustomization.yaml";
      files.set(index, `${files.get(index)}  - configmap-shared.yaml\n`);
      files.set(
        "clusters/dev/apps/scheduler/configmap-shared.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shared, namespace: fogline }\ndata: { LOOP_MS: '9', LOG_LEVEL: debug }\n",
      );
      return interpreted(files);
    };
    expect(from("shared").workloads[1]?.environment).toEqual({ LOOP_MS: "500", LOG_LEVEL: "debug" });
    expect(from("absent").findings).toMatchObject([{ code: "FL3008" }]);
  });

  it("refuses replicas that are no sensible number", () => {
    const files = changed(deployment, (text) => text.replace("replicas: 2", "replicas: -2"));
    expect(interpreted(files).findings).toMatchObject([{ code: "FL3003" }]);
  });
});

describe("planReconcile", () => {
  const workload = (name: string, change: Partial<EmbeddedWorkload> = {}): EmbeddedWorkload => ({
    name,
    layer: name,
    version: "0.1.0",
    replicas: 1,
    environment: { A: "1" },
    ...change,
  });

  it("starts what is new in the order of the tree", () => {
    expect(planReconcile([], [workload("a"), workload("b")])).toEqual([
      { kind: "start", workload: workload("a") },
      { kind: "start", workload: workload("b") },
    ]);
  });

  it("stops what is gone first, the last started first", () => {
    const steps = planReconcile([workload("a"), workload("b"), workload("c")], [workload("d"), workload("a")]);
    expect(steps.map((step) => [step.kind, typeof step.workload === "string" ? step.workload : step.workload.name])).toEqual([
      ["stop", "c"],
      ["stop", "b"],
      ["start", "d"],
    ]);
  });

  it("touches nothing that is the same", () => {
    expect(planReconcile([workload("a")], [workload("a", { environment: { A: "1" } })])).toEqual([]);
  });

  it("restarts for another environment or version and says what changed", () => {
    const wanted = workload("a", { version: "0.2.0", environment: { A: "2", B: "1" } });
    expect(planReconcile([workload("a")], [wanted])).toEqual([{ kind: "restart", workload: wanted, changed: ["version 0.1.0 to 0.2.0", "A", "B"] }]);
  });

  it("scales without a restart when only the replicas differ", () => {
    const wanted = workload("a", { replicas: 3 });
    expect(planReconcile([workload("a")], [wanted])).toEqual([{ kind: "scale", workload: wanted, from: 1 }]);
  });
});
