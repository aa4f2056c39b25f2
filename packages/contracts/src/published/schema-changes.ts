import type { PublishedSchema } from "./publish.ts";

/** A difference between two versions of a contract. `error`: what was built against the older one can fail; `warning`: it may be surprised. */
export interface Change {
  readonly severity: "error" | "warning";
  /** Name of the contract, then where in it: `tasks.create request.command[]`. */
  readonly path: string;
  readonly message: string;
}

/** `sent`: the older side writes it and the newer one reads it. `received`: the newer side writes it and the older one reads it. */
export type Direction = "sent" | "received";

/**
 * How a schema changed for the side that keeps the older version. What is sent must be taken as before: nothing narrower, nothing new that is
 * required. What is received must keep every field; more values than before are only a warning, because a receiver meets them rarely and
 * knows unknown values are possible.
 */
export const schemaChanges = (path: string, before: PublishedSchema, after: PublishedSchema, direction: Direction): readonly Change[] => {
  const [older, newer] = [variants(before), variants(after)];
  const common = [...older.keys()].filter((key) => newer.has(key));
  return [
    ...variantChanges(path, older, newer, direction),
    ...common.flatMap((key) => variantPairChanges(inside(path, key), older.get(key), newer.get(key), direction)),
    ...defaultChanges(path, before, after, direction),
  ];
};

type Variants = ReadonlyMap<string, PublishedSchema>;

/** The alternatives of a schema by what tells them apart: the type of their value, and for objects the value that marks the variant. */
const variants = (schema: PublishedSchema): Variants => {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return new Map(alternatives.flatMap((alternative) => [...variants(alternative as PublishedSchema)]));
  // Zod writes a nullable value without bounds as a list of types, which its own typing of JSON Schema does not know.
  const types = [schema.type ?? "anything"].flat() as string[];
  const mark = Object.entries(schema.properties ?? {}).find(([, value]) => typeof value === "object" && value.const !== undefined);
  const suffix = mark === undefined ? "" : ` with ${mark[0]} ${JSON.stringify((mark[1] as PublishedSchema).const)}`;
  return new Map(types.map((type) => [`${type === "integer" ? "number" : type}${suffix}`, { ...schema, type } as PublishedSchema]));
};

const variantChanges = (path: string, older: Variants, newer: Variants, direction: Direction): Change[] => {
  const [kept, given] = direction === "sent" ? [newer, older] : [older, newer];
  if (kept.has("anything")) return [];
  const added = [...given.keys()].filter((key) => !kept.has(key));
  return added.map((key) =>
    direction === "sent"
      ? error(path, `no longer takes ${key}`)
      : { severity: key.includes(" with ") ? "warning" : "error", path, message: `may now be ${key}` },
  );
};

const variantPairChanges = (
  path: string,
  before: PublishedSchema | undefined,
  after: PublishedSchema | undefined,
  direction: Direction,
): readonly Change[] => {
  if (before === undefined || after === undefined) return [];
  return [
    ...rangeChanges(path, before, after, direction),
    ...choiceChanges(path, before, after, direction),
    ...formChanges(path, before, after, direction),
    ...propertyChanges(path, before, after, direction),
    ...nestedChanges(`${path}[]`, before.items, after.items, direction),
    ...nestedChanges(`${path}.*`, before.additionalProperties, after.additionalProperties, direction),
    ...nestedChanges(`${path} keys`, before.propertyNames, after.propertyNames, direction),
  ];
};

const nestedChanges = (path: string, before: unknown, after: unknown, direction: Direction): readonly Change[] =>
  isSchema(before) && isSchema(after) ? schemaChanges(path, before, after, direction) : [];

const lowerBounds = ["minimum", "exclusiveMinimum", "minLength", "minItems"] as const;
const upperBounds = ["maximum", "exclusiveMaximum", "maxLength", "maxItems"] as const;

const rangeChanges = (path: string, before: PublishedSchema, after: PublishedSchema, direction: Direction): Change[] => {
  // What must hold for no change: the side that reads takes at least what the other side may write.
  const [reads, writes] = direction === "sent" ? [after, before] : [before, after];
  const lower = lowerBounds.filter((bound) => (reads[bound] ?? -Infinity) > (writes[bound] ?? -Infinity));
  const upper = upperBounds.filter((bound) => (reads[bound] ?? Infinity) < (writes[bound] ?? Infinity));
  const whole = reads.type === "integer" && writes.type === "number" ? ["type" as const] : [];
  return [...lower, ...upper, ...whole].map((bound) =>
    outOfRange(path, `${bound} changed from ${before[bound] ?? "none"} to ${after[bound] ?? "none"}`, direction),
  );
};

const choiceChanges = (path: string, before: PublishedSchema, after: PublishedSchema, direction: Direction): Change[] => {
  const [older, newer] = [choices(before), choices(after)];
  const [reads, writes] = direction === "sent" ? [newer, older] : [older, newer];
  if (reads === undefined) return [];
  if (writes === undefined) return [outOfRange(path, direction === "sent" ? "takes only some values now" : "may now be any value", direction)];
  const added = writes.filter((value) => !reads.includes(value));
  return added.map((value) => outOfRange(path, `${direction === "sent" ? "no longer takes" : "may now be"} ${JSON.stringify(value)}`, direction));
};

const choices = ({ enum: listed, const: only }: PublishedSchema): readonly unknown[] | undefined =>
  listed ?? (only === undefined ? undefined : [only]);

const formChanges = (path: string, before: PublishedSchema, after: PublishedSchema, direction: Direction): Change[] => {
  const reads = direction === "sent" ? after : before;
  const changed = (["pattern", "format"] as const).filter((form) => before[form] !== after[form] && reads[form] !== undefined);
  return changed.map((form) => outOfRange(path, `${form} changed from ${before[form] ?? "none"} to ${after[form] ?? "none"}`, direction));
};

const propertyChanges = (path: string, before: PublishedSchema, after: PublishedSchema, direction: Direction): readonly Change[] => {
  const [older, newer] = [before.properties ?? {}, after.properties ?? {}];
  const removed = Object.keys(older).filter((name) => !(name in newer));
  const demanded = (after.required ?? []).filter((name) => !before.required?.includes(name));
  const freed = (before.required ?? []).filter((name) => name in newer && !after.required?.includes(name));
  const changed = Object.keys(older).filter((name) => name in newer);
  const closed = direction === "sent" && after.additionalProperties === false && before.additionalProperties !== false;
  return [
    ...(closed ? [error(path, "refuses unknown keys now")] : []),
    ...removed.map((name) => error(`${path}.${name}`, "was removed")),
    ...(direction === "sent"
      ? demanded.map((name) => error(`${path}.${name}`, name in older ? "is required now" : "is new and required"))
      : freed.map((name) => error(`${path}.${name}`, "may be absent now"))),
    ...changed.flatMap((name) => nestedChanges(`${path}.${name}`, older[name], newer[name], direction)),
  ];
};

const defaultChanges = (path: string, before: PublishedSchema, after: PublishedSchema, direction: Direction): Change[] => {
  const [older, newer] = [JSON.stringify(before.default), JSON.stringify(after.default)];
  if (direction === "received" || older === undefined || newer === undefined || older === newer) return [];
  return [{ severity: "warning", path, message: `the default changed from ${older} to ${newer}` }];
};

const isSchema = (value: unknown): value is PublishedSchema => typeof value === "object" && value !== null;
const inside = (path: string, key: string): string => (key.includes(" with ") ? `${path} (${key})` : path);
const error = (path: string, message: string): Change => ({ severity: "error", path, message });
const outOfRange = (path: string, message: string, direction: Direction): Change => ({
  severity: direction === "sent" ? "error" : "warning",
  path,
  message,
});
