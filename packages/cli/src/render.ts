import type { Finding } from "@fogline/findings";
import { type Fleet, parseFleet } from "@fogline/fleet";
import { generatedMark, HOST_FOLDER, hostFiles, inventoryFile, inventoryPath, type Rendered, type RenderInputs, render } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";
import type { LoadedCharts } from "./own-charts.ts";

/** The fleet of a repository as it is on disk. */
export const loadFleet = async (worktree: Worktree): Promise<{ fleet?: Fleet; findings: readonly Finding[] }> =>
  parseFleet(await worktree.fleetFiles());

/** The trees that a fleet renders to. */
export const renderTrees = (fleet: Fleet, loaded: LoadedCharts, inputs: RenderInputs = {}): Rendered =>
  // Without the repository's own charts, workloads would seem to have none.
  loaded.findings.length > 0
    ? { files: new Map(), trees: [], findings: loaded.findings }
    : withFailures(render(fleet, inputs, loaded.charts), loaded.failures(fleet));

/** The trees that a fleet renders to and the host files of its devices, with the folders that hold nothing else. Of chosen clusters only theirs. */
export const renderFleet = (fleet: Fleet, loaded: LoadedCharts, inputs: RenderInputs = {}): Rendered & { readonly folders: readonly string[] } => {
  const rendered = renderTrees(fleet, loaded, inputs);
  const folders = [...rendered.trees.map(({ cluster }) => `clusters/${cluster}`), ...hostFolders(fleet, inputs.clusters)];
  // Without trees there was an error, and then nothing is written.
  if (rendered.files.size === 0) return { ...rendered, folders };
  // The inventory is one for the whole fleet: with only some of the clusters rendered it stays what it was.
  const inventory: [string, string][] = inputs.clusters === undefined ? [[inventoryPath, inventoryFile(fleet)]] : [];
  return { ...rendered, files: new Map([...hostFiles(fleet, inputs.clusters, inputs.meshKeys), ...inventory, ...rendered.files]), folders };
};

/** A tree that lacks what a chart failed to build is no tree. */
const withFailures = (rendered: Rendered, failures: readonly Finding[]): Rendered => {
  const failed = failures.some(({ severity }) => severity === "error");
  return { ...(failed ? { files: new Map(), trees: [] } : rendered), findings: [...rendered.findings, ...failures] };
};

const hostFolders = (fleet: Fleet, clusters: readonly string[] | undefined): string[] =>
  clusters === undefined
    ? [HOST_FOLDER]
    : fleet.devices.filter(({ cluster }) => cluster !== undefined && clusters.includes(cluster)).map(({ id }) => `${HOST_FOLDER}/${id}`);

/** Folders of clusters that the fleet has no more. What rendering did not make is nobody's orphan. */
export const abandonedFolders = async (worktree: Worktree, fleet: Fleet): Promise<string[]> => {
  const declared = new Set(fleet.clusters.map(({ name }) => name));
  const candidates = (await worktree.folders("clusters")).filter((name) => !declared.has(name)).map((name) => `clusters/${name}`);
  const indices = await Promise.all(candidates.map((folder) => worktree.file(`${folder}/flux-system/kustomization.yaml`)));
  return candidates.filter((_, index) => indices[index]?.startsWith(generatedMark));
};
