import type { Schema } from "@fogline/contracts";
import { nearest } from "@fogline/findings";
import * as core from "zod/v4/core";
import { isRecord, type Problem, pathText } from "./json.ts";

/**
 * Keys that a schema does not know, also where it is not strict and at any depth, each with the nearest known name. For what people write;
 * between machines unknown keys are dropped instead.
 */
export const unknownKeys = (schema: Schema, value: unknown): readonly Problem[] => walk(schema, value, []);

const walk = (schema: core.$ZodType, value: unknown, path: readonly PropertyKey[]): Problem[] => {
  if (value === undefined || value === null) return [];
  if (schema instanceof core.$ZodObject) return walkObject(schema, value, path);
  if (schema instanceof core.$ZodArray) {
    return Array.isArray(value) ? value.flatMap((item: unknown, index) => walk(schema._zod.def.element, item, [...path, index])) : [];
  }
  if (schema instanceof core.$ZodRecord) {
    const { valueType } = schema._zod.def;
    return isRecord(value) ? Object.entries(value).flatMap(([key, part]) => walk(valueType, part, [...path, key])) : [];
  }
  if (schema instanceof core.$ZodUnion) return walkUnion(schema._zod.def.options, value, path);
  if (schema instanceof core.$ZodIntersection) return walkIntersection(schema, value, path);
  if (schema instanceof core.$ZodLazy) return walk(schema._zod.innerType, value, path);
  const { innerType, in: input } = schema._zod.def as { innerType?: core.$ZodType; in?: core.$ZodType };
  const inner = innerType ?? input;
  return inner === undefined ? [] : walk(inner, value, path);
};

const walkObject = (schema: core.$ZodObject, value: unknown, path: readonly PropertyKey[]): Problem[] => {
  if (!isRecord(value)) return [];
  const { catchall } = schema._zod.def;
  const shape = schema._zod.def.shape as Readonly<Record<string, core.$ZodType>>;
  const open = catchall !== undefined && !(catchall instanceof core.$ZodNever);
  return Object.entries(value).flatMap(([key, part]) => {
    const field = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (field !== undefined) return walk(field, part, [...path, key]);
    return open ? walk(catchall, part, [...path, key]) : [unknownKey(key, Object.keys(shape), path)];
  });
};

const unknownKey = (key: string, known: readonly string[], path: readonly PropertyKey[]): Problem => {
  const meant = nearest(key, known);
  return {
    path: pathText([...path, key]),
    message: `there is no field "${key}"`,
    remedy: meant === undefined ? `Remove it. Fields: ${known.join(", ") || "none"}.` : `Did you mean "${meant}"?`,
  };
};

/** Of a union, the options that fit the value decide; when none fits, the one with the fewest unknown keys, which was probably meant. */
const walkUnion = (options: readonly core.$ZodType[], value: unknown, path: readonly PropertyKey[]): Problem[] => {
  const walked = options.map((option) => ({ fits: core.safeParse(option, value).success, problems: walk(option, value, path) }));
  const candidates = walked.some(({ fits }) => fits) ? walked.filter(({ fits }) => fits) : walked;
  return candidates.map(({ problems }) => problems).reduce((best, next) => (next.length < best.length ? next : best), candidates[0]?.problems ?? []);
};

/** Of an intersection, a key is unknown when neither side knows it. */
const walkIntersection = (schema: core.$ZodIntersection, value: unknown, path: readonly PropertyKey[]): Problem[] => {
  const { left, right } = schema._zod.def;
  const unknownRight = new Set(walk(right, value, path).map((problem) => problem.path));
  return walk(left, value, path).filter((problem) => unknownRight.has(problem.path));
};
