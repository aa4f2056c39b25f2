import type { KubernetesObject } from "@fogline/manifests";
import fc from "fast-check";
import { edited, isMapping, type Path, valueAt } from "./edit.ts";
import { kindOf } from "./example-trees.ts";
import { placeOf } from "./place.ts";

/** An object after edits that may have made it bad. */
export interface Case {
  /** `apps/v1/Deployment spec.replicas: -1`. */
  readonly title: string;
  readonly kind: string;
  /** Where it was edited last, without the numbers of list items. */
  readonly place: string;
  /** What was put there; `undefined` where something was taken away. */
  readonly by: unknown;
  readonly object: KubernetesObject;
}

/** The path of every value of an object, but for those that decide whose object it is and where it is sent. */
const pathsIn = (object: KubernetesObject): Path[] => {
  const below = (value: unknown, path: Path): Path[] =>
    typeof value !== "object" || value === null
      ? [path]
      : [path, ...Object.entries(value).flatMap(([key, member]) => below(member, [...path, Array.isArray(value) ? Number(key) : key]))];
  const fixed = new Set(["", "apiVersion", "kind", "metadata", "metadata.namespace"]);
  return below(object, []).filter((path) => !fixed.has(path.join(".")));
};

const texts = ["", " ", "-x", "x_y", "1GiB", "/abs", "*", "5", "../x", "a..b", "\u00e9", "a".repeat(64), "a".repeat(300)];
const numbers = [-1, 0, 1, 70_000, 2 ** 31, 1e15];
const keys = ["not valid/x/y", "", "a".repeat(70), "example.com/allowed", "colour"];

/** What is put in a value's place: values that somebody may take for right, of the same type and of others. */
const replacements = (value: unknown): unknown[] => {
  const anyway = [undefined, null];
  if (typeof value === "string") return [...anyway, ...texts, 7];
  if (typeof value === "number") return [...anyway, ...numbers, "many"];
  if (typeof value === "boolean") return [...anyway, !value, "yes"];
  if (Array.isArray(value)) return [...anyway, [], [...value, ...value.slice(0, 1)], [...value, null], "alone"];
  return isMapping(value) ? [...anyway, {}, ...keys.map((key) => ({ ...value, [key]: "x" })), []] : anyway;
};

const brief = (value: unknown): string => (value === undefined ? "taken away" : (JSON.stringify(value) ?? "").slice(0, 60));

const caseOf = (object: KubernetesObject, path: Path, by: unknown): Case => {
  const place = placeOf(path.join("."));
  return { title: `${kindOf(object)} ${place}: ${brief(by)}`, kind: kindOf(object), place, by, object: edited(object, path, by) };
};

/** Places that all kinds share, or all that make pods, are edited in one of them. */
const scopeOf = (kind: string, place: string): string => {
  const pod = place.replace(/^.*template\.spec\./, "pod ");
  return pod !== place ? pod : /^metadata\.(labels|annotations)/.test(place) ? place : `${kind} ${place}`;
};

/** Every edit of every place of these objects, in the first object of each kind that has the place. */
export const everyEdit = (objects: readonly KubernetesObject[]): Case[] => {
  const seen = new Set<string>();
  return objects.flatMap((object) =>
    pathsIn(object).flatMap((path) => {
      const value = valueAt(object, path);
      const scope = `${scopeOf(kindOf(object), placeOf(path.join(".")))} ${Array.isArray(value) ? "list" : typeof value}`;
      if (seen.has(scope)) return [];
      seen.add(scope);
      return replacements(value).map((by) => caseOf(object, path, by));
    }),
  );
};

/** Edits that leave a good object good, where it has what they edit. */
const kindly = (object: KubernetesObject, { label, replicas, memory }: { label: string; replicas: number; memory: number }): KubernetesObject => {
  let better: KubernetesObject = edited(object, ["metadata", "labels", "example.com/label"], label);
  for (const path of pathsIn(object)) {
    const place = path.join(".");
    if (place === "spec.replicas") better = edited(better, path, replicas);
    if (/containers\.\d+\.resources\.limits\.memory$/.test(place)) better = edited(better, path, `${1024 + memory}Mi`);
  }
  return better;
};

/**
 * Objects that somebody has worked on: better in several places, and in up to two others changed to something that may or may not do. The same
 * for the same seed.
 */
export const workedOn = (objects: readonly KubernetesObject[], count: number): Case[] => {
  const arbitrary = fc.record({
    object: fc.constantFrom(...objects),
    better: fc.record({ label: fc.stringMatching(/^[a-z0-9]{1,12}$/), replicas: fc.nat(9), memory: fc.nat(4096) }),
    // Where and what, each as a fraction of what there is.
    edits: fc.array(fc.tuple(fc.nat(1e6), fc.nat(1e6)), { maxLength: 2 }),
  });
  return fc.sample(arbitrary, count).map(({ object, better, edits }) => {
    const start = kindly(object, better);
    const first: Case = { title: `${kindOf(object)} for the better`, kind: kindOf(object), place: "", by: "", object: start };
    return edits.reduce<Case>((before, [where, what]) => {
      const paths = pathsIn(before.object);
      const path = paths[where % paths.length] ?? [];
      const values = replacements(valueAt(before.object, path)).filter((value) => value !== null);
      const next = caseOf(before.object, path, values[what % values.length]);
      return { ...next, title: `${before.title}, ${next.title}` };
    }, first);
  });
};
