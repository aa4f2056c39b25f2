/** Differences between two values as the operations of a JSON patch (RFC 6902). */

/** One operation; the path is a JSON pointer (RFC 6901). */
export type Operation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** What makes `wanted` of `found`. Lists of equal length are compared item by item; others are replaced. Empty when they are equal. */
export const patchFor = (found: unknown, wanted: unknown, path = ""): Operation[] => {
  if (isTable(found) && isTable(wanted)) {
    return [...new Set([...Object.keys(found), ...Object.keys(wanted)])].flatMap((key): Operation[] => {
      const at = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (!Object.hasOwn(wanted, key)) return [{ op: "remove", path: at }];
      if (!Object.hasOwn(found, key)) return [{ op: "add", path: at, value: wanted[key] }];
      return patchFor(found[key], wanted[key], at);
    });
  }
  if (Array.isArray(found) && Array.isArray(wanted) && found.length === wanted.length)
    return wanted.flatMap((item, index) => patchFor(found[index], item, `${path}/${index}`));
  return Object.is(found, wanted) ? [] : [{ op: "replace", path, value: wanted }];
};
