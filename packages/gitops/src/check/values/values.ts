import { type KubernetesObject, nameOf } from "@fogline/manifests";
import type { Objection, TreeRule } from "../rule.ts";
import { schemaProblems } from "../schema.ts";
import type { Subject } from "../subject.ts";
import { accessRules } from "./access.ts";
import { type At, inside, type Problem, type Rule } from "./at.ts";
import { configurationRules } from "./configuration.ts";
import { fluxRules } from "./flux.ts";
import { limitRules } from "./limits.ts";
import { metadataProblems } from "./metadata.ts";
import { networkRules } from "./network.ts";
import { claimProblems, priorityClassProblems, storageClassProblems } from "./storage.ts";
import { persistentVolumeProblems } from "./volumes.ts";
import { workloadRules } from "./workloads.ts";

/** What is looked at beyond name and labels, by group, version and kind. */
const kinds: Readonly<Record<string, Rule>> = {
  ...workloadRules,
  ...networkRules,
  ...accessRules,
  ...configurationRules,
  ...fluxRules,
  ...limitRules,
  "v1/PersistentVolumeClaim": (object) => claimProblems(inside(object, "spec")),
  "v1/PersistentVolume": (object) => persistentVolumeProblems(inside(object, "spec")),
  "storage.k8s.io/v1/StorageClass": storageClassProblems,
  "scheduling.k8s.io/v1/PriorityClass": priorityClassProblems,
};

const problemsOf = (object: KubernetesObject): Problem[] => {
  const at: At = { value: object, path: "" };
  return [...metadataProblems(at), ...(kinds[`${object.apiVersion}/${object.kind}`]?.(at) ?? [])];
};

/** What does not fit its schema is said once, there. */
const fits = (object: KubernetesObject): boolean => schemaProblems(object, "").length === 0;

const refused = ({ objects }: Subject): Objection[] =>
  objects.flatMap((about) => {
    const { object } = about;
    const problems = problemsOf(object);
    return problems.length > 0 && fits(object) ? problems.map(({ message }) => ({ about, message: `${nameOf(object)}: ${message}` })) : [];
  });

/** What an API server refuses although its schema would take it. */
export const valueRules: readonly TreeRule[] = [
  {
    code: "FL3118",
    severity: "error",
    why: "The types are right and the API server refuses it all the same: a port beyond 65535, a mount of a volume that the pod does not have, a selector that finds none of its own pods. One such object fails the dry run of its whole Kustomization, and nothing in it is applied. Names, labels, pods, services, policies, roles, claims and what Flux reads are held against the rules of Kubernetes 1.36.",
    check: refused,
  },
];
