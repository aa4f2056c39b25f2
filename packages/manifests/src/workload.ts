import { telemetryOf, type Volume } from "@fogline/fleet";
import { ApiObject, type Chart } from "cdk8s";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { IService } from "kubernetes-models/v1/Service";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { AppContext } from "./charts.ts";
import { type ContainerOptions, hardenedContainer, restrictedPod } from "./container.ts";
import { selectorLabels, standardLabels } from "./labels.ts";
import { networkPolicyOf, traceStoreName } from "./network.ts";
import type { PriorityClassName } from "./priority.ts";
import { mountOf, podVolume, volumeObjects } from "./volumes.ts";

export interface WorkloadOptions {
  readonly container: Pick<ContainerOptions, "env" | "ports" | "cpuMillicores" | "memoryBytes" | "resources" | "health">;
  /** Volumes beside those that the fleet file states. */
  readonly volumes?: readonly Volume[];
  /** Names of the ports that others in the cluster reach through a Service. */
  readonly exposes?: readonly string[];
  /** The port that metrics are read from. */
  readonly opsPort?: string;
  /** Whether what is outside of the cluster reaches it. */
  readonly fromOutside?: boolean;
  readonly priority?: PriorityClassName;
  /** Whether its pods need the NVIDIA runtime. */
  readonly gpu?: boolean;
}

/** The StorageClass of volumes that are kept: on K3s one of ours that retains them, elsewhere the cluster's own default. */
export const keptStorageClass = ({ cluster }: Pick<AppContext, "cluster">): string | undefined =>
  cluster.kubernetes.distribution === "k3s" ? "fogline-keep" : undefined;

/**
 * Adds a workload to a chart: ServiceAccount, Deployment, NetworkPolicy, and where needed Service, claims, ConfigMaps and a disruption budget.
 * How many, where its data lies and what it may talk to come from the context; what is in the container from the options.
 */
export const addWorkload = (chart: Chart, context: AppContext, options: WorkloadOptions): void => {
  const { name, namespace, target } = context;
  const labels = standardLabels(name, context.version);
  const metadata = { name, namespace, labels };
  const volumes = withTemporary([...(options.volumes ?? []), ...target.volumes]);
  const account: IServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
  new ApiObject(chart, "service-account", account);
  for (const volume of volumes)
    for (const object of volumeObjects(metadata, volume, keptStorageClass(context))) new ApiObject(chart, `volume-${volume.name}`, object);
  new ApiObject(chart, "deployment", deployment(context, options, metadata, volumes));
  const exposed = Object.entries(options.container.ports).filter(([port]) => options.exposes?.includes(port));
  if (exposed.length > 0) {
    const service: IService = {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        selector: selectorLabels(name),
        ports: exposed.map(([port, number]) => ({ name: port, port: number, targetPort: port, protocol: "TCP" })),
      },
    };
    new ApiObject(chart, "service", service);
  }
  new ApiObject(
    chart,
    "network-policy",
    networkPolicyOf({
      ...{ metadata, name, usedBy: context.usedBy },
      uses: [...context.uses, ...(telemetryOf(context.cluster) === "keeps" ? [traceStoreName] : [])],
      ports: exposed.map(([port]) => port),
      ...(options.opsPort === undefined ? {} : { opsPort: options.opsPort }),
      ...(options.fromOutside === undefined ? {} : { fromOutside: options.fromOutside }),
    }),
  );
  if (target.replicas > 1) new ApiObject(chart, "disruption-budget", disruptionBudget(name, metadata));
};

/** Every container may write to /tmp: a little memory, unless somebody gives it something else there. */
export const withTemporary = (volumes: readonly Volume[]): readonly Volume[] =>
  volumes.some(({ name, path }) => name === "tmp" || path === "/tmp")
    ? volumes
    : [{ name: "tmp", path: "/tmp", kind: "memory", sizeBytes: 16 * 1024 ** 2 }, ...volumes];

/** Of several replicas one may be away, so that a node can be drained and the rest goes on. */
const disruptionBudget = (name: string, metadata: NonNullable<IPodDisruptionBudget["metadata"]>): IPodDisruptionBudget => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata,
  spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(name) } },
});

/** A pod that keeps a volume is replaced, never doubled. Elsewhere a new pod comes first where there is room for it, which small boards lack. */
const strategyOf = ({ cluster }: AppContext, volumes: readonly Volume[]): NonNullable<NonNullable<IDeployment["spec"]>["strategy"]> => {
  if (volumes.some(({ kind }) => kind === "keep")) return { type: "Recreate" };
  const room = cluster.tier === "cloud" || cluster.tier === "regional-edge";
  return { type: "RollingUpdate", rollingUpdate: room ? { maxSurge: 1, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: 1 } };
};

/** How long a pod stays bound to a node that is not heard of: until it comes back, half a minute, or what Kubernetes says (300 s). */
const tolerations = ({ target }: AppContext) => {
  if (target.placement.failover === "normal") return {};
  const seconds = target.placement.failover === "fast" ? { tolerationSeconds: 30 } : {};
  return {
    tolerations: ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({
      ...{ key, operator: "Exists" as const, effect: "NoExecute" as const },
      ...seconds,
    })),
  };
};

/** The Secret that opens the registry of an image, where the fleet file names one. */
export const pullSecrets = ({ fleet, image }: Pick<AppContext, "fleet" | "image">) => {
  const registry = fleet.registries.find(({ host }) => image.startsWith(`${host}/`));
  return registry?.credentials === undefined ? {} : { imagePullSecrets: [{ name: registry.credentials }] };
};

const deployment = (
  context: AppContext,
  options: WorkloadOptions,
  metadata: NonNullable<IDeployment["metadata"]>,
  volumes: readonly Volume[],
): IDeployment => {
  const { name, target, cluster, image } = context;
  const container = hardenedContainer({
    ...options.container,
    ...{ name, image, pullPolicy: cluster.connectivity.pullPolicy, secrets: target.secrets, mounts: volumes.map(mountOf) },
    ...(target.command === undefined ? {} : { command: target.command }),
    ...(target.args === undefined ? {} : { args: target.args }),
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: target.replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(name) },
      strategy: strategyOf(context, volumes),
      template: {
        metadata: { labels: standardLabels(name, context.version) },
        spec: {
          automountServiceAccountToken: false,
          containers: [container],
          ...pullSecrets(context),
          priorityClassName: options.priority ?? "fogline-workload",
          ...(options.gpu === true ? { runtimeClassName: "nvidia" } : {}),
          securityContext: restrictedPod(target.userId),
          serviceAccountName: name,
          terminationGracePeriodSeconds: 30,
          ...tolerations(context),
          volumes: volumes.map((volume) => podVolume(name, volume)),
        },
      },
    },
  };
};
