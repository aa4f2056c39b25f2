import type { Output, Schema } from "@fogline/contracts";
import { type Code, codes, type Finding, FoglineError, textOf } from "@fogline/findings";
import { safeParse } from "zod/v4/core";

/** Remedies that fit where the client runs. */
export interface Remedies {
  /** When the hub does not answer. */
  readonly unreachable?: string;
  /** When the hub answers something that its contract does not declare. */
  readonly incompatible?: string;
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly title?: string;
  readonly instance?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly { readonly path: string; readonly message: string; readonly remedy?: string }[];
}

/**
 * The error that an answer with a failing status is. Its code is the hub's; a code that this client is too old to know becomes FL4011, with the
 * code in the message. `fields` are the facts behind it and the `requestId`.
 */
export const errorIn = async (response: Response): Promise<FoglineError> => {
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  const told = problem?.detail ?? problem?.title ?? `the hub answered ${response.status}`;
  const known = problem?.code !== undefined && Object.hasOwn(codes, problem.code);
  const code = (known ? problem.code : "FL4011") as Code;
  const requestId = problem?.instance ?? response.headers.get("x-request-id");
  return new FoglineError(code, known || problem?.code === undefined ? told : `${told} (${problem.code})`, {
    fields: { ...problem?.fields, ...(requestId === null ? {} : { requestId }) },
    findings: (problem?.errors ?? []).map(({ path, message, remedy }): Finding => {
      const finding = { code, severity: "error", message, place: { path } } as const;
      return remedy === undefined ? finding : { ...finding, remedy };
    }),
  });
};

/** The error of a request that got no answer. */
export const unreachable = (hub: string, thrown: unknown, { unreachable: remedy }: Remedies): FoglineError => {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  return new FoglineError("FL4009", `the hub at ${hub} does not answer: ${textOf(cause)}`, {
    remedy: remedy ?? "See that the hub runs and that its address is right.",
    cause: thrown,
  });
};

/** What the hub sent, as the contract declares it. Keys that only a newer hub knows are dropped. Throws FL4011 for anything else. */
export const parsed = <S extends Schema>(schema: S, value: unknown, name: string, { incompatible }: Remedies): Output<S> => {
  const first = safeParse(schema, value);
  if (first.success) return first.data;
  const newer = first.error.issues.filter((issue) => issue.code === "unrecognized_keys");
  const known = structuredClone(value);
  for (const { path, keys } of newer) {
    const owner = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], known);
    for (const key of keys) delete (owner as Record<string, unknown>)[key];
  }
  const second = newer.length > 0 ? safeParse(schema, known) : first;
  if (second.success) return second.data;
  throw new FoglineError("FL4011", `the hub answered something that ${name} does not declare: ${second.error.message}`, {
    remedy: incompatible ?? "Use the client of the hub's version.",
  });
};
