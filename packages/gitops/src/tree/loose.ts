/**
 * Readers for objects whose schema nobody has checked yet, as they come from hand-edited files: what has the wrong shape reads as absent, so
 * that a rule neither throws nor judges what the schema already refuses.
 */
export type Loose = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Loose => typeof value === "object" && value !== null && !Array.isArray(value);

/** The mapping at a key path; empty where there is none. */
export const mappingAt = (value: unknown, ...path: readonly string[]): Loose => {
  let at: unknown = value;
  for (const key of path) at = isMapping(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return isMapping(at) ? at : {};
};

/** The mappings in a list; empty where there is no list. */
export const mappingsIn = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.filter(isMapping) : []);

/** The text, or nothing. */
export const textIn = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** The number, or nothing. */
export const numberIn = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** The entries of a mapping whose values are text. */
export const textsIn = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(mappingAt(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
