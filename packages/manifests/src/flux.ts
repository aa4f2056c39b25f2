import type { IKustomization } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization";
import type { IGitRepository } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/GitRepository";

/** The namespace that Flux and its objects live in. */
export const fluxNamespace = "flux-system";

/** The name of a cluster's one source. */
export const sourceName = "fogline";

/** A Kustomization of Flux that states everything itself: nothing is left to a default that a Flux release may change. */
export const fluxKustomization = (options: {
  readonly name: string;
  readonly path: string;
  readonly dependsOn: readonly string[];
  readonly intervalSeconds: number;
  readonly retrySeconds: number;
  readonly timeoutSeconds: number;
  readonly wait: boolean;
}): IKustomization => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name: options.name, namespace: fluxNamespace },
  spec: {
    ...(options.dependsOn.length === 0 ? {} : { dependsOn: options.dependsOn.map((name) => ({ name })) }),
    interval: `${options.intervalSeconds}s`,
    path: `./${options.path}`,
    prune: true,
    retryInterval: `${options.retrySeconds}s`,
    sourceRef: { kind: "GitRepository", name: sourceName },
    timeout: `${options.timeoutSeconds}s`,
    wait: options.wait,
  },
});

/** The git source of a cluster: the ref of its ring. */
export const gitRepository = (options: { readonly url: string; readonly branch: string; readonly intervalSeconds: number }): IGitRepository => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name: sourceName, namespace: fluxNamespace },
  spec: { interval: `${options.intervalSeconds}s`, ref: { branch: options.branch }, timeout: "60s", url: options.url },
});
