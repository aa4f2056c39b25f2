import type { IIoK8sApiCoreV1Container } from "kubernetes-models/v1/Container";
import type { IIoK8sApiCoreV1PodSecurityContext } from "kubernetes-models/v1/PodSecurityContext";

/** The user that every container runs as: `nonroot` of the distroless images. */
const userId = 65_532;

/** Pod Security Standards, profile "restricted". */
export const restrictedPod: IIoK8sApiCoreV1PodSecurityContext = {
  fsGroup: userId,
  runAsGroup: userId,
  runAsNonRoot: true,
  runAsUser: userId,
  seccompProfile: { type: "RuntimeDefault" },
};

export interface ContainerOptions {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  /** Written in the order of the names, whatever the order here. */
  readonly env: Readonly<Record<string, string>>;
  /** Named ports it listens on. */
  readonly ports: Readonly<Record<string, number>>;
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
  /** HTTP path and port name that say whether it lives and whether it is ready. */
  readonly health?: { readonly live: string; readonly ready: string; readonly port: string };
  readonly mounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

/** A container that cannot become root, write to its image or gain privileges, with its memory limit equal to its request. */
export const hardenedContainer = (options: ContainerOptions): IIoK8sApiCoreV1Container => ({
  name: options.name,
  image: options.image,
  imagePullPolicy: "IfNotPresent",
  ...(options.command === undefined ? {} : { command: [...options.command] }),
  env: Object.entries(options.env)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value })),
  ...(Object.keys(options.ports).length === 0
    ? {}
    : { ports: Object.entries(options.ports).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })) }),
  ...(options.health === undefined
    ? {}
    : {
        livenessProbe: { httpGet: { path: options.health.live, port: options.health.port }, periodSeconds: 20, timeoutSeconds: 5 },
        readinessProbe: { httpGet: { path: options.health.ready, port: options.health.port }, periodSeconds: 10, timeoutSeconds: 5 },
      }),
  resources: {
    requests: { cpu: `${options.cpuMillicores}m`, memory: mebibytes(options.memoryBytes) },
    limits: { memory: mebibytes(options.memoryBytes) },
  },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
  },
  volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...(options.mounts ?? [])],
});

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)}Mi`;
