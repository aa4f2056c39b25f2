import { type ClusterContext, hardenedContainer, nodeDaemonSet, standardLabels } from "@fogline/manifests";
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IIoK8sApiCoreV1PodSpec } from "kubernetes-models/v1/PodSpec";

const MiB = 1024 ** 2;
/** Where the kubelet listens for device plugins, and keeps their sockets. */
const socketsFolder = "/var/lib/kubelet/device-plugins";

export interface PluginOptions {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Host paths that it looks at, beside the kubelet's sockets. */
  readonly hostPaths?: Readonly<Record<string, string>>;
  readonly volumes?: IIoK8sApiCoreV1PodSpec["volumes"];
  readonly mounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly runtimeClass?: string;
  /** Whether it must open the device files itself. */
  readonly privileged?: boolean;
}

/** A device plugin: root on its node, because the kubelet's folder of sockets is root's, and with no right beyond that unless stated. */
export const devicePlugin = ({ nodeNamespace, cluster }: ClusterContext, options: PluginOptions): IDaemonSet => {
  const { name, image, args } = options;
  const paths = { "device-plugins": socketsFolder, ...options.hostPaths };
  const container = hardenedContainer({
    ...{ name, image, args, pullPolicy: cluster.connectivity.pullPolicy, env: options.env ?? {}, ports: {} },
    cpuMillicores: 20,
    memoryBytes: 48 * MiB,
    mounts: [...Object.entries(paths).map(([volume, mountPath]) => ({ name: volume, mountPath })), ...(options.mounts ?? [])],
  });
  return nodeDaemonSet(
    { name, namespace: nodeNamespace, labels: standardLabels(name) },
    {
      name,
      pod: {
        containers: [options.privileged === true ? { ...container, securityContext: { privileged: true, readOnlyRootFilesystem: true } } : container],
        ...(options.nodeSelector === undefined ? {} : { nodeSelector: { ...options.nodeSelector } }),
        ...(options.runtimeClass === undefined ? {} : { runtimeClassName: options.runtimeClass }),
        securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
        volumes: [...Object.entries(paths).map(([volume, path]) => ({ name: volume, hostPath: { path } })), ...(options.volumes ?? [])],
      },
    },
  );
};
