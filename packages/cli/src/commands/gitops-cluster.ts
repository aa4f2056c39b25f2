import { parseFleet } from "@fogline/fleet";
import { commitIn, type FluxObject, type FluxStatus, fluxStatus, type KustomizationStatus } from "@fogline/gitops";
import { clusterReader } from "@fogline/kubernetes";
import { fluxNamespace, sourceName, sourceOf } from "@fogline/manifests";
import { Worktree } from "@fogline/worktree";
import { chosenClusters } from "../check.ts";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { ago } from "../moments.ts";
import type { Column } from "../output.ts";

export interface ClusterStatusOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

const pluralOf = { GitRepository: "gitrepositories", OCIRepository: "ocirepositories" } as const;
const namespace = fluxNamespace;
const shortLength = 12;
const short = (revision: string | null): string => commitIn(revision)?.slice(0, shortLength) ?? "-";

const columns: Column<KustomizationStatus>[] = [
  { title: "KUSTOMIZATION", text: ({ name }) => name },
  { title: "STATE", text: ({ state }) => state },
  { title: "RUNS", text: ({ appliedRevision }) => short(appliedRevision) },
  { title: "SAYS", text: ({ state, message }) => (state === "ready" ? "" : message) },
];

/**
 * `fogline gitops status <cluster>`: what the cluster's own Flux says, read from its API server; needs no hub. Ends with 1 when a revision was
 * refused, the source cannot be fetched or something is not healthy.
 */
export const gitOpsClusterCommand = async (context: Context, name: string, options: ClusterStatusOptions): Promise<void> => {
  const { output, repository, clock } = context;
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = parseFleet(await worktree.fleetFiles());
  if (fleet === undefined) {
    output.findings(findings);
    output.value({ findings });
    throw new Exit(exitCodes.findings);
  }
  const [cluster] = chosenClusters(fleet, [name]);
  if (cluster === undefined) return;
  const reader = clusterReader(options);
  const { kind } = sourceOf({ fleet, cluster });
  const [sources, kustomizations] = await Promise.all([
    reader.list({ apiVersion: "source.toolkit.fluxcd.io/v1", plural: pluralOf[kind], namespace }),
    reader.list({ apiVersion: "kustomize.toolkit.fluxcd.io/v1", plural: "kustomizations", namespace }),
  ]);
  const source = (sources as FluxObject[]).find(({ metadata }) => metadata?.name === sourceName);
  const status = fluxStatus(source, kustomizations as FluxObject[]);
  const commitsBehind = kind === "GitRepository" ? await worktree.commitsSince(commitIn(status.wantedRevision) ?? "") : undefined;
  output.value({ cluster: { name, ring: cluster.ring, server: reader.server, ...status, commitsBehind: commitsBehind ?? null } });
  const since = status.lastReconciledAtMs === null ? "" : `, reconciled ${ago(clock.now() - status.lastReconciledAtMs)} ago`;
  output.line(`${name}  ring ${cluster.ring}  ${status.state}${since}: ${status.reason}`);
  if (commitsBehind !== undefined && commitsBehind > 0) output.line(`  ${distance(status, commitsBehind)}`);
  output.table(status.kustomizations, columns);
  if (status.stuck) throw new Exit(exitCodes.findings);
};

const distance = ({ wantedRevision }: FluxStatus, commits: number): string =>
  `its source holds ${short(wantedRevision)}, which is ${commits} commit${commits === 1 ? "" : "s"} behind this clone`;
