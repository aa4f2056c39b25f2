import type { Finding, Place } from "@fogline/findings";
import type { ImagesLock } from "@fogline/fleet";
import {
  type AppContext,
  type Charts,
  type ClusterChart,
  type ClusterContext,
  fluxInstance,
  fluxKustomization,
  type KubernetesObject,
  type Placed,
} from "@fogline/manifests";
import { App, Chart } from "cdk8s";
import type { ClusterTree, TreeFolder, TreeObject } from "../tree/tree.ts";
import { definitionOf } from "./context.ts";
import { withDigests } from "./digests.ts";
import { environmentOf } from "./environment.ts";

/** What of the inputs the objects of a tree depend on. */
export interface ClusterInputs {
  /** What was released; nothing when absent. */
  readonly images?: ImagesLock;
  /** Whether trees are signed before they go into a registry: clusters then take no others from there. */
  readonly treesSigned?: boolean;
}

/** The tree of one cluster as objects, with what is wrong with the workloads that it is made of. */
export const buildCluster = (
  context: ClusterContext,
  charts: Charts,
  { images = {}, treesSigned = false }: ClusterInputs,
): { tree: ClusterTree; findings: readonly Finding[] } => {
  const findings: Finding[] = [];
  const { name } = context.cluster;
  const base = `clusters/${name}`;
  const layer = (wanted: ClusterChart["layer"]): TreeFolder => ({
    ...{ path: `${base}/${wanted}`, place: context.cluster.place },
    objects: charts.cluster
      .filter((chart) => chart.layer === wanted && (chart.appliesTo?.(context) ?? true))
      .flatMap((chart) =>
        inFolder(
          `${base}/${wanted}`,
          chart.source,
          context.cluster.place,
          objectsOf(chart.name, (scope) => chart.build(scope, context)),
        ),
      )
      .map((one) => ({ ...one, object: withDigests(one.object, images) })),
  });
  const apps = context.workloads.flatMap((placed): TreeFolder[] => {
    const built = buildApp(context, placed, charts, images);
    findings.push(...built.findings);
    return built.objects === undefined ? [] : [{ path: `${base}/apps/${placed.name}`, objects: built.objects, place: placed.place }];
  });
  const addons = [layer("addons")].filter(({ objects }) => objects.length > 0);
  const flux = fluxObjects(context, base, { addons: addons.length > 0, treesSigned });
  const root = { path: `${base}/flux-system`, objects: flux, place: context.cluster.place };
  return { tree: { cluster: name, folders: [root, layer("controllers"), layer("configs"), ...addons, ...apps] }, findings };
};

/** The objects of one workload in one cluster. */
export const buildApp = (
  context: ClusterContext,
  placed: Placed,
  charts: Charts,
  images: ImagesLock,
): { objects?: readonly TreeObject[]; findings: readonly Finding[] } => {
  const app = definitionOf(charts, placed);
  const { name, workload, target, place } = placed;
  if (app === undefined)
    return { findings: [{ code: "FL3006", severity: "error", message: `workload ${workload} has neither a chart nor an image`, place }] };
  const { environment, findings } = environmentOf(placed, app);
  const version = target.version ?? tagOf(target.image) ?? "latest";
  const reference = target.image ?? `${context.fleet.registry}/fogline/${workload}:${version}`;
  const full: AppContext = { ...context, ...placed, version, image: reference, environment };
  const folder = `clusters/${context.cluster.name}/apps/${name}`;
  const built = objectsOf(name, (scope) => app.build(scope, full));
  const objects = inFolder(folder, app.source, place, built).map((one) => ({ ...one, object: withDigests(one.object, images) }));
  return { objects, findings };
};

/** The tag of an image as a version label; a digest is none. */
const tagOf = (image: string | undefined): string | undefined => image?.split("@")[0]?.match(/:([A-Za-z0-9_][A-Za-z0-9_.-]*)$/)?.[1];

const inFolder = (folder: string, chart: string, place: Place, objects: readonly KubernetesObject[]): TreeObject[] =>
  objects.map((object) => ({ object, file: `${folder}/${object.kind.toLowerCase()}-${object.metadata.name}.yaml`, chart, place }));

/**
 * The Flux objects of a cluster. `configs` depends on `controllers`, `addons` and each app on `configs`, so that one bad app blocks itself only.
 * Nothing depends on the root, which the Flux Operator makes from the FluxInstance.
 */
const fluxObjects = (
  context: ClusterContext,
  base: string,
  { addons, treesSigned }: { readonly addons: boolean; readonly treesSigned: boolean },
): TreeObject[] => {
  const { place } = context.cluster;
  const from = (builder: string, at: Place, object: object): TreeObject[] =>
    inFolder(`${base}/flux-system`, `packages/manifests/src/flux.ts ${builder}`, at, [object as KubernetesObject]);
  const kustomization = (name: string, folder: string, dependsOn: readonly string[], at: Place): TreeObject[] =>
    from("fluxKustomization", at, fluxKustomization(context, { name, path: `${base}/${folder}`, dependsOn }));
  return [
    ...from("fluxInstance", place, fluxInstance(context, { treesSigned })),
    ...kustomization("controllers", "controllers", [], place),
    ...kustomization("configs", "configs", ["controllers"], place),
    ...(addons ? kustomization("addons", "addons", ["configs"], place) : []),
    ...context.workloads.flatMap((placed) => kustomization(placed.name, `apps/${placed.name}`, ["configs"], placed.place)),
  ];
};

/** What a chart builds, as plain objects. Names are the chart's own: no hash, no disambiguator, nothing from the environment. */
const objectsOf = (name: string, build: (scope: Chart) => void): KubernetesObject[] => {
  const chart = new Chart(new App(), name, { disableResourceNameHashes: true });
  build(chart);
  return chart.toJson() as KubernetesObject[];
};
