import type { Finding } from "@fogline/findings";
import { type KubernetesObject, nameOf } from "@fogline/manifests";
import type { DesiredTree } from "./read.ts";

/** A workload as the embedded reconciler runs it: what of a Deployment or DaemonSet it can honour. */
export interface EmbeddedWorkload {
  readonly name: string;
  readonly layer: string;
  readonly version: string;
  readonly replicas: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Something in the tree that has no effect in embedded mode, by name. */
export interface NotEnforced {
  readonly object: string;
  readonly field: string | null;
  readonly why: string;
}

export interface Interpreted {
  readonly workloads: readonly EmbeddedWorkload[];
  readonly notEnforced: readonly NotEnforced[];
  readonly findings: readonly Finding[];
}

/** What the caller can run, by workload name. A workload that listens has one replica in embedded mode. */
export interface Runnable {
  readonly listens: boolean;
}

/**
 * Turns a tree into workloads to run in one process. The accepted subset: Deployments and DaemonSets of known workloads with `env`, `envFrom`
 * (ConfigMaps of the tree), replicas and the version label. Everything else is named in `notEnforced`, never ignored in silence.
 */
export const interpret = (tree: DesiredTree, runnable: Readonly<Record<string, Runnable>>): Interpreted => {
  const objects = tree.layers.flatMap((layer) => layer.objects);
  const configMaps = new Map(
    objects.filter(({ kind }) => kind === "ConfigMap").map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]),
  );
  const workloads: EmbeddedWorkload[] = [];
  const notEnforced: NotEnforced[] = [];
  const findings: Finding[] = [];
  for (const layer of tree.layers) {
    for (const object of layer.objects) {
      const why = withoutEffect[object.kind];
      if (object.kind !== "Deployment" && object.kind !== "DaemonSet") {
        if (object.kind !== "ConfigMap")
          notEnforced.push({ object: nameOf(object), field: null, why: why ?? `${object.kind} has no meaning in one process` });
        continue;
      }
      const known = runnable[object.metadata.name];
      if (known === undefined) {
        notEnforced.push({ object: nameOf(object), field: null, why: "not a workload of Fogline; containers run in clusters only" });
        continue;
      }
      const container = containerOf(object);
      if (container === undefined) {
        findings.push({ code: "FL3009", severity: "error", message: `${nameOf(object)} has no container` });
        continue;
      }
      const environment = environmentOf(object, container, configMaps, findings, notEnforced);
      const replicas = replicasOf(object, findings);
      if (known.listens && replicas > 1) {
        notEnforced.push({ object: nameOf(object), field: "spec.replicas", why: `it listens on a port of this machine, so 1 of ${replicas} runs` });
      }
      workloads.push({
        name: object.metadata.name,
        layer: layer.name,
        version: object.metadata.labels?.["app.kubernetes.io/version"] ?? "unknown",
        replicas: known.listens ? Math.min(1, replicas) : replicas,
        environment,
      });
      notEnforced.push(...fieldsWithoutEffect(object, container));
    }
  }
  return { workloads, notEnforced, findings };
};

/** Why a whole kind has no effect. */
const withoutEffect: Readonly<Record<string, string>> = {
  Namespace: "one process has no namespaces",
  NetworkPolicy: "traffic inside one process cannot be refused",
  PersistentVolumeClaim: "state is kept in the data folder",
  PodDisruptionBudget: "one process is not drained",
  PriorityClass: "one process is not evicted",
  StorageClass: "state is kept in the data folder",
  Service: "workloads meet on the in-process bus",
  ServiceAccount: "there is no Kubernetes API to be allowed to",
};

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly envFrom?: readonly {
    readonly configMapRef?: { readonly name: string; readonly optional?: boolean };
    readonly secretRef?: { readonly name: string };
  }[];
  readonly [field: string]: unknown;
}

const containerOf = (object: KubernetesObject): Container | undefined => {
  const spec = object.spec as { template?: { spec?: { containers?: Container[] } } } | undefined;
  return spec?.template?.spec?.containers?.[0];
};

const replicasOf = (object: KubernetesObject, findings: Finding[]): number => {
  if (object.kind === "DaemonSet") return 1;
  const replicas = (object.spec as { replicas?: unknown }).replicas ?? 1;
  if (typeof replicas === "number" && Number.isInteger(replicas) && replicas >= 0 && replicas <= replicasMax) return replicas;
  findings.push({
    code: "FL3003",
    severity: "error",
    message: `${nameOf(object)}: replicas must be a whole number from 0 to ${replicasMax}`,
    value: String(replicas),
  });
  return 0;
};

/** More replicas of one workload in one process are a mistake. */
const replicasMax = 16;

const environmentOf = (
  object: KubernetesObject,
  container: Container,
  configMaps: ReadonlyMap<string, KubernetesObject>,
  findings: Finding[],
  notEnforced: NotEnforced[],
): Record<string, string> => {
  const environment: Record<string, string> = {};
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (secretRef !== undefined)
      notEnforced.push({ object: nameOf(object), field: `envFrom.secretRef ${secretRef.name}`, why: "secrets are decrypted in clusters only" });
    if (configMapRef === undefined) continue;
    const map = configMaps.get(`${object.metadata.namespace}/${configMapRef.name}`);
    if (map !== undefined) Object.assign(environment, map.data);
    else if (configMapRef.optional !== true) {
      findings.push({
        code: "FL3008",
        severity: "error",
        message: `${nameOf(object)} takes its environment from ConfigMap ${configMapRef.name}, which is not in the tree`,
      });
    }
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom !== undefined)
      notEnforced.push({ object: nameOf(object), field: `env.${name}.valueFrom`, why: "only plain values reach a workload here" });
    else environment[name] = String(value ?? "");
  }
  return environment;
};

/** Fields of the pod that mean nothing without a kubelet. */
const fieldsWithoutEffect = (object: KubernetesObject, container: Container): NotEnforced[] => {
  const reasons: Readonly<Record<string, string>> = {
    image: "the code of this checkout runs, whatever the image; its version label is shown",
    resources: "one process shares its memory and processors",
    livenessProbe: "the process restarts as a whole",
    readinessProbe: "readiness is asked over the bus",
    securityContext: "the process runs as the user who started it",
    volumeMounts: "state is kept in the data folder",
    command: "the workload is started by its name",
  };
  return Object.entries(reasons)
    .filter(([field]) => container[field] !== undefined)
    .map(([field, why]) => ({ object: nameOf(object), field, why }));
};
