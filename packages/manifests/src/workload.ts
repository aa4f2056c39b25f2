import { ApiObject, type Chart } from "cdk8s";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { IService } from "kubernetes-models/v1/Service";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import { type ContainerOptions, hardenedContainer, restrictedPod } from "./container.ts";
import { selectorLabels, standardLabels } from "./labels.ts";

export interface WorkloadOptions {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly replicas: number;
  readonly container: Omit<ContainerOptions, "name" | "mounts">;
  /** A volume of its own, mounted at this path. One replica then, replaced and never doubled. */
  readonly data?: { readonly mountPath: string; readonly sizeBytes: number };
  /** Names of the ports that others in the cluster reach through a Service. */
  readonly exposes?: readonly string[];
}

/** Adds a workload to a chart: ServiceAccount, Deployment, and where asked a Service and a PersistentVolumeClaim. */
export const addWorkload = (chart: Chart, options: WorkloadOptions): void => {
  const { name, namespace } = options;
  const labels = standardLabels(name, options.version);
  const metadata = { name, namespace, labels };
  const account: IServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
  new ApiObject(chart, "service-account", account);
  if (options.data !== undefined) {
    const claim: IPersistentVolumeClaim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { ...metadata, name: `${name}-data` },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: `${Math.ceil(options.data.sizeBytes / 1024 ** 2)}Mi` } } },
    };
    new ApiObject(chart, "claim", claim);
  }
  new ApiObject(chart, "deployment", deployment(options, metadata));
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
};

const deployment = (options: WorkloadOptions, metadata: NonNullable<IDeployment["metadata"]>): IDeployment => {
  const mounts = options.data === undefined ? [] : [{ name: "data", mountPath: options.data.mountPath }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: options.replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(options.name) },
      strategy: options.data === undefined ? { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } : { type: "Recreate" },
      template: {
        metadata: { labels: standardLabels(options.name, options.version) },
        spec: {
          automountServiceAccountToken: false,
          containers: [hardenedContainer({ ...options.container, name: options.name, mounts })],
          securityContext: restrictedPod,
          serviceAccountName: options.name,
          terminationGracePeriodSeconds: 30,
          volumes: [
            { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
            ...(options.data === undefined ? [] : [{ name: "data", persistentVolumeClaim: { claimName: `${options.name}-data` } }]),
          ],
        },
      },
    },
  };
};
