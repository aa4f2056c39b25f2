// Stryker disable all: this judges the declarations; its own tests say that it judges rightly.
import { safeParse } from "zod/v4/core";
import type { Schema } from "../kernel/declaration.ts";

/** Stands for a field that is not there. */
export const absent: unique symbol = Symbol("absent");

/** What one field takes and refuses, as values at the edges. */
export interface FieldRow {
  /** Values that come out as they went in; `absent` stays absent. */
  readonly takes?: readonly unknown[];
  /** Values that are refused with an issue at this field and nowhere else. */
  readonly refuses?: readonly unknown[];
  /** What comes out when the field is absent. */
  readonly fills?: unknown;
  /** Pairs of what goes in and what comes out of it. */
  readonly reads?: readonly (readonly [unknown, unknown])[];
  /** What the refusal says. */
  readonly says?: string;
}

/** Fields by their path: `gpu.model`, `networkInterfaces.0.name`. */
export type FieldTable = Readonly<Record<string, FieldRow>>;

/** Each difference between a schema and its table as a sentence; none when the schema takes and refuses exactly what the table says. */
export const faults = (schema: Schema, sample: object, table: FieldTable, keys: "strict" | "loose" = "loose"): string[] => [
  ...sampleFaults(schema, sample),
  ...tableFaults(schema, sample, table),
  ...unknownKeyFaults(schema, sample, keys),
  ...Object.entries(table).flatMap(([field, row]) => rowFaults(schema, sample, field, row)),
];

const sampleFaults = (schema: Schema, sample: object): string[] => {
  const parsed = safeParse(schema, sample);
  if (!parsed.success) return [`the sample is refused: ${text(parsed.error.issues)}`];
  return same(parsed.data, sample) ? [] : [`the sample comes out as ${text(parsed.data)}`];
};

/** The table must speak of every field that the schema has, and of no other. */
const tableFaults = (schema: Schema, sample: object, table: FieldTable): string[] => {
  const { shape } = schema._zod.def as { shape?: object };
  const declared = Object.keys(shape ?? sample).toSorted();
  const told = [...new Set(Object.keys(table).map((field) => field.split(".")[0] ?? ""))].toSorted();
  return same(declared, told) ? [] : [`fields are ${declared.join(" ")}, the table tells ${told.join(" ")}`];
};

const unknownKeyFaults = (schema: Schema, sample: object, keys: "strict" | "loose"): string[] => {
  const parsed = safeParse(schema, { ...sample, neverHeardOf: 1 });
  if (keys === "loose") return parsed.success && same(parsed.data, sample) ? [] : ["an unknown key is not dropped"];
  if (parsed.success) return ["an unknown key is taken"];
  return parsed.error.issues.some(({ code, message }) => code === "unrecognized_keys" && message.includes("neverHeardOf"))
    ? []
    : ["an unknown key is refused without its name"];
};

const rowFaults = (schema: Schema, sample: object, field: string, row: FieldRow): string[] => {
  const reads = [...(row.takes ?? []).map((value) => [value, value] as const), ...(row.reads ?? [])];
  if ("fills" in row) reads.push([absent, row.fills]);
  return [
    ...reads.flatMap(([value, expected]) => readFaults(schema, withField(sample, field, value), field, expected)),
    ...(row.refuses ?? []).flatMap((value) => refusalFaults(schema, withField(sample, field, value), field, value, row.says)),
  ];
};

const readFaults = (schema: Schema, input: unknown, field: string, expected: unknown): string[] => {
  const parsed = safeParse(schema, input);
  if (!parsed.success) return [`${field} refuses ${text(fieldOf(input, field))}: ${text(parsed.error.issues)}`];
  const got = fieldOf(parsed.data, field);
  return same(got, expected) ? [] : [`${field} comes out as ${text(got)}, not ${text(expected)}`];
};

const refusalFaults = (schema: Schema, input: unknown, field: string, value: unknown, says: string | undefined): string[] => {
  const parsed = safeParse(schema, input);
  if (parsed.success) return [`${field} takes ${text(value)}`];
  const elsewhere = parsed.error.issues.filter(({ path }) => !`${path.join(".")}.`.startsWith(`${field}.`));
  if (elsewhere.length > 0) return [`${field} as ${text(value)} is refused elsewhere: ${text(elsewhere)}`];
  const said = says === undefined || parsed.error.issues.some(({ message }) => message.includes(says));
  return said ? [] : [`${field} as ${text(value)} is refused with ${text(parsed.error.issues)}`];
};

const withField = (sample: unknown, field: string, value: unknown): unknown => changedAt(sample, field.split("."), value);

/** A copy of `owner` in which the value at the path is another one. */
const changedAt = (owner: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown => {
  const copy = (Array.isArray(owner) ? [...owner] : { ...(owner as object) }) as Record<string, unknown>;
  if (rest.length > 0) copy[key] = changedAt(copy[key], rest, value);
  else if (value === absent) delete copy[key];
  else copy[key] = value;
  return copy;
};

const fieldOf = (value: unknown, field: string): unknown => {
  const path = field.split(".");
  const last = path.pop() ?? "";
  const owner = path.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, value as Record<string, unknown>);
  return last in owner ? owner[last] : absent;
};

const text = (value: unknown): string => (typeof value === "symbol" ? "nothing" : (JSON.stringify(value) ?? String(value)).slice(0, 200));
const same = (a: unknown, b: unknown): boolean => (typeof a === "symbol" || typeof b === "symbol" ? a === b : canonical(a) === canonical(b));

/** Text of a value in which the order of keys does not matter. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? "undefined";
