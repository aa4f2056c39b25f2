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

/** Comes in what is exposed, from Fogline's namespaces and where stated from the world; goes out what stays in this namespace. */
const networkPolicy = ({ name, exposes, fromOutside }: KeptService) => {
  const ports = Object.keys(exposes);
  const metadata = { name, namespace, labels: standardLabels(name) };
  const policy = networkPolicyOf({ metadata, name, usedBy: [], uses: [], ports, fromOutside });
  const { podSelector = {}, ingress = [], egress = [] } = policy.spec ?? {};
  const ours = { namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "fogline" } } };
  const here = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
  return {
    ...policy,
    spec: {
      ...policy.spec,
      podSelector,
      ingress: [...ingress, { from: [ours], ports: ports.map((port) => ({ port, protocol: "TCP" as const })) }],
      egress: [...egress, { to: [here] }],
    },
  };
};
