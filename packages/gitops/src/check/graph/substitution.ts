import { nameOf } from "@fogline/manifests";
import type { FluxKustomization } from "../../tree/kustomizations.ts";
import { type Loose, mappingAt, mappingsIn, textIn } from "../../tree/loose.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const annotation = "kustomize.toolkit.fluxcd.io/substitute";
/** `${NAME}` with whatever follows the name; `$${` is how a dollar is written that stays one. */
const VARIABLE = /(?<!\$)\$\{([^}:=#%/^,-]*)[^}]*\}?/g;

/** Names that the Kustomization declares; `complete` when they are all that it can replace. */
const declaredIn = (one: FluxKustomization, { objects }: Subject): { readonly names: ReadonlySet<string>; readonly complete: boolean } => {
  const postBuild = mappingAt(one.spec.postBuild);
  const names = new Set(Object.keys(mappingAt(postBuild.substitute)));
  let complete = true;
  for (const { kind, name } of mappingsIn(postBuild.substituteFrom)) {
    const source = objects.find(({ object }) => object.kind === kind && object.metadata.name === name);
    if (source === undefined) complete = false;
    for (const key of Object.keys(mappingAt(source?.object, "data"))) names.add(key);
  }
  return { names, complete };
};

/** The first variable anywhere in a value that is not among the declared ones. */
const foreignVariable = (value: unknown, names: ReadonlySet<string>): string | undefined => {
  if (typeof value === "string") return [...value.matchAll(VARIABLE)].find(([, name = ""]) => !names.has(name))?.[0];
  if (typeof value !== "object" || value === null) return undefined;
  for (const member of Object.values(value)) {
    const found = foreignVariable(member, names);
    if (found !== undefined) return found;
  }
  return undefined;
};

const eaten = (subject: Subject): Objection[] =>
  subject.kustomizations
    .filter(({ spec }) => Object.keys(mappingAt(spec.postBuild)).length > 0)
    .flatMap((one) => {
      const { names, complete } = declaredIn(one, subject);
      return (one.folder?.objects ?? []).flatMap((about) => {
        if (isExempt(about.object.metadata)) return [];
        const found = foreignVariable(about.object, names);
        if (found === undefined) return [];
        const known = complete ? "does not declare" : "declares nowhere that this tree shows";
        return [
          {
            about,
            message: `${nameOf(about.object)} holds ${found}, which Kustomization ${one.name} would replace and ${known}`,
            ...(complete ? {} : { severity: "warning" as const }),
          },
        ];
      });
    });

const isExempt = (metadata: Loose | { readonly annotations?: unknown }): boolean =>
  textIn(mappingAt(metadata.annotations)[annotation]) === "disabled";

/** What can be wrong with substitution. */
export const substitutionRules: readonly TreeRule[] = [
  {
    code: "FL3108",
    severity: "error",
    why: "Substitution reads every text of every object. A shell variable in a script or a template of Fluent Bit or Grafana is replaced, or, when it is not declared, makes the whole Kustomization fail since Flux 2.9.",
    check: eaten,
  },
];
