import { identityOf } from "@fogline/manifests";

const flux = { namespace: "flux-system" };

/**
 * What day 0 creates and keeps: Flux's namespace, the key that decrypts, the credentials of the source, and the operator. The FluxInstance is
 * not among them: day 0 applies the tree's own file once and hands it over.
 */
export const dayZeroIdentities: ReadonlySet<string> = new Set(
  [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } },
    { apiVersion: "v1", kind: "Secret", metadata: { ...flux, name: "sops-age" } },
    { apiVersion: "v1", kind: "Secret", metadata: { ...flux, name: "source-credentials" } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...flux, name: "flux-operator" } },
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { ...flux, name: "flux-operator" } },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "flux-operator" } },
  ].map(identityOf),
);
