import { type Loose, mappingAt, textIn } from "../../tree/loose.ts";
import type { SchemaProblem } from "../schema.ts";
import type { Format } from "./formats.ts";

/** A mapping inside an object, and where it stands there, with dots. */
export interface At {
  readonly value: Loose;
  readonly path: string;
}

export type Problem = SchemaProblem;

/** Looks at one part of an object. What has the wrong type is the schema's to refuse, and is passed over. */
export type Rule = (at: At) => Problem[];

const joined = (path: string, key: string | number): string => (path === "" ? String(key) : `${path}.${key}`);

export const pathOf = ({ path }: At, ...keys: readonly (string | number)[]): string => keys.reduce<string>(joined, path);

/** The mapping at a key; empty where there is none. */
export const inside = (at: At, ...keys: readonly string[]): At => ({ value: mappingAt(at.value, ...keys), path: pathOf(at, ...keys) });

/** Whether something was written there. A null is nothing: the API server reads it so. */
export const has = ({ value }: At, key: string): boolean => value[key] !== undefined && value[key] !== null;

/** The mappings in the list at a key, each with its own place. */
export const itemsIn = (at: At, key: string): At[] => {
  const list = at.value[key];
  return (Array.isArray(list) ? list : []).flatMap((item: unknown, index) =>
    typeof item === "object" && item !== null && !Array.isArray(item) ? [{ value: item as Loose, path: pathOf(at, key, index) }] : [],
  );
};

/** The list at a key; empty where there is none. */
export const listIn = ({ value }: At, key: string): readonly unknown[] => {
  const list = value[key];
  return Array.isArray(list) ? list : [];
};

export const problem = (at: At, key: string, message: string): Problem[] => {
  const path = key === "" ? at.path : pathOf(at, key);
  return [{ path, message: `${path} ${message}` }];
};

/** What is between `${` and `}` Flux puts in before anything reads it. */
const isSubstituted = (text: string): boolean => text.includes("${");

/** What a format has against a text. */
export const formatted = (text: string, path: string, format: Format): Problem[] => {
  const wrong = isSubstituted(text) ? undefined : format(text);
  return wrong === undefined ? [] : [{ path, message: `${path} is ${JSON.stringify(text)}: ${wrong}` }];
};

/** The text at a key, where there is one, in its format. */
export const text = (at: At, key: string, format: Format): Problem[] => {
  const value = textIn(at.value[key]);
  return value === undefined ? [] : formatted(value, pathOf(at, key), format);
};

/** Each text of the list at a key. */
export const texts = (at: At, key: string, format: Format): Problem[] =>
  listIn(at, key).flatMap((value, index) => (typeof value === "string" ? formatted(value, pathOf(at, key, index), format) : []));

/** The same for a text that must be there. */
export const neededText = (at: At, key: string, format: Format = () => undefined): Problem[] =>
  !has(at, key) || at.value[key] === "" ? problem(at, key, "is missing") : text(at, key, format);

/** The number at a key, where there is one, within its bounds. */
export const number = (
  at: At,
  key: string,
  { min = 0, max = Number.POSITIVE_INFINITY }: { readonly min?: number; readonly max?: number } = {},
): Problem[] => {
  const value = at.value[key];
  if (typeof value !== "number" || (value >= min && value <= max)) return [];
  return problem(at, key, `is ${value}, and must be ${max === Number.POSITIVE_INFINITY ? `${min} or more` : `from ${min} to ${max}`}`);
};

/** What stands more than once among things that must differ. */
export const repeated = <Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | undefined,
  say: (item: Item, key: string) => Problem[],
): Problem[] => {
  const seen = new Set<string>();
  return items.flatMap((item) => {
    const key = keyOf(item);
    if (key === undefined) return [];
    if (seen.has(key)) return say(item, key);
    seen.add(key);
    return [];
  });
};

/** Exactly one of several fields, as a choice is written in Kubernetes. */
export const oneOf = (at: At, keys: readonly string[]): Problem[] => {
  const given = keys.filter((key) => has(at, key));
  if (given.length === 1) return [];
  return problem(at, "", given.length === 0 ? `says none of ${keys.join(", ")}` : `says ${given.join(" and ")}, and only one is taken`);
};
