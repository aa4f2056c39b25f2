import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type JSONSchema, toJSONSchema } from "zod/v4/core";
import { type Direction, schemaChanges } from "./schema-changes.ts";

const told = (direction: Direction, before: z.ZodType, after: z.ZodType): string[] => {
  const schema = (type: z.ZodType): JSONSchema.BaseSchema => toJSONSchema(type, { io: direction === "sent" ? "input" : "output" });
  return schemaChanges("it", schema(before), schema(after), direction).map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
};
const a = z.object({ a: z.string() });
const word = z.enum(["red", "green"]);
const shape = z.discriminatedUnion("kind", [z.object({ kind: z.literal("dot") }), z.object({ kind: z.literal("line"), length: z.int().min(1) })]);
const dot = z.discriminatedUnion("kind", [z.object({ kind: z.literal("dot") })]);

describe("a schema of what is sent to us", () => {
  it.each<[string, z.ZodType, z.ZodType, string[]]>([
    ["is the same", a, a, []],
    ["has a new optional field", a, a.extend({ b: z.string().optional() }), []],
    ["has a new field with a default", a, a.extend({ b: z.string().default("x") }), []],
    ["has a new required field", a, a.extend({ b: z.string() }), ["error it.b: is new and required"]],
    ["lost a field", a.extend({ b: z.string() }), a, ["error it.b: was removed"]],
    ["requires a field that was optional", z.object({ a: z.string().optional() }), a, ["error it.a: is required now"]],
    ["lets a field be absent", a, z.object({ a: z.string().optional() }), []],
    ["has another type", a, z.object({ a: z.boolean() }), ["error it.a: no longer takes string"]],
    ["takes null too", a, z.object({ a: z.string().nullable() }), []],
    ["takes null no longer", z.object({ a: z.string().nullable() }), a, ["error it.a: no longer takes null"]],
    ["takes anything now", a, z.object({ a: z.unknown() }), []],
    ["takes anything no longer", z.object({ a: z.unknown() }), a, ["error it.a: no longer takes anything"]],
    ["refuses unknown keys now", a, z.strictObject(a.shape), ["error it: refuses unknown keys now"]],
    ["refused unknown keys before", z.strictObject(a.shape), z.strictObject(a.shape), []],
    ["takes unknown keys now", z.strictObject(a.shape), a, []],
    ["lost a word", word, z.enum(["red"]), ['error it: no longer takes "green"']],
    ["has another word", word, z.enum(["red", "green", "blue"]), []],
    ["takes words only", z.string(), word, ["error it: takes only some values now"]],
    ["takes any text", word, z.string(), []],
    ["has one word where it had two", word, z.literal("red"), ['error it: no longer takes "green"']],
    [
      "has another default",
      z.object({ a: z.int().default(1) }),
      z.object({ a: z.int().default(2) }),
      ["warning it.a: the default changed from 1 to 2"],
    ],
    ["has a variant more", dot, shape, []],
    ["has a variant less", shape, dot, ['error it: no longer takes object with kind "line"']],
    [
      "has a variant that changed",
      shape,
      z.discriminatedUnion("kind", [z.object({ kind: z.literal("dot") }), z.object({ kind: z.literal("line"), length: z.int().min(2) })]),
      ['error it (object with kind "line").length: minimum changed from 1 to 2'],
    ],
    ["takes whole numbers only", z.number().min(0).max(9), z.int().min(0).max(9), ["error it: type changed from number to integer"]],
    ["takes parts of numbers too", z.int().min(0).max(9), z.number().min(0).max(9), []],
  ])("that %s", (_, before, after, expected) => {
    expect(told("sent", before, after)).toEqual(expected);
  });

  it.each<[string, z.ZodType, z.ZodType]>([
    ["minimum", z.number().min(1), z.number().min(2)],
    ["exclusiveMinimum", z.number().gt(1), z.number().gt(2)],
    ["minLength", z.string().min(1), z.string().min(2)],
    ["minItems", z.array(z.string()).min(1), z.array(z.string()).min(2)],
    ["maximum", z.number().max(2), z.number().max(1)],
    ["exclusiveMaximum", z.number().lt(2), z.number().lt(1)],
    ["maxLength", z.string().max(2), z.string().max(1)],
    ["maxItems", z.array(z.string()).max(2), z.array(z.string()).max(1)],
  ])("that narrows %s breaks; that widens it, or has it as before, does not", (bound, wide, narrow) => {
    const [from, to] = bound.toLowerCase().includes("min") ? [1, 2] : [2, 1];
    expect(told("sent", wide, narrow)).toEqual([`error it: ${bound} changed from ${from} to ${to}`]);
    expect(told("sent", narrow, wide)).toEqual([]);
    expect(told("sent", narrow, narrow)).toEqual([]);
  });

  it("that has a bound where it had none breaks", () => {
    expect(told("sent", z.string(), z.string().max(5))).toEqual(["error it: maxLength changed from none to 5"]);
    expect(told("sent", z.string().max(5), z.string())).toEqual([]);
    expect(told("sent", z.string(), z.string().regex(/^a$/))).toEqual(["error it: pattern changed from none to ^a$"]);
    expect(told("sent", z.string().regex(/^a$/), z.string())).toEqual([]);
    expect(told("sent", z.string(), z.iso.date())[0]).toBe(`error it: pattern changed from none to ${toJSONSchema(z.iso.date()).pattern}`);
    expect(told("sent", z.string(), z.iso.date())[1]).toBe("error it: format changed from none to date");
  });

  it("is looked at inside lists, records and keys of records", () => {
    expect(told("sent", z.array(z.string()), z.array(z.string().max(5)))).toEqual(["error it[]: maxLength changed from none to 5"]);
    const record = z.record(z.string(), z.string());
    expect(told("sent", record, z.record(z.string(), z.string().max(5)))).toEqual(["error it.*: maxLength changed from none to 5"]);
    expect(told("sent", record, z.record(z.string().max(5), z.string()))).toEqual(["error it keys: maxLength changed from none to 5"]);
    expect(told("sent", z.object({ a }), z.object({ a: z.object({ a: z.string().min(2) }) }))).toEqual([
      "error it.a.a: minLength changed from none to 2",
    ]);
  });
});

describe("a schema of what others receive", () => {
  it.each<[string, z.ZodType, z.ZodType, string[]]>([
    ["is the same", a, a, []],
    ["has a new field", a, a.extend({ b: z.string() }), []],
    ["lost a field", a.extend({ b: z.string() }), a, ["error it.b: was removed"]],
    ["lost an optional field", a.extend({ b: z.string().optional() }), a, ["error it.b: was removed"]],
    ["lets a field be absent", a, z.object({ a: z.string().optional() }), ["error it.a: may be absent now"]],
    ["always has a field that was optional", z.object({ a: z.string().optional() }), a, []],
    ["has another type", a, z.object({ a: z.boolean() }), ["error it.a: may now be boolean"]],
    ["may be null", a, z.object({ a: z.string().nullable() }), ["error it.a: may now be null"]],
    ["is never null now", z.object({ a: z.string().nullable() }), a, []],
    ["is known now", z.object({ a: z.unknown() }), a, []],
    ["is no longer known", a, z.object({ a: z.unknown() }), ["error it.a: may now be anything"]],
    ["lost a word", word, z.enum(["red"]), []],
    ["has another word", word, z.enum(["red", "green", "blue"]), ['warning it: may now be "blue"']],
    ["may be any text", word, z.string(), ["warning it: may now be any value"]],
    ["has a variant more", dot, shape, ['warning it: may now be object with kind "line"']],
    ["has a variant less", shape, dot, []],
    [
      "has wider bounds",
      z.number().min(1).max(2),
      z.number().min(0).max(3),
      ["warning it: minimum changed from 1 to 0", "warning it: maximum changed from 2 to 3"],
    ],
    ["has narrower bounds", z.number().min(0).max(3), z.number().min(1).max(2), []],
    ["has parts of numbers", z.int().min(0).max(9), z.number().min(0).max(9), ["warning it: type changed from integer to number"]],
    ["lost a bound", z.string().max(5), z.string(), ["warning it: maxLength changed from 5 to none"]],
    ["lost its form", z.string().regex(/^a$/), z.string(), ["warning it: pattern changed from ^a$ to none"]],
    ["has another form", z.string().regex(/^a$/), z.string().regex(/^b$/), ["warning it: pattern changed from ^a$ to ^b$"]],
    ["has another default", z.object({ a: z.int().default(1) }), z.object({ a: z.int().default(2) }), []],
  ])("that %s", (_, before, after, expected) => {
    expect(told("received", before, after)).toEqual(expected);
  });
});
