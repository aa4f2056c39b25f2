import { parseFleet, readFleetDocument } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { app, chartsOf } from "../testing/fleet.ts";
import { fieldAt } from "./field.ts";
import { why } from "./why.ts";

const files = [
  {
    path: "clusters/fleet.yaml",
    text: `fleet: acme
defaults: { workloads: { scheduler: { replicas: 2, env: { LEVEL: info } } } }
rings: { canary: { workloads: { scheduler: { env: { LEVEL: debug } } } } }
connectivity:
  slow: { like: metered, interval: 2h }
sites:
  plant: { region: eu, connectivity: slow }
clusters:
  edge: { site: plant, tier: access-edge, ring: canary, workloads: { scheduler: { replicas: 3 } } }
devices:
  pi-1: { cluster: edge, hardware: pi-5-8, role: server }
workloads:
  scheduler: { on: edge, version: 0.1.0, settings: { loopMs: 500 } }
  gateway: { on: edge, version: 0.1.0, uses: [scheduler] }
`,
  },
];
const document = readFleetDocument(files);
const { fleet } = parseFleet(files);
const ask = (object: string, field: string, cluster = "edge") => {
  if (fleet === undefined) throw new Error("the fleet does not parse");
  const charts = chartsOf({ scheduler: app("scheduler"), gateway: app("gateway") });
  return why({ cluster, object, field }, { document, fleet, charts, inputs: {} });
};
const causes = (object: string, field: string) =>
  ask(object, field).causes.map(({ name, said }) => [
    name,
    ...said.map(({ layer, value, place }) => `${layer} ${JSON.stringify(value)} line ${place.line}`),
  ]);

describe("why a field is what it is", () => {
  it("is told by layer, value and line, the one that counts last", () => {
    expect(causes("Deployment fogline/scheduler", "spec.replicas")).toEqual([
      ["workloads.scheduler.replicas", "defaults 2 line 2", "cluster 3 line 9"],
    ]);
    expect(causes("deployment/scheduler", "env.LEVEL.value")).toEqual([
      ["workloads.scheduler.env.LEVEL", 'defaults "info" line 2', 'ring "debug" line 3'],
    ]);
    expect(causes("scheduler", "env.LOOP_MS.value")).toEqual([["workloads.scheduler.settings.loopMs", "workload 500 line 13"]]);
  });

  it("follows what a profile, a tier and a neighbour decide", () => {
    expect(causes("kustomization/scheduler", "spec.interval")).toEqual([["connectivity.slow.interval", 'site "slow" line 7', 'profile "2h" line 5']]);
    expect(causes("NetworkPolicy fogline/gateway", "egress.1.to.0.podSelector.matchLabels")).toContainEqual([
      "gateway uses scheduler",
      'workload "scheduler" line 14',
    ]);
    expect(ask("gateway", "strategy.type").causes).toMatchObject([{ name: "workloads.gateway.volumes", said: [] }]);
    expect(ask("gateway", "strategy.rollingUpdate").causes.map(({ name }) => name)).toContain("clusters.edge.tier");
  });

  it("says where nobody states it, and which chart has it", () => {
    const answer = ask("gateway", "containers.gateway.resources.limits.memory");
    expect(answer).toMatchObject({
      value: "64Mi",
      causes: [],
      chart: "apps/gateway/chart.ts gateway",
      file: "clusters/edge/apps/gateway/deployment-gateway.yaml",
    });
  });

  it("names the nearest cluster, object or field that is there", () => {
    expect(() => ask("gateway", "spec", "egde")).toThrow("there is no cluster egde");
    expect(() => ask("gatewya", "spec")).toThrow(expect.objectContaining({ code: "FL3030", remedy: "did you mean gateway?" }));
    expect(() => ask("gateway", "spec.replica")).toThrow(expect.objectContaining({ code: "FL3031" }));
  });
});

describe("a field", () => {
  const object = { metadata: { labels: { "app.kubernetes.io/name": "x" } }, spec: { list: [{ name: "a", deep: { value: 1 } }, { name: "b" }] } };

  it("is found by its keys, by the name or number of an item, and by its end alone", () => {
    expect(fieldAt(object, "metadata.labels.app.kubernetes.io/name")?.value).toBe("x");
    expect(fieldAt(object, "spec.list[0].deep.value")?.path).toEqual(["spec", "list", 0, "deep", "value"]);
    expect(fieldAt(object, "list.b")?.path).toEqual(["spec", "list", 1]);
    expect(fieldAt(object, "deep.value")?.value).toBe(1);
    expect(fieldAt(object, "nothing")).toBeUndefined();
    expect(fieldAt(object, "")).toBeUndefined();
  });
});
