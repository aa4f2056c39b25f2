import { nameOf } from "@fogline/manifests";
import { ancestorsOf } from "../../tree/dependencies.ts";
import type { FluxKustomization } from "../../tree/kustomizations.ts";
import { textIn } from "../../tree/loose.ts";
import type { TreeFolder } from "../../tree/tree.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

/** Those that Kubernetes makes, and Flux's own, which day 0 makes. */
const alwaysThere = ["default", "kube-system", "kube-public", "kube-node-lease", "flux-system"];

const createdIn = (folder: TreeFolder | undefined): string[] =>
  (folder?.objects ?? []).filter(({ object }) => object.apiVersion === "v1" && object.kind === "Namespace").map(({ object }) => object.metadata.name);

const unborn = (subject: Subject): Objection[] => subject.kustomizations.flatMap((one) => unbornIn(one, subject));

const unbornIn = (one: FluxKustomization, { kustomizationByKey, tree }: Subject): Objection[] => {
  const root = tree.folders.find(({ path }) => path.endsWith("/flux-system"));
  const ancestors = ancestorsOf(one, kustomizationByKey);
  if (ancestors === undefined) return [];
  const before = [one, ...ancestors].flatMap(({ folder }) => createdIn(folder));
  const known = new Set([...alwaysThere, ...createdIn(root), ...before]);
  const target = textIn(one.spec.targetNamespace);
  const told = new Set<string>();
  return (one.folder?.objects ?? []).flatMap((about) => {
    const namespace = target ?? about.object.metadata.namespace;
    // One objection a namespace and Kustomization: what is missing is the one Namespace.
    if (namespace === undefined || known.has(namespace) || told.has(namespace)) return [];
    told.add(namespace);
    return [{ about, message: `${nameOf(about.object)} needs namespace ${namespace}, which nothing before Kustomization ${one.name} creates` }];
  });
};

/** What can be wrong with namespaces. */
export const namespaceRules: readonly TreeRule[] = [
  {
    code: "FL3104",
    severity: "error",
    why: "The API server refuses an object of a namespace that does not exist, and the Kustomization fails on every try until somebody creates it.",
    check: unborn,
  },
];
