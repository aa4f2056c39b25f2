import {
  type ClusterContext,
  type ContainerOptions,
  hardenedContainer,
  keptStorageClass,
  monitoringNamespace as namespace,
  networkPolicyOf,
  restrictedPod,
  selectorLabels,
  standardLabels,
} from "@fogline/manifests";
import { ApiObject, type Chart } from "cdk8s";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IIoK8sApiCoreV1EnvVar } from "kubernetes-models/v1/EnvVar";
import type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { IService } from "kubernetes-models/v1/Service";
import { notSubstituted, restartsWith } from "./config-annotations.ts";

export interface KeptService extends Pick<ContainerOptions, "name" | "image" | "args" | "ports" | "memoryBytes" | "health"> {
  /** The text of its configuration, and the file that it is in below `/config`. */
  readonly config: { readonly file: string; readonly text: string };
  /** The claim below `/data`. */
  readonly dataSize: string;
  /** Secrets as folders below `/secrets`. */
  readonly secrets?: readonly string[];
  readonly env?: readonly IIoK8sApiCoreV1EnvVar[];
  /** Ports of its Service by the name of the container's port, and whether the world reaches them. */
  readonly exposes: Readonly<Record<string, number>>;
  readonly fromOutside: boolean;
  /** Workloads of ours that reach what is exposed. */
  readonly usedBy?: readonly string[];
  /** Names of ports that all of Fogline's namespaces reach, or all of this one. */
  readonly reachedFrom?: { readonly fogline: readonly string[]; readonly monitoring: readonly string[] };
  /** The port of the store in this namespace that it passes on to; without one it talks to nobody. */
  readonly passesOnTo?: number;
}

/** One of the cloud's own services that take telemetry: one replica with a claim, as hardened as everything else of ours. */
export const addKeptService = (chart: Chart, context: ClusterContext, options: KeptService): void => {
  const { name, config } = options;
  const metadata = { name, namespace, labels: standardLabels(name) };
  const map: IConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...metadata, annotations: notSubstituted },
    data: { [config.file]: config.text },
  };
  const storageClass = keptStorageClass(context);
  const claim: IPersistentVolumeClaim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata,
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: options.dataSize } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    },
  };
  const service: IService = {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: options.fromOutside ? "LoadBalancer" : "ClusterIP",
      selector: selectorLabels(name),
      ports: Object.entries(options.exposes).map(([port, number]) => ({ name: port, port: number, targetPort: port, protocol: "TCP" })),
    },
  };
  new ApiObject(chart, `${name}-config`, map);
  new ApiObject(chart, `${name}-data`, claim);
  new ApiObject(chart, `${name}-deployment`, deployment(context, options));
  new ApiObject(chart, `${name}-service`, service);
  new ApiObject(chart, `${name}-network-policy`, networkPolicy(options));
};

const deployment = ({ cluster }: ClusterContext, options: KeptService): IDeployment => {
  const { name, image, args = [], ports, memoryBytes, health, config, secrets = [], env = [] } = options;
  const container = hardenedContainer({
    ...{ name, image, args, ports, memoryBytes, env: {}, cpuMillicores: 100, pullPolicy: cluster.connectivity.pullPolicy },
    ...(health === undefined ? {} : { health }),
    mounts: [
      { name: "config", mountPath: "/config", readOnly: true },
      { name: "data", mountPath: "/data" },
      { name: "tmp", mountPath: "/tmp" },
      ...secrets.map((secret) => ({ name: secret, mountPath: `/secrets/${secret}`, readOnly: true })),
    ],
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels: standardLabels(name) },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(name) },
      strategy: { type: "Recreate" },
      template: {
        metadata: { labels: standardLabels(name), annotations: restartsWith(config.text) },
        spec: {
          automountServiceAccountToken: false,
          containers: [{ ...container, ...(env.length === 0 ? {} : { env: [...env] }) }],
          priorityClassName: "fogline-workload",
          securityContext: restrictedPod(),
          terminationGracePeriodSeconds: 60,
          volumes: [
            { name: "config", configMap: { name } },
            { name: "data", persistentVolumeClaim: { claimName: name } },
            { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
            ...secrets.map((secretName) => ({ name: secretName, secret: { secretName, defaultMode: 0o440 } })),
          ],
        },
      },
    },
  };
};

/** Comes in what is declared; goes out what it passes on to a store, which a chart brings into this namespace. */
const networkPolicy = ({ name, exposes, fromOutside, usedBy = [], reachedFrom, passesOnTo }: KeptService): INetworkPolicy => {
  const metadata = { name, namespace, labels: standardLabels(name) };
  const policy = networkPolicyOf({ metadata, name, usedBy, uses: [], ports: Object.keys(exposes), fromOutside, toOutside: false });
  const { podSelector = {}, ingress = [], egress = [] } = policy.spec ?? {};
  const fogline = { namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "fogline" } } };
  const monitoring = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
  const tcp = (port: string | number) => ({ port, protocol: "TCP" as const });
  return {
    ...policy,
    spec: {
      ...policy.spec,
      podSelector,
      ingress: [
        ...ingress,
        ...(reachedFrom === undefined
          ? []
          : [
              { from: [fogline], ports: reachedFrom.fogline.map(tcp) },
              { from: [monitoring], ports: reachedFrom.monitoring.map(tcp) },
            ]),
      ],
      egress: [...egress, ...(passesOnTo === undefined ? [] : [{ to: [monitoring], ports: [tcp(passesOnTo)] }])],
    },
  };
};
