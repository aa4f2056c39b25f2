import { apiGroupOf, type FluxKustomization } from "../../tree/kustomizations.ts";
import { mappingAt, textIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { fluxRoots } from "./root.ts";

interface SourceRef {
  readonly kind: string;
  readonly key: string;
}

const refOf = ({ object, spec }: FluxKustomization): SourceRef | undefined => {
  const { kind, name, namespace } = mappingAt(spec.sourceRef);
  if (typeof kind !== "string" || typeof name !== "string") return undefined;
  return { kind, key: `${textIn(namespace) ?? object.metadata.namespace ?? "default"}/${name}` };
};

const sourceOf = ({ kind, key }: SourceRef, { objects }: Subject): TreeObject | undefined =>
  objects.find(
    ({ object }) =>
      object.kind === kind && apiGroupOf(object).startsWith("source.") && `${object.metadata.namespace ?? "default"}/${object.metadata.name}` === key,
  );

const withoutSource = (subject: Subject): Objection[] =>
  subject.kustomizations.flatMap((about) => {
    const ref = refOf(about);
    if (ref === undefined) return [{ about, message: `Kustomization ${about.name} names no source` }];
    // The source of a FluxInstance is made by its operator and in no tree.
    const made = fluxRoots(subject.objects).some(({ key, sourceKind }) => key === ref.key && sourceKind === ref.kind);
    if (made || sourceOf(ref, subject) !== undefined) return [];
    return [{ about, message: `Kustomization ${about.name} takes from ${ref.kind} ${ref.key}, which is not in this tree` }];
  });

const folderMissing = ({ kustomizations }: Subject): Objection[] =>
  kustomizations
    .filter(({ folder }) => folder === undefined)
    .map((about) => ({ about, message: `Kustomization ${about.name} applies ${about.path || "./"}, which this tree does not hold` }));

const leftOut = (subject: Subject): Objection[] =>
  subject.kustomizations.flatMap((about) => {
    const ref = refOf(about);
    const source = ref === undefined ? undefined : sourceOf(ref, subject);
    if (source === undefined) return [];
    const why = excludedBy(mappingAt(source.object, "spec"), about.path);
    return why === undefined
      ? []
      : [{ about, message: `Kustomization ${about.name} applies ${about.path}, which its ${source.object.kind} leaves out: ${why}` }];
  });

/** Why a source does not hold a folder: it checks out others only, or ignores it. */
const excludedBy = (source: Readonly<Record<string, unknown>>, path: string): string | undefined => {
  const sparse = Array.isArray(source.sparseCheckout) ? source.sparseCheckout.map((one) => trimmed(String(one))) : [];
  if (sparse.length > 0 && !sparse.some((folder) => holds(folder, path))) return `it checks out ${sparse.join(", ")}`;
  const ignored = ignoredBy(textIn(source.ignore) ?? "", path);
  return ignored === undefined ? undefined : `it ignores ${ignored}`;
};

/** The line that ignores a folder as a whole; the last that speaks of it decides, as in .gitignore. */
const ignoredBy = (lines: string, path: string): string | undefined => {
  let ignored: string | undefined;
  for (const line of lines.split("\n").map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const keeps = line.startsWith("!");
    const pattern = trimmed(line.replace(/^!/, "").replace(/\/\*{1,2}$/, ""));
    const speaks = everything.has(pattern) || holds(pattern, path) || (keeps && holds(path, pattern));
    if (speaks) ignored = keeps ? undefined : line;
  }
  return ignored;
};

const everything = new Set(["", "*", "**"]);
const trimmed = (path: string): string => path.replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
const holds = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** What can be wrong between Kustomizations, their sources and their folders. */
export const sourceRules: readonly TreeRule[] = [
  {
    code: "FL3008",
    severity: "error",
    why: "Flux fetches the revision, does not find the folder, and applies nothing of this Kustomization.",
    check: folderMissing,
  },
  {
    code: "FL3109",
    severity: "error",
    why: "Without its source a Kustomization never gets a revision, and says so only in the status of the object.",
    check: withoutSource,
  },
  {
    code: "FL3110",
    severity: "error",
    why: "A source can be told to fetch only a part of the repository. A folder outside of that part does not exist for Flux, although everybody sees it in git.",
    check: leftOut,
  },
];
