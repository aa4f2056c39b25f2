import type { Finding } from "@fogline/findings";
import { type KubernetesObject, nameOf } from "@fogline/manifests";
import { inDependencyOrder, ownedTwice, unknownDependencies } from "../tree/dependencies.ts";
import { type FluxKustomization, kustomizationsIn, shortKey } from "../tree/kustomizations.ts";
import { readClusterTree, type TreeFiles } from "../tree/read.ts";

/** One Flux Kustomization with the objects that it applies. */
export interface Layer {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly objects: readonly KubernetesObject[];
}

/** A tree as Flux would walk it. `layers` are in an order in which every one comes after those it depends on. */
export interface DesiredTree {
  readonly layers: readonly Layer[];
}

/**
 * Reads the tree of one cluster the way Flux does: the objects of `flux-system/`, then each Kustomization's folder by its kustomization.yaml.
 * All problems together; with any of them there is no tree.
 */
export const readTree = (files: TreeFiles, cluster: string): { tree?: DesiredTree; findings: Finding[] } => {
  const { tree, findings } = readClusterTree(files, cluster);
  const all = kustomizationsIn(tree);
  const { sorted, stuck } = inDependencyOrder(all);
  const problems = [...findings, ...missingFolders(all), ...brokenGraph(all, stuck)];
  return problems.length > 0 ? { findings: problems } : { tree: { layers: sorted.map(layerOf) }, findings: [] };
};

const layerOf = ({ name, dependsOn, folder }: FluxKustomization): Layer => ({
  name,
  dependsOn: dependsOn.map(shortKey),
  objects: (folder?.objects ?? []).map(({ object }) => object),
});

const missingFolders = (all: readonly FluxKustomization[]): Finding[] =>
  all
    .filter(({ folder }) => folder === undefined)
    .map(({ path }) => {
      const file = `${path}/kustomization.yaml`;
      return { code: "FL3008", severity: "error", message: `${file} is missing`, place: { file } };
    });

const brokenGraph = (all: readonly FluxKustomization[], stuck: readonly FluxKustomization[]): Finding[] => {
  const error = (code: string, message: string): Finding => ({ code, severity: "error", message });
  return [
    ...ownedTwice(all).map(({ entry, first, second }) =>
      error("FL3011", `${nameOf(entry.object)} is in Kustomization ${first.name} and in ${second.name}`),
    ),
    ...unknownDependencies(all).map(({ from, to }) => error("FL3010", `Kustomization ${from.name} depends on ${shortKey(to)}, which does not exist`)),
    ...(stuck.length === 0 ? [] : [error("FL3010", `these Kustomizations depend on each other: ${stuck.map(({ name }) => name).join(", ")}`)]),
  ];
};
