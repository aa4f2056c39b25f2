import { type Fleet, parseFleet } from "@fogline/fleet";
import { type AppDefinition, addWorkload, type Charts } from "@fogline/manifests";
import { ApiObject } from "cdk8s";

/** A small valid fleet; `workloads` is YAML below that key, indented by two. */
export const fleetOf = (workloads: string): Fleet => {
  const text = [
    "fleet: acme",
    "domain: edge.acme.example",
    "rings: { canary: { soak: 2h, gate: healthy } }",
    "sites: { headquarters: { region: eu-central } }",
    "clusters: { dev: { site: headquarters, tier: cloud, ring: canary, local: true } }",
    "devices: { this-machine: { cluster: dev, hardware: detected } }",
    "workloads:",
    workloads,
  ].join("\n");
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return fleet;
};

/** A definition that builds the usual objects and knows one setting, `loopMs`, a number. */
export const app = (name: string, environmentPrefix = ""): AppDefinition => ({
  source: `apps/${name}/chart.ts ${name}`,
  environmentPrefix,
  settings: {
    shape: { loopMs: true },
    safeParse: (value) => {
      const loopMs = (value as { loopMs?: unknown }).loopMs;
      const fits = loopMs === undefined || typeof loopMs === "number";
      return fits ? { success: true } : { success: false, error: { issues: [{ path: ["loopMs"], message: "a number is needed" }] } };
    },
  },
  build: (chart, context) =>
    addWorkload(chart, context, {
      container: { env: context.environment, ports: {}, cpuMillicores: 100, memoryBytes: 64 * 1024 ** 2 },
    }),
});

export const chartsOf = (apps: Readonly<Record<string, AppDefinition>>): Charts => ({
  apps,
  container: app("container"),
  cluster: [
    {
      name: "namespace",
      source: "infrastructure/networking/chart.ts namespaceChart",
      layer: "controllers",
      build: (chart, { namespace }) => void new ApiObject(chart, "namespace", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }),
    },
  ],
});
