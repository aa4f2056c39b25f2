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

type SourceKind = "GitRepository" | "OCIRepository";

const otherThan = (kind: SourceKind): SourceKind => (kind === "GitRepository" ? "OCIRepository" : "GitRepository");
const sourceVersion = "source.toolkit.fluxcd.io/v1";
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
  const [git, oci, kustomizations] = await Promise.all([
    reader.list({ apiVersion: sourceVersion, plural: "gitrepositories", namespace }),
    reader.list({ apiVersion: sourceVersion, plural: "ocirepositories", namespace }),
    reader.list({ apiVersion: "kustomize.toolkit.fluxcd.io/v1", plural: "kustomizations", namespace }),
  ]);
  const named = (objects: readonly FluxObject[]) => objects.find(({ metadata }) => metadata?.name === sourceName);
  const sources = { GitRepository: named(git), OCIRepository: named(oci) };
  // While a cluster changes over from one kind to the other, the old one is what it follows.
  const followed = sources[kind] === undefined ? otherThan(kind) : kind;
  const source = sources[followed];
  const status = fluxStatus(source, kustomizations);
  const commitsBehind = followed === "GitRepository" ? await worktree.commitsSince(commitIn(status.wantedRevision) ?? "") : undefined;
  output.value({ cluster: { name, ring: cluster.ring, server: reader.server, ...status, commitsBehind: commitsBehind ?? null } });
  const since = status.lastReconciledAtMs === null ? "" : `, reconciled ${ago(clock.now() - status.lastReconciledAtMs)} ago`;
  output.line(`${name}  ring ${cluster.ring}  ${status.state}${since}: ${status.reason}`);
  if (source !== undefined && followed !== kind) output.line(`  it still follows a ${followed}; the fleet says ${kind}`);
  if (commitsBehind !== undefined && commitsBehind > 0) output.line(`  ${distance(status, commitsBehind)}`);
  output.table(status.kustomizations, columns);
  if (status.stuck) throw new Exit(exitCodes.findings);
};

const distance = ({ wantedRevision }: FluxStatus, commits: number): string =>
  `its source holds ${short(wantedRevision)}, which is ${commits} commit${commits === 1 ? "" : "s"} behind this clone`;
