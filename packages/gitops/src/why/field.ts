/** A field of an object, found by what a person wrote. */
export interface FoundField {
  /** Keys and indices from the object down. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/**
 * The field that a path names: keys with dots between them; an item of a list by its number, or by its `name`. A leading part may be left out
 * where the rest says enough: `containers.agent.image` is looked for below the object wherever it is, the first by depth.
 */
export const fieldAt = (object: object, path: string): FoundField | undefined => {
  const words = path
    .replaceAll(/\[([^\]]+)\]/g, ".$1")
    .split(".")
    .filter((word) => word !== "");
  if (words.length === 0) return undefined;
  let level: FoundField[] = [{ path: [], value: object }];
  while (level.length > 0) {
    for (const start of level) {
      const found = descend(start, words);
      if (found !== undefined) return found;
    }
    level = level.flatMap(children);
  }
  return undefined;
};

/** The same field of another object, by keys and numbers alone. */
export const valueAt = (object: unknown, path: FoundField["path"]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined),
    object,
  );

const descend = (start: FoundField, words: readonly string[]): FoundField | undefined => {
  let at: FoundField | undefined = start;
  for (let used = 0; used < words.length && at !== undefined; ) {
    // Keys may have dots themselves, as labels do: the longest that exists is meant.
    const next: { readonly field: FoundField; readonly words: number } | undefined = longest(at, words.slice(used));
    at = next?.field;
    used += next?.words ?? 1;
  }
  return at;
};

const longest = ({ path, value }: FoundField, words: readonly string[]) => {
  for (let count = words.length; count > 0; count--) {
    const word = words.slice(0, count).join(".");
    if (Array.isArray(value)) {
      const index = /^\d+$/.test(word) ? Number(word) : value.findIndex((item) => (Object(item) as { name?: unknown }).name === word);
      if (index >= 0 && index < value.length) return { field: { path: [...path, index], value: value[index] }, words: count };
    } else if (typeof value === "object" && value !== null && Object.hasOwn(value, word)) {
      return { field: { path: [...path, word], value: (value as Record<string, unknown>)[word] }, words: count };
    }
  }
  return undefined;
};

const children = ({ path, value }: FoundField): FoundField[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).map(([key, item]) => ({ path: [...path, Array.isArray(value) ? Number(key) : key], value: item }))
    : [];
