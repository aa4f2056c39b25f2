import { type ClusterContext, hardenedContainer, nodeDaemonSet, standardLabels } from "@fogline/manifests";
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IIoK8sApiCoreV1Container } from "kubernetes-models/v1/Container";
import type { IIoK8sApiCoreV1Volume } from "kubernetes-models/v1/Volume";

const MiB = 1024 ** 2;
/** Where the daemon, the plugin and the pods that share a GPU meet. The plugin hands this path of the host on to those pods. */
const root = "/run/nvidia/mps";

/** What the device plugin needs to watch the daemon beside it. */
export const mpsClient = {
  env: { MPS_ROOT: root },
  mounts: [
    { name: "mps-root", mountPath: "/mps" },
    { name: "mps-shm", mountPath: "/dev/shm" },
  ],
  volumes: [
    { name: "mps-root", hostPath: { path: root, type: "DirectoryOrCreate" } },
    { name: "mps-shm", hostPath: { path: `${root}/shm` } },
  ] satisfies IIoK8sApiCoreV1Volume[],
};

/** The daemon drives the GPU for everybody who shares it, and mounts the memory that they share: it is root on its node. */
const asRoot = { securityContext: { privileged: true, readOnlyRootFilesystem: true } };

export interface MpsOptions {
  readonly name: string;
  readonly image: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** The plugin's configuration: its volume, and where it is mounted. */
  readonly config: { readonly volume: IIoK8sApiCoreV1Volume; readonly mountPath: string; readonly file: string };
}

/**
 * NVIDIA's MPS control daemon as its device plugin brings it, from the plugin's own image.
 * https://github.com/NVIDIA/k8s-device-plugin, section "With CUDA MPS"
 */
export const mpsDaemon = ({ nodeNamespace, cluster }: ClusterContext, { name, image, nodeSelector, config }: MpsOptions): IDaemonSet => {
  const part = (container: string, command: readonly string[], mounts: IIoK8sApiCoreV1Container["volumeMounts"]): IIoK8sApiCoreV1Container => ({
    ...hardenedContainer({
      ...{ name: container, image, command, pullPolicy: cluster.connectivity.pullPolicy, ports: {}, cpuMillicores: 20, memoryBytes: 64 * MiB },
      env: { CONFIG_FILE: config.file, NVIDIA_DRIVER_CAPABILITIES: "compute,utility", NVIDIA_VISIBLE_DEVICES: "all" },
    }),
    ...asRoot,
    volumeMounts: [...(mounts ?? []), { name: config.volume.name, mountPath: config.mountPath, readOnly: true }],
  });
  return nodeDaemonSet(
    { name, namespace: nodeNamespace, labels: standardLabels(name) },
    {
      name,
      pod: {
        initContainers: [
          part("mount-shm", ["mps-control-daemon", "mount-shm"], [{ name: "mps-root", mountPath: "/mps", mountPropagation: "Bidirectional" }]),
        ],
        containers: [part("daemon", ["mps-control-daemon"], mpsClient.mounts)],
        nodeSelector: { ...nodeSelector },
        runtimeClassName: "nvidia",
        securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
        // The daemon looks at the processes of its pod to end those that a crash left.
        shareProcessNamespace: true,
        volumes: [...mpsClient.volumes, config.volume],
      },
    },
  );
};
