import type { Finding } from "@fogline/findings";
import { type Fleet, parseFleet } from "@fogline/fleet";
import { HOST_FOLDER, hostFiles, type Rendered, type RenderInputs, render } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";
import type { LoadedCharts } from "./own-charts.ts";

/** The fleet of a repository as it is on disk. */
export const loadFleet = async (worktree: Worktree): Promise<{ fleet?: Fleet; findings: readonly Finding[] }> =>
  parseFleet(await worktree.fleetFiles());

/** The trees that a fleet renders to and the host files of its devices, with the folders that hold nothing else. */
export const renderFleet = (fleet: Fleet, loaded: LoadedCharts, inputs: RenderInputs = {}): Rendered & { readonly folders: readonly string[] } => {
  // Without the repository's own charts, workloads would seem to have none.
  if (loaded.findings.length > 0) return { files: new Map(), trees: [], findings: loaded.findings, folders: [] };
  const rendered = withFailures(render(fleet, inputs, loaded.charts), loaded.failures(fleet));
  const folders = [...rendered.trees.map(({ cluster }) => `clusters/${cluster}`), HOST_FOLDER];
  // Without trees there was an error, and then nothing is written.
  if (rendered.files.size === 0) return { ...rendered, folders };
  return { ...rendered, files: new Map([...hostFiles(fleet), ...rendered.files]), folders };
};

/** A tree that lacks what a chart failed to build is no tree. */
const withFailures = (rendered: Rendered, failures: readonly Finding[]): Rendered => {
  const failed = failures.some(({ severity }) => severity === "error");
  return { ...(failed ? { files: new Map(), trees: [] } : rendered), findings: [...rendered.findings, ...failures] };
};
