import type { IIoK8sApiCoreV1Container } from "kubernetes-models/v1/Container";
import type { IIoK8sApiCoreV1PodSecurityContext } from "kubernetes-models/v1/PodSecurityContext";
import type { IIoK8sApiCoreV1Probe } from "kubernetes-models/v1/Probe";
import { type Health, probesOf } from "./probes.ts";

/** The user that every container runs as unless it states another: `nonroot` of the distroless images. */
export const nonRootUserId = 65_532;

/** Pod Security Standards, profile "restricted". */
export const restrictedPod = (userId: number = nonRootUserId): IIoK8sApiCoreV1PodSecurityContext => ({
  fsGroup: userId,
  runAsGroup: userId,
  runAsNonRoot: true,
  runAsUser: userId,
  seccompProfile: { type: "RuntimeDefault" },
});

export interface ContainerOptions {
  readonly name: string;
  readonly image: string;
  readonly pullPolicy: "IfNotPresent" | "Never";
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Written in the order of the names, whatever the order here. */
  readonly env: Readonly<Record<string, string>>;
  /** Secrets whose keys become environment variables. */
  readonly secrets?: readonly string[];
  /** Named ports it listens on. */
  readonly ports: Readonly<Record<string, number>>;
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
  /** Extended resources by name, such as `nvidia.com/gpu`; what is asked for is also the limit. */
  readonly resources?: Readonly<Record<string, number>>;
  readonly health?: Health;
  readonly mounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

/** A container that cannot become root, write to its image or gain privileges, with its memory limit equal to its request. */
export const hardenedContainer = (options: ContainerOptions): IIoK8sApiCoreV1Container => ({
  name: options.name,
  image: options.image,
  imagePullPolicy: options.pullPolicy,
  ...(options.command === undefined ? {} : { command: [...options.command] }),
  ...(options.args === undefined ? {} : { args: [...options.args] }),
  ...(Object.keys(options.env).length === 0 ? {} : { env: sortedEnv(options.env) }),
  ...((options.secrets ?? []).length === 0 ? {} : { envFrom: (options.secrets ?? []).map((name) => ({ secretRef: { name } })) }),
  ...(Object.keys(options.ports).length === 0
    ? {}
    : { ports: Object.entries(options.ports).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })) }),
  ...(options.health === undefined ? {} : (probesOf(options.health) satisfies Record<string, IIoK8sApiCoreV1Probe>)),
  resources: {
    requests: { cpu: `${options.cpuMillicores}m`, memory: mebibytes(options.memoryBytes), ...options.resources },
    limits: { memory: mebibytes(options.memoryBytes), ...options.resources },
  },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
  },
  volumeMounts: [...(options.mounts ?? [])],
});

/** A quantity of memory as Kubernetes writes it, rounded up. */
export const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)}Mi`;

const sortedEnv = (env: Readonly<Record<string, string>>): { name: string; value: string }[] =>
  Object.entries(env)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
