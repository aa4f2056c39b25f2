import type { Finding } from "@fogline/findings";
import type { Cluster, Fleet } from "@fogline/fleet";
import type { Charts } from "@fogline/manifests";
import { fluxKustomization, gitRepository, type KubernetesObject, nameOf } from "@fogline/manifests";
import { App, Chart } from "cdk8s";
import { schemaProblems } from "../check/schema.ts";
import { environmentOf } from "./environment.ts";
import { toYaml } from "./yaml.ts";

/** What render knows beside the fleet. */
export interface RenderInputs {
  /** Where Flux fetches the repository. */
  readonly repositoryUrl: string;
  /** Clusters to render; all when absent. */
  readonly clusters?: readonly string[];
}

/** Generated files by path from the repository's root, sorted by path. No file when there is an error among the findings. */
export interface Rendered {
  readonly files: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
}

const namespace = "fogline";

/** The trees of all clusters of a fleet. Pure: equal arguments give equal text. Nothing outside of `clusters/<cluster>/` is in the result. */
export const render = (fleet: Fleet, inputs: RenderInputs, charts: Charts): Rendered => {
  const tree = new Tree();
  for (const cluster of fleet.clusters) {
    if (inputs.clusters !== undefined && !inputs.clusters.includes(cluster.name)) continue;
    renderCluster(tree, fleet, cluster, inputs, charts);
  }
  const failed = tree.findings.some(({ severity }) => severity === "error");
  return { files: failed ? new Map() : tree.sorted(), findings: tree.findings };
};

/** The files of all clusters while they are made; a second object for a path is a finding. */
class Tree {
  readonly #files = new Map<string, string>();
  readonly findings: Finding[] = [];

  /** One file per object and a kustomization.yaml that lists them. */
  folder(path: string, objects: readonly KubernetesObject[]): void {
    const names: string[] = [];
    for (const object of objects) {
      this.findings.push(...schemaProblems(object, path));
      const name = `${object.kind.toLowerCase()}-${object.metadata.name}.yaml`;
      if (this.#files.has(`${path}/${name}`)) {
        this.findings.push({ code: "FL3002", severity: "error", message: `${nameOf(object)} is rendered twice`, place: { file: `${path}/${name}` } });
      }
      this.#files.set(`${path}/${name}`, toYaml(object));
      names.push(name);
    }
    this.#files.set(
      `${path}/kustomization.yaml`,
      toYaml({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: names.toSorted() }),
    );
  }

  sorted(): ReadonlyMap<string, string> {
    return new Map([...this.#files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

const renderCluster = (tree: Tree, fleet: Fleet, cluster: Cluster, inputs: RenderInputs, charts: Charts): void => {
  const base = `clusters/${cluster.name}`;
  const layers = { controllers: [] as KubernetesObject[], configs: [] as KubernetesObject[] };
  for (const chart of charts.cluster)
    layers[chart.layer].push(...objectsOf(chart.name, (scope) => chart.build(scope, { fleet, cluster, namespace })));
  tree.folder(`${base}/controllers`, layers.controllers);
  tree.folder(`${base}/configs`, layers.configs);
  const apps: string[] = [];
  for (const workload of fleet.workloads) {
    for (const target of workload.targets.filter((one) => one.cluster === cluster.name)) {
      // An image of one's own runs in the workload's chart where there is one.
      const app = charts.apps[workload.name] ?? (workload.image === undefined ? undefined : charts.container);
      if (app === undefined) {
        tree.findings.push({
          code: "FL3006",
          severity: "error",
          message: `workload ${workload.name} has neither a chart nor an image`,
          place: workload.place,
        });
        continue;
      }
      const { environment, findings } = environmentOf(workload, app);
      tree.findings.push(...findings);
      const version = target.version ?? workload.version ?? "latest";
      const image = workload.image ?? `registry.${fleet.domain}/fogline/${workload.name}:${version}`;
      const name = target.part === undefined ? workload.name : `${workload.name}-${target.part}`;
      const context = { fleet, cluster, workload, target, namespace, version, image, environment };
      tree.folder(
        `${base}/apps/${name}`,
        objectsOf(name, (scope) => app.build(scope, context)),
      );
      apps.push(name);
    }
  }
  tree.folder(`${base}/flux-system`, fluxObjects(cluster, base, apps, inputs));
};

/**
 * The Flux objects of a cluster. `configs` depends on `controllers` and each app on `configs`, so that one bad app blocks itself only.
 * `controllers` and `configs` wait because others depend on them; an app waits so that its health is known.
 */
const fluxObjects = (cluster: Cluster, base: string, apps: readonly string[], inputs: RenderInputs): KubernetesObject[] => {
  const { connectivity } = cluster;
  const times = {
    intervalSeconds: Math.max(60, Math.round(connectivity.intervalMs / 1_000)),
    retrySeconds: Math.max(30, Math.round(connectivity.retryIntervalMs / 1_000)),
    timeoutSeconds: Math.round(connectivity.timeoutMs / 1_000),
  };
  const one = (name: string, path: string, dependsOn: readonly string[]) => fluxKustomization({ name, path, dependsOn, wait: true, ...times });
  return [
    gitRepository({ url: inputs.repositoryUrl, branch: `ring/${cluster.ring}`, intervalSeconds: times.intervalSeconds }),
    one("controllers", `${base}/controllers`, []),
    one("configs", `${base}/configs`, ["controllers"]),
    ...apps.map((name) => one(name, `${base}/apps/${name}`, ["configs"])),
  ].map((object) => object as unknown as KubernetesObject);
};

/** What a chart builds, as plain objects. Names are the chart's own: no hash, no disambiguator, nothing from the environment. */
const objectsOf = (name: string, build: (scope: Chart) => void): KubernetesObject[] => {
  const chart = new Chart(new App(), name, { disableResourceNameHashes: true });
  build(chart);
  return chart.toJson() as KubernetesObject[];
};
