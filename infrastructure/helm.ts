import type { ClusterContext } from "@fogline/manifests";
import type { IHelmRelease } from "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmRelease";
import type { IHelmRepository } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/HelmRepository";

export interface HelmOptions {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly repository: { readonly name: string; readonly url: string };
  readonly chart: string;
  readonly version: string;
  readonly values: object;
  readonly dependsOn?: readonly string[];
}

const interval = "12h";

/** Where a chart comes from, in the namespace of its release. Only clusters of the cloud have a controller for it. */
export const helmRepository = ({ namespace, labels, repository }: HelmOptions): IHelmRepository => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "HelmRepository",
  metadata: { name: repository.name, namespace, labels: { ...labels } },
  spec: { interval, url: repository.url },
});

/** One release of a pinned chart. What people change by hand is put back, and a failure is tried again instead of rolled back into the unknown. */
export const helmRelease = ({ cluster }: Pick<ClusterContext, "cluster">, options: HelmOptions): IHelmRelease => {
  const { name, namespace, labels, repository, chart, version, values, dependsOn } = options;
  const strategy = { name: "RetryOnFailure" as const, retryInterval: `${Math.round(cluster.connectivity.retryIntervalMs / 1_000)}s` };
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: { name, namespace, labels: { ...labels } },
    spec: {
      chart: { spec: { chart, version, interval, sourceRef: { kind: "HelmRepository", name: repository.name } } },
      ...(dependsOn === undefined ? {} : { dependsOn: dependsOn.map((one) => ({ name: one })) }),
      driftDetection: { mode: "enabled" },
      install: { crds: "CreateReplace", strategy },
      interval: "1h",
      timeout: "15m",
      upgrade: { crds: "CreateReplace", strategy },
      values: values as Record<string, unknown>,
    },
  };
};
