import { equal, type Fields, isFields, textOf } from "./lookup.ts";

/** A field that a change sets, alters or takes away. */
export interface FieldChange {
  /** `spec.template.spec.containers[gateway].image`; items of a list by their name where they have one. */
  readonly path: string;
  /** As short text; absent where the field was not there, or must not be shown. */
  readonly before?: string;
  readonly after?: string;
}

/** Paths of one object that are listed at most. */
const FIELDS_MAX = 200;
const VALUE_CHARACTERS_MAX = 80;

/** What differs between two objects, sorted by path. Values of secrets are never shown. */
export const changedFields = (before: Fields, after: Fields): readonly FieldChange[] => {
  const changes: FieldChange[] = [];
  compare(before, after, "", changes);
  const hidden = before.kind === "Secret" || after.kind === "Secret";
  return changes
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .slice(0, FIELDS_MAX)
    .map((change) => (hidden || isSecret(change.path) ? { path: change.path } : change));
};

/** Variables and fields that are called like something secret: what a person put there by mistake must not get into a comment as well. */
const isSecret = (path: string): boolean => /(pass(word|phrase)?|secret|token|credential|private|api_?key)[a-z_\]-]*(\.value)?$/i.test(path);

const compare = (before: unknown, after: unknown, path: string, changes: FieldChange[]): void => {
  if (equal(before, after)) return;
  if (isFields(before) && isFields(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) compare(before[key], after[key], below(path, key), changes);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(before, after, path, changes);
    return;
  }
  changes.push({ path, ...(before === undefined ? {} : { before: shown(before) }), ...(after === undefined ? {} : { after: shown(after) }) });
};

const below = (path: string, key: string): string => {
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${path}["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
};

/** Items with names are the same thing when they have the same name, wherever they stand; others are compared by position. */
const compareLists = (before: readonly unknown[], after: readonly unknown[], path: string, changes: FieldChange[]): void => {
  const [old, now] = [byName(before), byName(after)];
  if (old === undefined || now === undefined) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) compare(before[index], after[index], `${path}[${index}]`, changes);
    return;
  }
  const found = changes.length;
  for (const name of new Set([...old.keys(), ...now.keys()])) compare(old.get(name), now.get(name), `${path}[${name}]`, changes);
  // The same items in another order are another list to the server.
  if (changes.length === found) changes.push({ path, before: [...old.keys()].join(", "), after: [...now.keys()].join(", ") });
};

const byName = (items: readonly unknown[]): ReadonlyMap<string, unknown> | undefined => {
  const named = new Map<string, unknown>();
  for (const item of items) {
    const name = isFields(item) ? textOf(item.name) : undefined;
    if (name === undefined || named.has(name)) return undefined;
    named.set(name, item);
  }
  return named;
};

const shown = (value: unknown): string => {
  const text = (typeof value === "string" ? value : (JSON.stringify(redacted(value)) ?? "")).replaceAll(/\/\/[^/@\s]+@/g, "//...@");
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}...` : text;
};

/** A whole block that comes or goes: what in it is called like something secret, or is the value of such a variable, is left out. */
const redacted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(redacted);
  if (!isFields(value)) return value;
  const secretVariable = isSecret(textOf(value.name) ?? "");
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, isSecret(key) || (secretVariable && key === "value") ? "..." : redacted(field)]),
  );
};
