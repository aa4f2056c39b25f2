import type { ConnectivityProfile, Fleet } from "@fogline/fleet";
import type { IKustomization } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization";
import type { ClusterContext } from "./charts.ts";
import type { KubernetesObject } from "./object.ts";

/** The namespace that Flux and its objects live in. */
export const fluxNamespace = "flux-system";

/** The name of a cluster's one source, and of the Kustomization that the Flux Operator makes of it. */
export const sourceName = "flux-system";

/** The Secret with the cluster's age key, which day 0 lays there. */
export const ageKeySecret = "sops-age";

/** The Secret with the public key of trees, which day 0 lays there. source-controller takes every key of it that ends in `.pub`. */
export const treeSigningSecret = "tree-signing";

/** The Flux that clusters run: what this release of Fogline was tested with. */
export const fluxVersion = "2.9.5";

/** The kind of source that a cluster has, and where it points: its ring's branch, or its own artifact with its ring's tag. */
export const sourceOf = ({ fleet, cluster }: Pick<ClusterContext, "fleet" | "cluster">) =>
  cluster.connectivity.source === "git"
    ? { kind: "GitRepository" as const, url: fleet.repository, ref: `refs/heads/ring/${cluster.ring}`, path: `clusters/${cluster.name}/flux-system` }
    : {
        kind: "OCIRepository" as const,
        url: `oci://${treeRegistry(fleet, cluster.connectivity, cluster.site)}/${fleet.name}/clusters/${cluster.name}`,
        ref: cluster.ring,
        path: `clusters/${cluster.name}/flux-system`,
      };

/** A place that is never connected has a registry of its own, which bundles are loaded into. */
const treeRegistry = (fleet: Pick<Fleet, "domain" | "registry">, { source }: ConnectivityProfile, site: string): string =>
  source === "bundle" ? `registry.${site}.${fleet.domain}` : fleet.registry;

const seconds = (ms: number, min = 1): string => `${Math.max(min, Math.round(ms / 1_000))}s`;

/** Flux refuses an interval below a minute. */
const intervalSecondsMin = 60;

/** A Kustomization of Flux that states everything itself: nothing is left to a default that a Flux release may change. */
export const fluxKustomization = (
  { cluster }: Pick<ClusterContext, "cluster" | "fleet">,
  options: { readonly name: string; readonly path: string; readonly dependsOn: readonly string[] },
): IKustomization => {
  const { intervalMs, retryIntervalMs, timeoutMs, source } = cluster.connectivity;
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name: options.name, namespace: fluxNamespace },
    spec: {
      decryption: { provider: "sops", secretRef: { name: ageKeySecret } },
      ...(options.dependsOn.length === 0 ? {} : { dependsOn: options.dependsOn.map((name) => ({ name })) }),
      interval: seconds(intervalMs, intervalSecondsMin),
      path: `./${options.path}`,
      prune: true,
      retryInterval: seconds(retryIntervalMs),
      sourceRef: { kind: source === "git" ? "GitRepository" : "OCIRepository", name: sourceName },
      timeout: seconds(timeoutMs),
      // Each is waited for: by those that depend on it, and by whoever asks whether it is healthy.
      wait: true,
    },
  };
};

/** A StorageClass that is there before Flux is: classes of ours come with the tree, which Flux cannot fetch before it has its own volume. */
const builtInStorageClass = { k3s: "local-path", kind: "standard", managed: "standard" } as const;

/** A JSON patch of a controller that the Flux Operator installs. */
const patch = (kind: string, name: string, operations: readonly object[]) => ({ target: { kind, name }, patch: JSON.stringify(operations) });

/** https://fluxcd.io/flux/components/source/ocirepositories/#verification */
const verification = { provider: "cosign", secretRef: { name: treeSigningSecret } };

const argument = (value: string) => ({ op: "add", path: "/spec/template/spec/containers/0/args/-", value });

/**
 * How soon a Kustomization looks again whether what it depends on is ready. The operator's 10 s, twice in a row, would be most of what a change takes;
 * but all that wait look at once, and each look is a few requests to an API server that is small at the edge. So the pause grows with the tree.
 */
const requeueSeconds = (apps: number): number => {
  if (apps <= 12) return 2;
  return apps <= 40 ? 5 : 10;
};

/**
 * How Flux runs in a cluster: which controllers, how often they ask, what they keep. Day 0 applies this once, before there is Flux; from then on the
 * cluster reads it from its own tree. https://fluxoperator.dev/docs/crd/fluxinstance
 */
export const fluxInstance = (
  context: Pick<ClusterContext, "fleet" | "cluster" | "workloads">,
  { treesSigned }: { readonly treesSigned: boolean },
): KubernetesObject => {
  const { cluster } = context;
  const { connectivity } = cluster;
  const cloud = cluster.tier === "cloud";
  const { kind, url, ref, path } = sourceOf(context);
  const controllers = ["source-controller", "kustomize-controller", ...(cloud ? ["helm-controller"] : [])];
  const jitter = Math.round(connectivity.jitterFraction * 100);
  return {
    apiVersion: "fluxcd.controlplane.io/v1",
    kind: "FluxInstance",
    metadata: { name: "flux", namespace: fluxNamespace },
    spec: {
      distribution: { version: fluxVersion, registry: "ghcr.io/fluxcd" },
      components: controllers,
      cluster: { type: "kubernetes", size: cloud ? "medium" : "small", multitenant: false, networkPolicy: true, domain: "cluster.local" },
      kustomize: {
        patches: [
          // Children wait for each other; a root that waited for them would wait for itself.
          patch("Kustomization", sourceName, [{ op: "add", path: "/spec/wait", value: false }]),
          // Whoever can write to a registry could else give the cluster any tree.
          ...(treesSigned && kind === "OCIRepository" ? [patch(kind, sourceName, [{ op: "add", path: "/spec/verify", value: verification }])] : []),
          // Each Kustomization unpacks the whole artifact each time: the trees of others and the host files of a large fleet would be unpacked by a Pi.
          ...(kind === "GitRepository"
            ? [patch(kind, sourceName, [{ op: "add", path: "/spec/sparseCheckout", value: [`clusters/${cluster.name}`] }])]
            : []),
          ...controllers.map((name) =>
            patch("Deployment", name, [
              ...(jitter === 0 ? [] : [argument(`--interval-jitter-percentage=${jitter}`)]),
              argument(`--concurrent=${cloud ? 4 : 2}`),
              // Else an app that never becomes healthy keeps its own mending waiting, for as long as its timeout.
              ...(name === "kustomize-controller"
                ? [
                    argument("--feature-gates=CancelHealthCheckOnNewRevision=true"),
                    argument(`--requeue-dependency=${requeueSeconds(context.workloads.length)}s`),
                  ]
                : []),
            ]),
          ),
        ],
      },
      // Without, what was fetched is gone after a restart, and an offline cluster has nothing to reconcile from.
      ...(connectivity.persistentSource ? { storage: { class: builtInStorageClass[cluster.kubernetes.distribution], size: "1Gi" } } : {}),
      sync: { kind, url, ref, path, interval: seconds(connectivity.intervalMs, intervalSecondsMin), pullSecret: sourceName },
    },
  };
};
