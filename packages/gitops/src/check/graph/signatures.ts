import { apiGroupOf } from "../../tree/kustomizations.ts";
import { mappingAt, mappingsIn } from "../../tree/loose.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { fluxRoots, type InstancePatch, patchesOf } from "./root.ts";

/** Whether a patch of a FluxInstance has its source look at signatures. */
const verifies = ({ kind, change }: InstancePatch): boolean => {
  if (kind !== "OCIRepository") return false;
  const added = mappingsIn(change).some(
    ({ op, path, value }) => op !== "remove" && path === "/spec/verify" && mappingAt(value).provider !== undefined,
  );
  return added || mappingAt(change, "spec", "verify").provider !== undefined;
};

const unverified = ({ objects, kustomizations }: Subject): Objection[] => {
  const used = new Set(kustomizations.map(({ spec }) => `${mappingAt(spec.sourceRef).kind}/${mappingAt(spec.sourceRef).name}`));
  return objects.flatMap((about) => {
    const { object } = about;
    if (object.kind === "FluxInstance") {
      const [root] = fluxRoots([about]);
      const open = root?.sourceKind === "OCIRepository" && !patchesOf(about).some(verifies);
      return open ? [{ about, message: "the instance syncs from a registry and applies whatever is there, whoever put it there" }] : [];
    }
    const { name } = object.metadata;
    const isSource = object.kind === "OCIRepository" && apiGroupOf(object).startsWith("source.") && used.has(`OCIRepository/${name}`);
    if (!isSource || mappingAt(object, "spec", "verify").provider !== undefined) return [];
    return [{ about, message: `OCIRepository ${name} takes whatever the registry has, whoever put it there` }];
  });
};

/** What can be wrong with who may say what a cluster applies. */
export const signatureRules: readonly TreeRule[] = [
  {
    code: "FL3119",
    severity: "warning",
    why: "Whoever can push to the registry, or sits between it and the cluster, decides what the cluster runs. With a signature it takes the private key as well.",
    check: unverified,
  },
];
