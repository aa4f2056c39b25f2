import { type DevState, servedIn, stateFolders } from "@fogline/dev-cluster";
import { commitIn, type FluxStatus, fluxStatus } from "@fogline/gitops";
import { clusterReader } from "@fogline/kubernetes";
import { fluxNamespace, sourceName } from "@fogline/manifests";

/** How far the Flux of a dev cluster is, with the commits of the user's own repository in place of those that are served. */
export interface DevFlux extends FluxStatus {
  /** The commit that Flux is asked to run, and the one that all of it runs. */
  readonly wantedCommit: string | null;
  readonly appliedCommit: string | null;
}

/** Asks the cluster's API server. Rejects with FL4065 when it does not answer. */
export const devFlux = async (folder: string, { kubeconfig, context }: DevState): Promise<DevFlux> => {
  const reader = clusterReader({ ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) });
  const namespace = fluxNamespace;
  const [sources, kustomizations, served] = await Promise.all([
    reader.list({ apiVersion: "source.toolkit.fluxcd.io/v1", plural: "gitrepositories", namespace }),
    reader.list({ apiVersion: "kustomize.toolkit.fluxcd.io/v1", plural: "kustomizations", namespace }),
    servedIn(stateFolders(folder).git),
  ]);
  const source = sources.find(({ metadata }) => (metadata as { name?: string } | undefined)?.name === sourceName);
  const status = fluxStatus(source, kustomizations);
  const applied = commitIn(status.appliedRevision);
  const appliedCommit = applied === null ? undefined : await servedIn(stateFolders(folder).git, applied);
  return { ...status, wantedCommit: served?.commit ?? null, appliedCommit: appliedCommit?.commit ?? null };
};

/** Whether all of the cluster runs what HEAD is. */
export const isSettled = ({ state, wantedCommit, appliedCommit }: DevFlux): boolean =>
  state === "current" && wantedCommit !== null && wantedCommit === appliedCommit;
