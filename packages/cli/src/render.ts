import type { Finding } from "@fogline/findings";
import { type Fleet, parseFleet } from "@fogline/fleet";
import { type Rendered, render } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";
import type { LoadedCharts } from "./own-charts.ts";

/** The fleet of a repository as it is on disk. */
export const loadFleet = async (worktree: Worktree): Promise<{ fleet?: Fleet; findings: readonly Finding[] }> =>
  parseFleet(await worktree.fleetFiles());

/** The trees that a fleet renders to, with the clusters they are for. Only the cluster of this machine is rendered so far. */
export const renderFleet = (fleet: Fleet, loaded: LoadedCharts): Rendered & { readonly folders: readonly string[] } => {
  const clusters = fleet.clusters.filter(({ local }) => local).map(({ name }) => name);
  const folders = clusters.map((name) => `clusters/${name}`);
  // Without the repository's own charts, workloads would seem to have none.
  if (loaded.findings.length > 0) return { files: new Map(), findings: loaded.findings, folders };
  const { files, findings } = render(fleet, { repositoryUrl: `https://git.${fleet.domain}/${fleet.name}.git`, clusters }, loaded.charts);
  const failures = loaded.failures(fleet);
  const failed = failures.some(({ severity }) => severity === "error");
  return { files: failed ? new Map() : files, findings: [...findings, ...failures], folders };
};
