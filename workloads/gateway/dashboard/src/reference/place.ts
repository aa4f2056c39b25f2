import type { Reference } from "./document.ts";

/** What the page shows, and what of it the address names. */
export type Place =
  | { readonly kind: "start" }
  | { readonly kind: "area"; readonly area: string; readonly target: string | null }
  | { readonly kind: "records"; readonly target: string | null }
  | { readonly kind: "codes"; readonly target: string | null }
  | { readonly kind: "unknown"; readonly hash: string };

/** The name of an area in an address: `Live feeds` is `live-feeds`. */
export const areaId = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

/** Where a hash leads: `#tasks.create` to an operation, `#tasks` to its area, `#NodeRecord` to a record, `#FL4004` to a code. */
export const placeOf = (reference: Reference, hash: string): Place => {
  const target = decodeURIComponent(hash.replace(/^#/, ""));
  if (target === "" || target === "start") return { kind: "start" };
  if (target === "records" || target === "codes") return { kind: target, target: null };
  const operation = reference.operation(target);
  if (operation !== undefined) return { kind: "area", area: operation.tags[0], target };
  const area = reference.areas.find(({ name }) => areaId(name) === target);
  if (area !== undefined) return { kind: "area", area: area.name, target: null };
  if (reference.record(target) !== undefined) return { kind: "records", target };
  if (reference.codes.some(([code]) => code === target)) return { kind: "codes", target };
  return { kind: "unknown", hash: target };
};
