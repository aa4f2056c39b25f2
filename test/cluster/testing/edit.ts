import type { KubernetesObject } from "@fogline/manifests";

/** Keys of mappings and indexes of lists, from the outside in. */
export type Path = readonly (string | number)[];

/** An object with one place changed; `undefined` takes away what is there. Lists close the gap. */
export const edited = <Value = KubernetesObject>(value: Value, [first, ...rest]: Path, by: unknown): Value => {
  if (first === undefined) return by as Value;
  if (Array.isArray(value)) {
    const list = value.map((item, index) => (index === Number(first) ? edited(item, rest, by) : item));
    return (by === undefined && rest.length === 0 ? list.filter((_, index) => index !== Number(first)) : list) as Value;
  }
  const mapping = { ...(value as Record<string, unknown>) };
  if (by === undefined && rest.length === 0) delete mapping[first];
  else mapping[first] = edited(mapping[first] ?? {}, rest, by);
  return mapping as Value;
};

/** The value at a path; `undefined` where there is none. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[key] : undefined), value);

export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
