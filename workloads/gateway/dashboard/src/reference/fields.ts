import { type JsonSchema, lastOf } from "./document.ts";

/** A part of a type's text: words, a literal, or the name of a record, which links to it. */
export type TypePart = { readonly text: string } | { readonly literal: string } | { readonly record: string };

/** A row of a table of fields. */
export interface FieldRow {
  readonly name: string;
  readonly required: boolean;
  readonly type: readonly TypePart[];
  /** Bounds and the default, each as a few words. */
  readonly bounds: readonly string[];
  readonly pattern: string | null;
  readonly description: string | null;
}

/** Deeper fields are in records of their own. */
const depthMax = 4;

/** The fields of an object, those of objects within as `outer.inner`, of lists as `list[].inner`. */
export const fieldsOf = (schema: JsonSchema, prefix = "", depth = 0): readonly FieldRow[] => {
  const required = new Set(schema.required as readonly string[] | undefined);
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const field = value as JsonSchema;
    const name = `${prefix}${key}`;
    const within = depth < depthMax ? innerOf(field) : undefined;
    return [rowOf(name, field, required.has(key)), ...(within === undefined ? [] : fieldsOf(within.schema, `${name}${within.suffix}.`, depth + 1))];
  });
};

/** The object that a field holds in place, perhaps in a list, perhaps or null. */
const innerOf = (field: JsonSchema): { readonly schema: JsonSchema; readonly suffix: string } | undefined => {
  const one = withoutNull(field);
  if (one.properties !== undefined) return { schema: one, suffix: "" };
  const items = one.items as JsonSchema | undefined;
  return items?.properties === undefined ? undefined : { schema: items, suffix: "[]" };
};

export const rowOf = (name: string, schema: JsonSchema, required: boolean): FieldRow => ({
  name,
  required,
  type: typeOf(schema),
  bounds: boundsOf(schema),
  pattern: (withoutNull(schema).pattern as string | undefined) ?? null,
  description: typeof schema.description === "string" ? schema.description : null,
});

/** The alternatives of a schema that is one of several objects; undefined for any other. */
export const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] | undefined => {
  const options = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  return options?.every(({ properties }) => properties !== undefined) ? options : undefined;
};

const isNull = ({ type }: JsonSchema): boolean => type === "null";
const optionsOf = ({ anyOf, oneOf }: JsonSchema): readonly JsonSchema[] | undefined => (anyOf ?? oneOf) as readonly JsonSchema[] | undefined;

const withoutNull = (schema: JsonSchema): JsonSchema => {
  const options = optionsOf(schema)?.filter((option) => !isNull(option));
  return options?.length === 1 ? { ...options[0], ...(schema.default === undefined ? {} : { default: schema.default }) } : schema;
};

const words: Readonly<Record<string, string>> = { integer: "whole number", boolean: "true or false", string: "text" };
const wordOf = (type: string): string => words[type] ?? type;
const or: TypePart = { text: " or " };

export const typeOf = (schema: JsonSchema): readonly TypePart[] => {
  if (schema.$ref !== undefined) return [{ record: lastOf(schema.$ref) }];
  const options = optionsOf(schema);
  if (options !== undefined) return options.flatMap((option, index) => [...(index > 0 ? [or] : []), ...typeOf(option)]);
  if (schema.enum !== undefined) return separated(schema.enum.map((value) => ({ literal: String(value) })));
  if (schema.const !== undefined) return [{ literal: String(schema.const) }];
  const { type } = schema as { type?: string | readonly string[] };
  if (Array.isArray(type)) return separated(type.map((one) => ({ text: wordOf(one) })));
  if (type === "array") return [{ text: "list of " }, ...typeOf((schema.items ?? {}) as JsonSchema)];
  if (type === "object" && schema.properties === undefined) return [{ text: "object of " }, ...typeOf(valuesOf(schema))];
  return [{ text: typeof type === "string" ? wordOf(type) : "anything" }];
};

const separated = (parts: readonly TypePart[]): TypePart[] => parts.flatMap((part, index) => (index > 0 ? [or, part] : [part]));
const valuesOf = ({ additionalProperties }: JsonSchema): JsonSchema =>
  typeof additionalProperties === "object" ? (additionalProperties as JsonSchema) : {};

const boundsOf = (outer: JsonSchema): string[] => {
  const schema = withoutNull(outer);
  const items = (schema.items ?? {}) as JsonSchema;
  return [
    ...rangeOf(schema),
    ...countOf(schema.minLength, schema.maxLength, "character"),
    ...countOf(schema.minItems, schema.maxItems, "item"),
    ...countOf(items.minLength, items.maxLength, "character").map((text) => `each ${text}`),
    ...(outer.default === undefined ? [] : [`default ${JSON.stringify(outer.default)}`]),
  ];
};

const rangeOf = ({ minimum, maximum, exclusiveMinimum }: JsonSchema): string[] => {
  // Every whole number stays below 2^53, which says nothing of this one.
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  const least = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const above = typeof exclusiveMinimum === "number" ? `above ${number(exclusiveMinimum)}` : undefined;
  if (least !== undefined && most !== undefined) return [`${number(least)} to ${number(most)}`];
  if (most !== undefined) return [above === undefined ? `at most ${number(most)}` : `${above}, at most ${number(most)}`];
  return above !== undefined ? [above] : least !== undefined ? [`at least ${number(least)}`] : [];
};

const countOf = (least: number | undefined, most: number | undefined, what: string): string[] => {
  const plural = `${what}s`;
  if (least !== undefined && most !== undefined) return [`${number(least)} to ${number(most)} ${plural}`];
  if (most !== undefined) return [`at most ${number(most)} ${plural}`];
  return least !== undefined ? [`at least ${number(least)} ${least === 1 ? what : plural}`] : [];
};

const number = (value: number): string => value.toLocaleString("en");
