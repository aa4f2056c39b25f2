import { ageKeySecret, fluxNamespace, identityOf, sourceName, treeSigningSecret } from "@fogline/manifests";

const inFlux = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, metadata: { name, namespace: fluxNamespace } });

/**
 * What day 0 creates and keeps: Flux's namespace, the key that decrypts, the login of the source, the public key of signed trees, and the operator. The
 * FluxInstance is not among them: day 0 applies the tree's own file once and hands it over.
 */
export const dayZeroIdentities: ReadonlySet<string> = new Set(
  [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: fluxNamespace } },
    ...[ageKeySecret, sourceName, treeSigningSecret].map((name) => inFlux("v1", "Secret", name)),
    inFlux("v1", "ServiceAccount", "flux-operator"),
    inFlux("apps/v1", "Deployment", "flux-operator"),
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "flux-operator" } },
  ].map(identityOf),
);
