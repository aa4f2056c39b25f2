import type { KubernetesObject } from "@fogline/manifests";
import { toYaml } from "../render/yaml.ts";
import type { ClusterTree } from "../tree/tree.ts";

/** Any object; namespaced into `fogline` unless `metadata` says otherwise. */
export const object = (kind: string, name: string, rest: Record<string, unknown> = {}): KubernetesObject => {
  const { metadata, ...fields } = rest as { metadata?: Record<string, unknown> };
  return { apiVersion: apiVersions[kind] ?? "v1", kind, metadata: { name, namespace: "fogline", ...metadata }, ...fields };
};

const apiVersions: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  DaemonSet: "apps/v1",
  StatefulSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
  PodDisruptionBudget: "policy/v1",
  RoleBinding: "rbac.authorization.k8s.io/v1",
  StorageClass: "storage.k8s.io/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
  Kustomization: "kustomize.toolkit.fluxcd.io/v1",
  GitRepository: "source.toolkit.fluxcd.io/v1",
};

export interface WorkloadSample {
  readonly replicas?: number;
  readonly image?: string;
  /** Over the container. */
  readonly container?: Record<string, unknown>;
  /** Over the pod's spec. */
  readonly pod?: Record<string, unknown>;
  /** Over the workload's spec. */
  readonly spec?: Record<string, unknown>;
  readonly annotations?: Record<string, string>;
}

/** A workload with one container called `main` and one label, `app: <name>`. */
export const workload = (kind: "Deployment" | "DaemonSet" | "StatefulSet", name: string, sample: WorkloadSample = {}): KubernetesObject => {
  const { replicas, image = `registry.acme.example/${name}:1.0.0`, container = {}, pod = {}, spec = {}, annotations } = sample;
  return object(kind, name, {
    spec: {
      ...(kind === "DaemonSet" || replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, ...(annotations === undefined ? {} : { annotations }) },
        spec: { containers: [{ name: "main", image, ...container }], ...pod },
      },
      ...spec,
    },
  });
};

const isList = (value: unknown): value is readonly KubernetesObject[] => Array.isArray(value);

/** A cluster whose objects lie in one folder for each Kustomization, `app` unless they are given by folder. */
export const tree = (objects: readonly KubernetesObject[] | Readonly<Record<string, readonly KubernetesObject[]>>, cluster = "edge"): ClusterTree => {
  const folders: Readonly<Record<string, readonly KubernetesObject[]>> = isList(objects) ? { app: objects } : objects;
  const base = `clusters/${cluster}`;
  const fileOf = (folder: string, one: KubernetesObject) => `${folder}/${one.kind.toLowerCase()}-${one.metadata.name}.yaml`;
  const kustomizations = Object.keys(folders).map((name) => kustomization(name, `${base}/apps/${name}`));
  return {
    cluster,
    folders: [
      { path: `${base}/flux-system`, objects: kustomizations.map((one) => ({ object: one, file: fileOf(`${base}/flux-system`, one) })) },
      ...Object.entries(folders).map(([name, some]) => ({
        path: `${base}/apps/${name}`,
        objects: some.map((one) => ({ object: one, file: fileOf(`${base}/apps/${name}`, one) })),
      })),
    ],
  };
};

/** A Flux Kustomization of a folder. */
export const kustomization = (name: string, path: string, spec: Record<string, unknown> = {}): KubernetesObject =>
  object("Kustomization", name, { metadata: { namespace: "flux-system" }, spec: { path: `./${path}`, prune: true, ...spec } });

/** The files that a tree is committed as. */
export const filesOf = ({ folders }: ClusterTree): ReadonlyMap<string, string> =>
  new Map(
    folders.flatMap(({ path, objects }): [string, string][] => [
      [
        `${path}/kustomization.yaml`,
        toYaml({
          apiVersion: "kustomize.config.k8s.io/v1beta1",
          kind: "Kustomization",
          resources: objects.map(({ file }) => file.slice(path.length + 1)),
        }),
      ],
      ...objects.map((one): [string, string] => [one.file, toYaml(one.object)]),
    ]),
  );
