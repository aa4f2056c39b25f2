import { type JSONSchema, registry, toJSONSchema } from "zod/v4/core";
import type { Schema } from "../kernel/declaration.ts";
import { comments } from "./comments.ts";
import { components } from "./components.ts";

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 holds it. */
export type JsonSchema = JSONSchema.BaseSchema;
export type ObjectSchema = JsonSchema & { readonly properties: Readonly<Record<string, JsonSchema>>; readonly required?: readonly string[] };

/** The schemas of a document: what each request and answer is, and the records that they name. */
export interface Schemas {
  /** What a sender may write: defaults may be left out, unknown keys are refused. `path` leads to its comments. */
  request(schema: Schema, path: string): JsonSchema;
  /** What a receiver gets: defaults are there, and unknown keys may come with a newer hub. */
  answer(schema: Schema, path: string): JsonSchema;
  /** The schema that a reference of this document names, or the schema itself. */
  resolve(schema: JsonSchema): JsonSchema;
  /** Every record that was named so far, and what those name, sorted. */
  named(): Readonly<Record<string, JsonSchema>>;
}

const place = "#/components/schemas/";
const nameIn = (reference: string): string => reference.slice(place.length);

export const schemasOf = (requests: readonly Schema[], answers: readonly Schema[]): Schemas => {
  const written = convert(requests, "input");
  const read = convert(answers, "output");
  // A record that reads as it is written has one name. One that does not, and is both, is written under a name of its own.
  const readNames = new Set(answers.flatMap((schema) => namesBelow(read.of(schema), read.named)));
  const same = (name: string): boolean => JSON.stringify(written.named[name]) === JSON.stringify(read.named[name]);
  const writtenName = (name: string): string => (readNames.has(name) && !same(name) ? `${name}Input` : name);
  const used = new Map<string, JsonSchema>();
  const use = (schema: JsonSchema, from: Converted, rename: (name: string) => string): JsonSchema =>
    mapReferences(schema, (name) => {
      const called = rename(name);
      if (!used.has(called)) {
        used.set(called, {});
        used.set(called, use(withComments(from.named[name] ?? {}, name), from, rename));
      }
      return called;
    });
  return {
    request: (schema, path) => use(withComments(written.of(schema), path), written, writtenName),
    answer: (schema, path) => use(withComments(read.of(schema), path), read, (name) => name),
    resolve: (schema) => (schema.$ref === undefined ? schema : (used.get(nameIn(schema.$ref)) ?? {})),
    named: () => Object.fromEntries([...used].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
};

interface Converted {
  of(schema: Schema): JsonSchema;
  readonly named: Readonly<Record<string, JsonSchema>>;
}

const convert = (schemas: readonly Schema[], io: "input" | "output"): Converted => {
  const named = registry<{ id: string }>();
  for (const [id, schema] of Object.entries(components)) named.add(schema, { id });
  // What has no name gets one here only to be found again.
  for (const [index, schema] of schemas.entries()) if (!named.has(schema)) named.add(schema, { id: `unnamed.${index}` });
  const { schemas: converted } = toJSONSchema(named, {
    io,
    unrepresentable: "any",
    metadata: named,
    uri: (id) => `${place}${id}`,
    override: ({ zodSchema, jsonSchema }) => {
      if (isWrittenFlag(zodSchema)) Object.assign(jsonSchema, { type: "boolean", ...defaultOf(zodSchema) });
      if (jsonSchema.type !== "object" || jsonSchema.properties === undefined) return;
      if (io === "input") jsonSchema.additionalProperties ??= false;
      else if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  const plain = Object.fromEntries(
    Object.entries(converted as Record<string, JsonSchema>).map(([id, { $schema: _, $id: __, id: ___, ...schema }]) => [id, schema]),
  );
  const of = (schema: Schema): JsonSchema => {
    const id = named.get(schema)?.id ?? "";
    return id in components ? { $ref: `${place}${id}` } : (plain[id] ?? {});
  };
  return { of, named: plain };
};

/** A flag that a query writes as text: "true" and "false" are how OpenAPI writes a boolean there. */
const isWrittenFlag = (schema: Schema): boolean => {
  const { type, out, innerType } = schema._zod.def as { type: string; out?: Schema; innerType?: Schema };
  if (type === "default" && innerType !== undefined) return isWrittenFlag(innerType);
  return type === "pipe" && out?._zod.def.type === "boolean";
};

const defaultOf = (schema: Schema): { readonly default?: unknown } => {
  const { type, defaultValue } = schema._zod.def as { type: string; defaultValue?: unknown };
  return type === "default" ? { default: defaultValue } : {};
};

const mapReferences = (schema: JsonSchema, rename: (name: string) => string): JsonSchema =>
  mapObjects(schema, (part) => (typeof part.$ref === "string" ? { ...part, $ref: `${place}${rename(nameIn(part.$ref))}` } : part)) as JsonSchema;

/** Every object within a value, changed from the outside inwards. */
const mapObjects = (value: unknown, change: (part: Record<string, unknown>) => Record<string, unknown>): unknown => {
  if (Array.isArray(value)) return value.map((part) => mapObjects(part, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(change(value as Record<string, unknown>)).map(([key, part]) => [key, mapObjects(part, change)]));
};

const namesBelow = (schema: JsonSchema, named: Converted["named"], seen: Set<string> = new Set()): string[] => {
  mapReferences(schema, (name) => {
    if (!seen.has(name)) {
      seen.add(name);
      namesBelow(named[name] ?? {}, named, seen);
    }
    return name;
  });
  return [...seen];
};

/** What fields of these names are, in requests and answers of every list, unless the contract says more. */
const usual: Readonly<Record<string, string>> = {
  "request.limit": "How many at most.",
  "request.after": "The `next` of the page before; the first page without it.",
  "response.next": "The `after` of the next page; null on the last one.",
};

const commentOf = (path: string): string | undefined => comments[path] ?? usual[path.split(".").slice(-2).join(".")];

/** A copy in which everything that a comment speaks of has it as description. Lists and alternatives are part of the path that leads to them. */
const withComments = (schema: JsonSchema, path: string): JsonSchema => {
  const description = commentOf(path);
  const { properties, items, anyOf, oneOf, ...rest } = schema;
  const alternatives = (options: readonly JsonSchema[]) => options.map((option) => withoutOwn(option, path));
  return {
    ...rest,
    ...(description === undefined ? {} : { description }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, withComments(part as JsonSchema, `${path}.${key}`)])),
        }),
    ...(items === undefined ? {} : { items: withoutOwn(items as JsonSchema, path) }),
    ...(anyOf === undefined ? {} : { anyOf: alternatives(anyOf as JsonSchema[]) }),
    ...(oneOf === undefined ? {} : { oneOf: alternatives(oneOf as JsonSchema[]) }),
  } as JsonSchema;
};

/** The comment of a field speaks of the whole, so its items and alternatives do not say it again. */
const withoutOwn = (schema: JsonSchema, path: string): JsonSchema => without(withComments(schema, path), commentOf(path));
const without = (schema: JsonSchema, description: string | undefined): JsonSchema => {
  if (description === undefined || schema.description !== description) return schema;
  const { description: _, ...rest } = schema;
  return rest;
};
