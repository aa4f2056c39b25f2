import { type Finding, nearest } from "@fogline/findings";
import type { FleetDocument, Path } from "../document.ts";
import { type FleetCode, finding } from "../report.ts";

/** One thing that a fleet file must not have. Every finding it returns carries its code. */
export interface FleetRule {
  readonly code: FleetCode;
  readonly check: (document: FleetDocument) => readonly Finding[];
}

/** A rule over the whole fleet. It says nothing when a file could not be read: what it would miss may be in there. */
export const rule = (code: FleetCode, check: FleetRule["check"]): FleetRule => ({
  code,
  check: (document) => (document.readable ? check(document) : []),
});

/** One use of a name, or nothing where the value is absent or has the wrong type. */
export interface Use {
  readonly name: string;
  readonly path: Path;
}

/** A rule that every used name is among the known ones, naming the nearest. */
export const reference = (
  code: FleetCode,
  what: string,
  usesOf: (document: FleetDocument) => readonly Use[],
  knownIn: (document: FleetDocument) => readonly string[],
): FleetRule =>
  rule(code, (document) => {
    const known = knownIn(document);
    const set = new Set(known);
    return usesOf(document)
      .filter(({ name }) => !set.has(name))
      .map(({ name, path }) => {
        const meant = nearest(name, known);
        const shown = known.length > 20 ? `${known.slice(0, 20).join(", ")} and ${known.length - 20} more` : known.join(", ");
        const remedy = meant === undefined ? `Known: ${shown || "none"}.` : `Write ${meant}.`;
        return finding(code, `there is no ${what} ${name}`, document.placeOf(path), { value: name, remedy });
      });
  });

/** A rule's findings without repetitions of one place: what a range states once is told once. */
export const oncePerPath = <Case extends { readonly path: Path }>(cases: Iterable<Case>): Case[] => {
  const seen = new Set<string>();
  return [...cases].filter(({ path }) => {
    const id = JSON.stringify(path);
    return seen.has(id) ? false : seen.add(id) !== undefined;
  });
};
