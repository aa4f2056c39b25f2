import type { HttpRoute, Schema } from "@fogline/contracts";
import type { FastifyRequest } from "fastify";
import * as core from "zod/v4/core";
import { isRecord, type Problem, pathText } from "./json.ts";
import { problemsOf } from "./parse.ts";
import { unknownKeys } from "./unknown-keys.ts";

/** Longest idempotency key. */
const keyLengthMax = 200;

/** The request of a contract as it came over HTTP: path, query and body in one object, or everything that is wrong with it. */
export const requestIn = (
  request: FastifyRequest,
  schema: Schema,
  given: Readonly<Record<string, unknown>> = request.query as Record<string, unknown>,
): { readonly value: Record<string, unknown> } | { readonly problems: readonly Problem[] } => {
  const body: unknown = request.body ?? {};
  if (!isRecord(body)) return { problems: [{ path: "", message: "the body is not a JSON object" }] };
  const query = { ...given };
  const path = { ...(request.params as Record<string, unknown>) };
  const conflicts = [
    ...conflictsOf("path", path, "body", body),
    ...conflictsOf("path", path, "query", query),
    ...conflictsOf("query", query, "body", body),
  ];
  const value = { ...query, ...body, ...path };
  const unknown = unknownKeys(schema, value);
  const parsed = core.safeParse(schema, value);
  const misfits = parsed.success ? [] : problemsOf(parsed.error.issues.filter(({ code }) => code !== "unrecognized_keys"));
  const problems = [...conflicts, ...unknown, ...misfits, ...unstorable(value, [])];
  return problems.length > 0 ? { problems } : { value };
};

/** Deeper values are refused where they are sent on. */
const depthMax = 64;

/** Texts with a NUL character, names of fields included: no database of the hub can hold one, and nobody means it. */
const unstorable = (value: unknown, path: readonly PropertyKey[]): Problem[] => {
  if (typeof value === "string") return value.includes("\0") ? [{ path: pathText(path), message: "the text has a NUL character" }] : [];
  if (typeof value !== "object" || value === null || path.length > depthMax) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => unstorable(item, [...path, index]));
  return Object.entries(value).flatMap(([key, part]) => [...unstorable(key, path), ...unstorable(part, [...path, key])]);
};

const conflictsOf = (from: string, first: Readonly<Record<string, unknown>>, to: string, second: Readonly<Record<string, unknown>>): Problem[] =>
  Object.keys(first)
    .filter((key) => Object.hasOwn(second, key) && !isSameScalar(first[key], second[key]))
    .map((key) => ({ path: key, message: `the ${from} and the ${to} name different values`, remedy: `Leave "${key}" out of the ${to}.` }));

/** The path and the query are text, so `7` in a body is the `7` of a path. */
const isSameScalar = (a: unknown, b: unknown): boolean => [a, b].every((one) => typeof one !== "object") && String(a) === String(b);

/** The idempotency key, undefined when there is none; a problem when it cannot be one. */
export const idempotencyKeyIn = (request: FastifyRequest): { readonly key?: string } | { readonly problems: readonly Problem[] } => {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return {};
  if (typeof key === "string" && key.length > 0 && key.length <= keyLengthMax) return { key };
  return { problems: [{ path: "Idempotency-Key", message: `the header has between 1 and ${keyLengthMax} characters`, remedy: "Send a UUID." }] };
};

const requestIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's request id when it is one, else a new one. */
export const requestIdIn = (headers: FastifyRequest["headers"]): string => {
  const given = headers["x-request-id"];
  return typeof given === "string" && requestIdPattern.test(given) ? given : crypto.randomUUID();
};

/** Methods whose request may have a body. */
export const takesBody = ({ method }: HttpRoute): boolean => method !== "GET" && method !== "DELETE";
