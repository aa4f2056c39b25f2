import type { AppContext } from "@fogline/manifests";
import { ApiObject, type Chart } from "cdk8s";
import { describe, expect, it } from "vitest";
import { app, chartsOf, fleetOf } from "../testing/fleet.ts";
import { differences } from "./difference.ts";
import { render } from "./render.ts";

const inputs = {};
const scheduler = "  scheduler: { on: dev, version: 0.1.0, replicas: 2, settings: { loopMs: 500 }, env: { LOG_LEVEL: debug } }";

describe("render", () => {
  it("writes one file per object, a kustomization.yaml per folder and one Flux Kustomization per app", () => {
    const { files, findings } = render(fleetOf(scheduler), inputs, chartsOf({ scheduler: app("scheduler") }));
    expect(findings).toEqual([]);
    expect([...files.keys()]).toEqual([
      "clusters/dev/apps/scheduler/deployment-scheduler.yaml",
      "clusters/dev/apps/scheduler/kustomization.yaml",
      "clusters/dev/apps/scheduler/networkpolicy-scheduler.yaml",
      "clusters/dev/apps/scheduler/poddisruptionbudget-scheduler.yaml",
      "clusters/dev/apps/scheduler/serviceaccount-scheduler.yaml",
      "clusters/dev/configs/kustomization.yaml",
      "clusters/dev/controllers/kustomization.yaml",
      "clusters/dev/controllers/namespace-fogline.yaml",
      "clusters/dev/flux-system/fluxinstance-flux.yaml",
      "clusters/dev/flux-system/kustomization-configs.yaml",
      "clusters/dev/flux-system/kustomization-controllers.yaml",
      "clusters/dev/flux-system/kustomization-scheduler.yaml",
      "clusters/dev/flux-system/kustomization.yaml",
    ]);
  });

  it("turns settings and env into environment variables, sorted by name", () => {
    const { files } = render(fleetOf(scheduler), inputs, chartsOf({ scheduler: app("scheduler", "FOGLINE_") }));
    expect(files.get("clusters/dev/apps/scheduler/deployment-scheduler.yaml")).toContain(
      [
        "          env:",
        "            - name: FOGLINE_LOOP_MS",
        "              value: '500'",
        "            - name: LOG_LEVEL",
        "              value: debug",
      ].join("\n"),
    );
  });

  it.each([
    [1, "2s"],
    [12, "2s"],
    [13, "5s"],
    [41, "10s"],
  ])("lets what waits in a tree of %d apps look again every %s, so that the API server is not kept busy by it", (apps, pause) => {
    const names = Array.from({ length: apps }, (_, index) => `app-${index}`);
    const workloads = names.map((name) => `  ${name}: { on: dev, version: 0.1.0 }`).join("\n");
    const { files } = render(fleetOf(workloads), inputs, chartsOf(Object.fromEntries(names.map((name) => [name, app(name)]))));
    expect(files.get("clusters/dev/flux-system/fluxinstance-flux.yaml")).toContain(`"--requeue-dependency=${pause}"`);
  });

  it("makes each app depend on configs and configs on controllers, and lets all of them wait", () => {
    const { files } = render(fleetOf(scheduler), inputs, chartsOf({ scheduler: app("scheduler") }));
    expect(files.get("clusters/dev/flux-system/kustomization-scheduler.yaml")).toContain("dependsOn:\n    - name: configs");
    expect(files.get("clusters/dev/flux-system/kustomization-configs.yaml")).toContain("dependsOn:\n    - name: controllers");
    expect(files.get("clusters/dev/flux-system/kustomization-controllers.yaml")).toContain("wait: true");
  });

  it("lets a cluster that follows a branch check out its own tree alone", () => {
    const { files } = render(fleetOf(scheduler), inputs, chartsOf({ scheduler: app("scheduler") }));
    expect(files.get("clusters/dev/flux-system/fluxinstance-flux.yaml")).toContain('"path":"/spec/sparseCheckout","value":["clusters/dev"]');
  });

  it("gives the same text whatever order the charts and settings were written in", () => {
    const other = "  scheduler: { env: { LOG_LEVEL: debug }, settings: { loopMs: 500 }, replicas: 2, version: 0.1.0, on: dev }";
    const a = render(fleetOf(scheduler), inputs, chartsOf({ scheduler: app("scheduler"), gateway: app("gateway") }));
    const b = render(fleetOf(other), inputs, chartsOf({ gateway: app("gateway"), scheduler: app("scheduler") }));
    expect([...b.files]).toEqual([...a.files]);
  });

  it("refuses an unknown setting with the nearest known one, and writes nothing", () => {
    const misspelt = "  scheduler: { on: dev, version: 0.1.0, settings: { lopMs: 500 } }";
    const { files, findings } = render(fleetOf(misspelt), inputs, chartsOf({ scheduler: app("scheduler") }));
    expect(files.size).toBe(0);
    expect(findings).toMatchObject([{ code: "FL3004", remedy: "did you mean loopMs?", place: { file: "clusters/fleet.yaml" } }]);
  });

  it("refuses a setting whose value does not fit, with the value", () => {
    const wrong = "  scheduler: { on: dev, version: 0.1.0, settings: { loopMs: often } }";
    const { findings } = render(fleetOf(wrong), inputs, chartsOf({ scheduler: app("scheduler") }));
    expect(findings).toMatchObject([{ code: "FL3005", value: '"often"' }]);
  });

  it("refuses a workload that has neither a chart nor an image", () => {
    const { findings } = render(fleetOf("  telemetry: { on: dev, version: 0.1.0 }"), inputs, chartsOf({}));
    expect(findings).toMatchObject([{ code: "FL3006" }]);
  });

  it("refuses two objects for one file", () => {
    const twice = {
      ...app("scheduler"),
      build: (chart: Chart, context: AppContext) => {
        app("scheduler").build(chart, context);
        new ApiObject(chart, "again", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "scheduler", namespace: "fogline" } });
      },
    };
    const { findings } = render(fleetOf(scheduler), inputs, chartsOf({ scheduler: twice }));
    expect(findings).toMatchObject([{ code: "FL3002" }]);
  });

  it("refuses an object that its Kubernetes schema refuses, and a kind that has no schema", () => {
    const bad = {
      ...app("scheduler"),
      build: (chart: Chart) => {
        new ApiObject(chart, "a", {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          spec: { replicas: "3", selector: {}, template: {} },
        });
        new ApiObject(chart, "b", { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "b" } });
      },
    };
    const { findings } = render(fleetOf(scheduler), inputs, chartsOf({ scheduler: bad }));
    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      ["FL3003", "Deployment a: must be integer"],
      ["FL3003", "Thing b: no schema is known for example.org/v1 Thing"],
    ]);
  });

  it("hardens every container: no root, no new privileges, no writable image, no capability", () => {
    const { files } = render(fleetOf(scheduler), inputs, chartsOf({ scheduler: app("scheduler") }));
    const text = files.get("clusters/dev/apps/scheduler/deployment-scheduler.yaml") ?? "";
    for (const line of [
      "runAsNonRoot: true",
      "allowPrivilegeEscalation: false",
      "readOnlyRootFilesystem: true",
      "automountServiceAccountToken: false",
      "type: RuntimeDefault",
    ]) {
      expect(text).toContain(line);
    }
  });
});

describe("differences", () => {
  it("names what is missing, what differs with its first line, and what is left over", () => {
    const rendered = new Map([
      ["a", "1\n2\n"],
      ["b", "1\n"],
    ]);
    const committed = new Map([
      ["a", "1\n3\n"],
      ["c", "1\n"],
    ]);
    expect(differences(rendered, committed).map(({ message, place }) => [message, place?.line])).toEqual([
      ["a differs from what the fleet renders", 2],
      ["b is missing", undefined],
      ["c is there but the fleet does not render it", undefined],
    ]);
  });

  it("finds none between equal trees", () => {
    expect(differences(new Map([["a", "1"]]), new Map([["a", "1"]]))).toEqual([]);
  });
});
