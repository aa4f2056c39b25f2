/** What became of an API version, in minor versions of Kubernetes 1.x. */
interface KubernetesChange {
  readonly by: "kubernetes";
  readonly since?: number;
  readonly deprecated?: number;
  readonly removed?: number;
  readonly instead?: string;
}

/** A version that Flux no longer serves, with the release that removed it. */
interface FluxChange {
  readonly by: "flux";
  readonly removed: string;
  readonly instead?: string;
}

type ApiChange = KubernetesChange | FluxChange;

const removed = (minor: number, instead?: string): ApiChange => ({ by: "kubernetes", removed: minor, ...(instead === undefined ? {} : { instead }) });

/** Removed for every kind of the version (kubernetes.io, "Deprecated API Migration Guide"). */
const byVersion: Readonly<Record<string, ApiChange>> = {
  "admissionregistration.k8s.io/v1beta1": removed(22, "admissionregistration.k8s.io/v1"),
  "apiextensions.k8s.io/v1beta1": removed(22, "apiextensions.k8s.io/v1"),
  "apiregistration.k8s.io/v1beta1": removed(22, "apiregistration.k8s.io/v1"),
  "apps/v1beta1": removed(16, "apps/v1"),
  "apps/v1beta2": removed(16, "apps/v1"),
  "authentication.k8s.io/v1beta1": removed(22, "authentication.k8s.io/v1"),
  "authorization.k8s.io/v1beta1": removed(22, "authorization.k8s.io/v1"),
  "autoscaling/v2beta1": removed(25, "autoscaling/v2"),
  "autoscaling/v2beta2": removed(26, "autoscaling/v2"),
  "batch/v1beta1": removed(25, "batch/v1"),
  "certificates.k8s.io/v1beta1": removed(22, "certificates.k8s.io/v1"),
  "coordination.k8s.io/v1beta1": removed(22, "coordination.k8s.io/v1"),
  "discovery.k8s.io/v1beta1": removed(25, "discovery.k8s.io/v1"),
  "events.k8s.io/v1beta1": removed(25, "events.k8s.io/v1"),
  "extensions/v1beta1": removed(22),
  "flowcontrol.apiserver.k8s.io/v1": { by: "kubernetes", since: 29 },
  "flowcontrol.apiserver.k8s.io/v1beta1": removed(26, "flowcontrol.apiserver.k8s.io/v1"),
  "flowcontrol.apiserver.k8s.io/v1beta2": removed(29, "flowcontrol.apiserver.k8s.io/v1"),
  "flowcontrol.apiserver.k8s.io/v1beta3": removed(32, "flowcontrol.apiserver.k8s.io/v1"),
  "networking.k8s.io/v1beta1": removed(22, "networking.k8s.io/v1"),
  "node.k8s.io/v1beta1": removed(25, "node.k8s.io/v1"),
  "policy/v1beta1": removed(25, "policy/v1"),
  "rbac.authorization.k8s.io/v1beta1": removed(22, "rbac.authorization.k8s.io/v1"),
  "resource.k8s.io/v1": { by: "kubernetes", since: 34 },
  "scheduling.k8s.io/v1beta1": removed(22, "scheduling.k8s.io/v1"),
  "storage.k8s.io/v1beta1": removed(27, "storage.k8s.io/v1"),
};

/** Where one kind of a version fared otherwise than the rest. */
const byKind: Readonly<Record<string, ApiChange>> = {
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": { by: "kubernetes", since: 30 },
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": { by: "kubernetes", since: 30 },
  "v1/ComponentStatus": { by: "kubernetes", deprecated: 19 },
  "v1/Endpoints": { by: "kubernetes", deprecated: 33, instead: "discovery.k8s.io/v1 EndpointSlice" },
};

/** The one version that each API of Flux serves since 2.8. */
const fluxVersions: Readonly<Record<string, string>> = {
  "source.toolkit.fluxcd.io": "v1",
  "kustomize.toolkit.fluxcd.io": "v1",
  "helm.toolkit.fluxcd.io": "v2",
  "image.toolkit.fluxcd.io": "v1",
  "notification.toolkit.fluxcd.io": "v1",
};

/** What became of an API version for a kind; `undefined` for one that is served as it always was, or is not known here. */
export const apiChangeOf = (apiVersion: string, kind: string): ApiChange | undefined => {
  const [group = "", version = ""] = apiVersion.split("/", 2);
  const served = Object.hasOwn(fluxVersions, group) ? fluxVersions[group] : undefined;
  if (served !== undefined && version !== served) {
    // Alerts and providers are still served as a beta.
    const beta = group.startsWith("notification.") && kind !== "Receiver" && version === "v1beta3";
    return beta
      ? undefined
      : { by: "flux", removed: "2.8", instead: `${group}/${group.startsWith("notification.") && kind !== "Receiver" ? "v1beta3" : served}` };
  }
  const key = `${apiVersion}/${kind}`;
  if (Object.hasOwn(byKind, key)) return byKind[key];
  return Object.hasOwn(byVersion, apiVersion) ? byVersion[apiVersion] : undefined;
};
