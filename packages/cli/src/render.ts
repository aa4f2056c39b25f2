import { apps, container } from "@fogline/apps";
import type { Finding } from "@fogline/findings";
import { type Fleet, parseFleet } from "@fogline/fleet";
import { HOST_FOLDER, hostFiles, type Rendered, type RenderInputs, render } from "@fogline/gitops";
import { clusterCharts } from "@fogline/infrastructure";
import type { Worktree } from "@fogline/worktree";

/** The fleet of a repository as it is on disk. */
export const loadFleet = async (worktree: Worktree): Promise<{ fleet?: Fleet; findings: readonly Finding[] }> =>
  parseFleet(await worktree.fleetFiles());

/** The trees that a fleet renders to and the host files of its devices, with the folders that hold nothing else. */
export const renderFleet = (fleet: Fleet, inputs: RenderInputs = {}): Rendered & { readonly folders: readonly string[] } => {
  const rendered = render(fleet, inputs, { apps, container, cluster: clusterCharts });
  const folders = [...rendered.trees.map(({ cluster }) => `clusters/${cluster}`), HOST_FOLDER];
  // Without trees there was an error, and then nothing is written.
  if (rendered.files.size === 0) return { ...rendered, folders };
  return { ...rendered, files: new Map([...hostFiles(fleet), ...rendered.files]), folders };
};
