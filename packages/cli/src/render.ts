import { apps, container } from "@fogline/apps";
import type { Finding } from "@fogline/findings";
import { type Fleet, parseFleet } from "@fogline/fleet";
import { type Rendered, render } from "@fogline/gitops";
import { clusterCharts } from "@fogline/infrastructure";
import type { Worktree } from "@fogline/worktree";

/** The fleet of a repository as it is on disk. */
export const loadFleet = async (worktree: Worktree): Promise<{ fleet?: Fleet; findings: readonly Finding[] }> =>
  parseFleet(await worktree.fleetFiles());

/** The trees that a fleet renders to, with the clusters they are for. Only the cluster of this machine is rendered so far. */
export const renderFleet = (fleet: Fleet): Rendered & { readonly folders: readonly string[] } => {
  const clusters = fleet.clusters.filter(({ local }) => local).map(({ name }) => name);
  const rendered = render(
    fleet,
    { repositoryUrl: `https://git.${fleet.domain}/${fleet.name}.git`, clusters },
    { apps, container, cluster: clusterCharts },
  );
  return { ...rendered, folders: clusters.map((name) => `clusters/${name}`) };
};
