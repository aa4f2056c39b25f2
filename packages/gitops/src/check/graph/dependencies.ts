import { inDependencyOrder, unknownDependencies } from "../../tree/dependencies.ts";
import { type FluxKustomization, shortKey } from "../../tree/kustomizations.ts";
import { mappingAt, mappingsIn } from "../../tree/loose.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { fluxRoots, type InstancePatch, patchesOf } from "./root.ts";

const unknownOrCircular = ({ kustomizations, objects }: Subject): Objection[] => {
  const roots = new Set(fluxRoots(objects).map(({ key }) => key));
  const { stuck } = inDependencyOrder(kustomizations);
  const [first] = stuck;
  return [
    ...unknownDependencies(kustomizations)
      .filter(({ to }) => !roots.has(to))
      .map(({ from, to }) => ({ about: from, message: `Kustomization ${from.name} depends on ${shortKey(to)}, which does not exist` })),
    ...(first === undefined ? [] : [{ about: first, message: `these Kustomizations depend on each other: ${namesOf(stuck)}` }]),
  ];
};

const namesOf = (all: readonly FluxKustomization[]): string => all.map(({ name }) => name).join(", ");

const onNothingAwaited = ({ kustomizations, kustomizationByKey }: Subject): Objection[] =>
  kustomizations.flatMap((from) =>
    from.dependsOn.flatMap((key) => {
      const on = kustomizationByKey.get(key);
      if (on === undefined || on.waits || applies(on, from)) return [];
      return [{ about: from, message: `Kustomization ${from.name} depends on ${on.name}, which waits for nothing` }];
    }),
  );

/** Whether `parent` applies the folder that `child` is in: then it is the root, which FL3112 speaks of. */
const applies = (parent: FluxKustomization, child: FluxKustomization): boolean =>
  parent.folder?.objects.some(({ file }) => file === child.file) ?? false;

const waitingRoot = ({ kustomizations, objects }: Subject): Objection[] => {
  const roots = new Set(fluxRoots(objects).map(({ key }) => key));
  const parents = kustomizations.filter(({ folder }) => folder?.objects.some(({ file }) => kustomizations.some((one) => one.file === file)));
  const waiting = parents
    .filter(({ waits }) => waits)
    .map((about) => ({ about, message: `Kustomization ${about.name} applies others and waits for them` }));
  const leaning = kustomizations.flatMap((about) =>
    about.dependsOn
      .filter((key) => roots.has(key) || parents.some((parent) => parent.key === key && applies(parent, about)))
      .map((key) => ({ about, message: `Kustomization ${about.name} depends on ${shortKey(key)}, the root that applies it` })),
  );
  const patched = objects
    .filter(({ object }) => object.kind === "FluxInstance")
    .filter((about) => patchesOf(about).some(setsWait))
    .map((about) => ({ about, message: "the FluxInstance makes the root Kustomization wait" }));
  return [...waiting, ...leaning, ...patched];
};

/** Whether a patch of a FluxInstance, as a merge or as JSON operations, turns on `wait` of the root Kustomization. */
const setsWait = ({ kind, change }: InstancePatch): boolean => {
  if (kind !== "Kustomization") return false;
  const added = mappingsIn(change).some(({ op, path, value }) => op !== "remove" && path === "/spec/wait" && value === true);
  return added || mappingAt(change, "spec").wait === true;
};

/** What can be wrong between Kustomizations. */
export const dependencyRules: readonly TreeRule[] = [
  {
    code: "FL3010",
    severity: "error",
    why: "Flux never starts a Kustomization whose dependency does not exist or, at the end of a circle, is itself: the cluster silently keeps its old state.",
    check: unknownOrCircular,
  },
  {
    code: "FL3101",
    severity: "error",
    why: "A Kustomization that neither waits nor has health checks is ready as soon as its objects are accepted. Whoever depends on it starts before they work.",
    check: onNothingAwaited,
  },
  {
    code: "FL3112",
    severity: "error",
    why: "A root that waits for its children, while a child waits for the root, never becomes ready, and neither do they.",
    check: waitingRoot,
  },
];
