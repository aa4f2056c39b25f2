import type { Finding } from "@fogline/findings";
import { fluxNamespace, type KubernetesObject } from "@fogline/manifests";
import { documentsIn } from "../tree/yaml-text.ts";

/** The Flux Operator that day 0 installs unless it is told otherwise: the one that this release of Fogline was tested with. */
export const fluxOperatorVersion = "0.59.0";

/** Where the project publishes everything that the operator needs, as one file. */
export const fluxOperatorManifestUrl = `https://github.com/controlplaneio-fluxcd/flux-operator/releases/download/v${fluxOperatorVersion}/install.yaml`;

const named = (apiVersion: string, kind: string, names: readonly string[], namespace?: string): KubernetesObject[] =>
  names.map((name) => ({ apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } }));

/** What that manifest holds, by name alone. `test/cluster/hand-over.test.ts` holds it against the manifest itself. */
export const fluxOperatorObjects: readonly KubernetesObject[] = [
  ...named(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    ["fluxinstances", "fluxreports", "resourcesets", "resourcesetinputproviders"].map((plural) => `${plural}.fluxcd.controlplane.io`),
  ),
  ...named("v1", "Namespace", [fluxNamespace]),
  ...named("v1", "ServiceAccount", ["flux-operator"], fluxNamespace),
  ...named("rbac.authorization.k8s.io/v1", "ClusterRole", ["flux-operator-edit", "flux-operator-view", "flux-web-admin", "flux-web-user"]),
  ...named("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", ["flux-operator-cluster-admin"]),
  ...named("v1", "Service", ["flux-operator"], fluxNamespace),
  ...named("apps/v1", "Deployment", ["flux-operator"], fluxNamespace),
];

/**
 * The objects of an operator's manifest. All problems together (FL3303): what is no YAML, what is no Kubernetes object, and a manifest without the
 * definition of a FluxInstance, which is some other program's.
 */
export const readOperatorManifest = (
  text: string,
  file: string,
): { readonly objects: readonly KubernetesObject[]; readonly findings: readonly Finding[] } => {
  const finding = (message: string): Finding => ({ code: "FL3303", severity: "error", message, place: { file } });
  let documents: unknown[];
  try {
    documents = documentsIn(text);
  } catch (thrown) {
    const [message] = (thrown instanceof Error ? thrown.message : String(thrown)).split("\n");
    return { objects: [], findings: [finding(`not YAML: ${message}`)] };
  }
  const objects = documents.filter(isObject);
  const strangers = documents.length - objects.length;
  const findings = [
    ...(strangers === 0 ? [] : [finding(`${strangers} of ${documents.length} documents are no Kubernetes objects`)]),
    ...(objects.some(({ metadata }) => metadata.name === "fluxinstances.fluxcd.controlplane.io")
      ? []
      : [finding("it does not define FluxInstance, so it is not the manifest of a Flux Operator")]),
  ];
  return findings.length > 0 ? { objects: [], findings } : { objects, findings };
};

const isObject = (document: unknown): document is KubernetesObject => {
  const { apiVersion, kind, metadata } = (typeof document === "object" && document !== null ? document : {}) as Partial<KubernetesObject>;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string";
};
