import { nameOf } from "@fogline/manifests";
import { ancestorsOf } from "../../tree/dependencies.ts";
import { apiGroupOf, type FluxKustomization, isFlux } from "../../tree/kustomizations.ts";
import { mappingAt, textIn } from "../../tree/loose.ts";
import type { TreeFolder, TreeObject } from "../../tree/tree.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

/** API groups that every Kubernetes has (kubernetes.io, "API Groups", 1.36). */
const builtInGroups = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "extensions",
  "flowcontrol.apiserver.k8s.io",
  "internal.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);

/** What a K3s server brings along: its own controllers and the ingress that it bundles. */
const k3sGroups = new Set(["helm.cattle.io", "k3s.cattle.io", "traefik.io"]);

const isCustom = ({ object }: TreeObject, { cluster }: Subject): boolean => {
  const group = apiGroupOf(object);
  return !builtInGroups.has(group) && !isFlux(object) && !(cluster.kubernetes.distribution === "k3s" && k3sGroups.has(group));
};

/** `group/Kind` of every definition in a folder. */
const definedIn = (folder: TreeFolder | undefined): ReadonlySet<string> =>
  new Set(
    (folder?.objects ?? [])
      .filter(({ object }) => object.kind === "CustomResourceDefinition")
      .map(({ object }) => `${textIn(mappingAt(object, "spec").group)}/${textIn(mappingAt(object, "spec", "names").kind)}`),
  );

const kindOf = ({ object }: TreeObject): string => `${apiGroupOf(object)}/${object.kind}`;

/** The chart of a HelmRelease may bring definitions, and nobody can see them here. */
const mayDefineMore = (folder: TreeFolder | undefined): boolean => folder?.objects.some(({ object }) => object.kind === "HelmRelease") ?? false;

const customIn = (one: FluxKustomization, subject: Subject): readonly TreeObject[] =>
  (one.folder?.objects ?? []).filter((entry) => isCustom(entry, subject));

const besideDefinition = (subject: Subject): Objection[] =>
  subject.kustomizations.flatMap((one) => {
    const defined = definedIn(one.folder);
    return customIn(one, subject)
      .filter((entry) => defined.has(kindOf(entry)))
      .map((about) => ({
        about,
        message: `${nameOf(about.object)} is in Kustomization ${one.name}, and so is the definition of ${about.object.kind}`,
      }));
  });

const undefinedKind = (subject: Subject): Objection[] =>
  subject.kustomizations.flatMap((one) => {
    const custom = customIn(one, subject);
    const ancestors = ancestorsOf(one, subject.kustomizationByKey);
    if (custom.length === 0 || ancestors === undefined) return [];
    const before = [one, ...ancestors];
    if (before.some(({ folder }) => mayDefineMore(folder))) return [];
    const defined = new Set(before.flatMap(({ folder }) => [...definedIn(folder)]));
    return custom
      .filter((entry) => !defined.has(kindOf(entry)))
      .map((about) => ({
        about,
        message: `${nameOf(about.object)} is of kind ${kindOf(about)}, which nothing before Kustomization ${one.name} defines`,
      }));
  });

/** What can be wrong between custom resources and their definitions. */
export const definitionRules: readonly TreeRule[] = [
  {
    code: "FL3102",
    severity: "error",
    why: "Side by side, the resource is applied while the controller that answers for it is still starting, its webhook refuses, and one failing resource holds back the definition's next upgrade.",
    check: besideDefinition,
  },
  {
    code: "FL3103",
    severity: "error",
    why: "The API server does not know the kind, so the dry run of the whole Kustomization fails and nothing in it is applied.",
    check: undefinedKind,
  },
];
