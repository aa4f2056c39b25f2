import type { Finding } from "@fogline/findings";
import { type KubernetesObject, nameOf } from "@fogline/manifests";
import { Kustomization } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization";
import { GitRepository } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/GitRepository";
import { DaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { PersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import { Service } from "kubernetes-models/v1/Service";
import { ServiceAccount } from "kubernetes-models/v1/ServiceAccount";

type ModelClass = new (data: never) => { validate(): void };

/** The typed models that check objects, by kind with group and version. */
const models: Readonly<Record<string, ModelClass>> = {
  "v1/ConfigMap": ConfigMap,
  "v1/Namespace": Namespace,
  "v1/PersistentVolumeClaim": PersistentVolumeClaim,
  "v1/Service": Service,
  "v1/ServiceAccount": ServiceAccount,
  "apps/v1/DaemonSet": DaemonSet,
  "apps/v1/Deployment": Deployment,
  "networking.k8s.io/v1/NetworkPolicy": NetworkPolicy,
  "kustomize.toolkit.fluxcd.io/v1/Kustomization": Kustomization,
  "source.toolkit.fluxcd.io/v1/GitRepository": GitRepository,
};

interface ModelError {
  readonly errors?: readonly { readonly instancePath: string; readonly message?: string }[];
}

/** Every way in which an object does not fit the schema of its kind. A kind without a model is a finding: nothing passes unchecked. */
export const schemaProblems = (object: KubernetesObject, file: string): Finding[] => {
  const model = models[`${object.apiVersion}/${object.kind}`];
  const problem = (message: string, path?: string): Finding => ({
    code: "FL3003",
    severity: "error",
    message: `${nameOf(object)}: ${message}`,
    place: path === undefined ? { file } : { file, path },
  });
  if (model === undefined) return [problem(`no schema is known for ${object.apiVersion} ${object.kind}`)];
  try {
    new model(object as never).validate();
    return [];
  } catch (thrown) {
    const { errors } = thrown as ModelError;
    if (errors === undefined) return [problem(String(thrown))];
    return errors.map(({ instancePath, message }) => problem(message ?? "does not fit", instancePath.slice(1).replaceAll("/", ".")));
  }
};
