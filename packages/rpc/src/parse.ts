import type { Output, Schema } from "@fogline/contracts";
import * as core from "zod/v4/core";
import { isRecord, type Problem, pathText } from "./json.ts";

export type Parsed<Value> = { readonly value: Value } | { readonly problems: readonly Problem[] };

/**
 * Parses what another machine sent. Unknown keys are dropped even where the schema is strict, so that a newer sender can talk to an older
 * receiver; everything else that does not fit is reported, all at once.
 */
export const parseDroppingUnknown = <S extends Schema>(schema: S, value: unknown): Parsed<Output<S>> => {
  const first = core.safeParse(schema, value);
  if (first.success) return { value: first.data };
  const { issues } = first.error;
  if (!issues.some(isUnrecognized)) return { problems: problemsOf(issues) };
  const stripped = structuredClone(value);
  for (const issue of issues) {
    if (!isUnrecognized(issue)) continue;
    const owner = at(stripped, issue.path);
    if (isRecord(owner)) for (const key of issue.keys) delete owner[key];
  }
  const second = core.safeParse(schema, stripped);
  return second.success ? { value: second.data } : { problems: problemsOf(second.error.issues) };
};

/** What is wrong, as path and sentence. */
export const problemsOf = (issues: readonly core.$ZodIssue[]): readonly Problem[] =>
  issues.map(({ path, message }) => ({ path: pathText(path), message }));

const isUnrecognized = (issue: core.$ZodIssue): issue is core.$ZodIssueUnrecognizedKeys => issue.code === "unrecognized_keys";

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (owner, key) => (typeof owner === "object" && owner !== null ? (owner as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
