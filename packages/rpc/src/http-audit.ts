import type { Operation } from "@fogline/contracts";
import { type Code, fail, type Result } from "@fogline/findings";
import type { FastifyRequest } from "fastify";
import type { AnyFailure } from "./failure.ts";
import { statusOf } from "./http-problem.ts";
import type { Principal } from "./wire.ts";

/** A change that somebody asks for over HTTP: what an audit says of it before it is known how it goes. */
export interface Change {
  readonly requestId: string;
  readonly principal: Principal;
  /** The address that the request came from. */
  readonly address: string;
  /** The operation, like `nodes.drain`. */
  readonly operation: string;
  /** What it is done to; null when the request names nothing. */
  readonly target: string | null;
  /** What the operation's name does not say. */
  readonly detail?: string;
}

/** How far a change is: `attempted` before it is made; the others are its end. */
export type Outcome = "attempted" | "done" | "refused" | "failed";

/** Where changes are written down. */
export interface Audit {
  /** Resolves when the entry is committed; rejects when it cannot be. */
  record(change: Change, outcome: Outcome, answer?: { readonly status: number; readonly code: Code | null }): Promise<void>;
}

const done = { status: 200, code: null } as const;

/** How an answer counts: what a caller can mend is a refusal, anything else a failure. */
export const outcomeOf = (answer: Result<unknown, Pick<AnyFailure, "code">>) => {
  if (answer.ok) return { outcome: "done", answer: done } as const;
  const { code } = answer.failure;
  const status = statusOf(code);
  return { outcome: status < 500 ? "refused" : "failed", answer: { status, code } } as const;
};

const unwritten = (message: string): AnyFailure => ({ error: "unreachable", code: "FL4009", message, fields: {} });

/**
 * Makes a change between its two entries. It is not made when the attempt cannot be written, and its answer is given only when its end is
 * written: nothing that happened is missing in the audit.
 */
export const audited = async (
  audit: Audit,
  change: Change,
  run: () => Promise<Result<unknown, AnyFailure>>,
): Promise<Result<unknown, AnyFailure>> => {
  try {
    await audit.record(change, "attempted");
  } catch {
    return fail(
      unwritten("changes are refused while the audit cannot be written; see the log and the disk of the gateway's database, then try again"),
    );
  }
  const result = await run();
  const { outcome, answer } = outcomeOf(result);
  try {
    await audit.record(change, outcome, answer);
  } catch {
    return fail(unwritten(`${change.operation} was asked for, but how it ended could not be written to the audit; look before you try again`));
  }
  return result;
};

/** Parameters of a path that name no thing but prove something. */
const proving = /token|secret|code|password|key/i;
/** Fields of a request that name what it is about, the first one first. */
const naming = ["id", "name", "node"] as const;
const targetLengthMax = 200;

/** What a request is about: the parameters of its path, else its id, name or node. */
export const targetOf = (parameters: unknown, fields: Readonly<Record<string, unknown>> = {}): string | null => {
  const inPath = Object.entries((parameters ?? {}) as Record<string, unknown>)
    .filter(([name, value]) => typeof value === "string" && !proving.test(name))
    .map(([, value]) => String(value));
  const named = naming.map((name) => fields[name]).find((value) => typeof value === "string" && value !== "");
  const target = inPath.length > 0 ? inPath.join("/") : named;
  return typeof target === "string" ? target.slice(0, targetLengthMax) : null;
};

/** Whether an operation is a change: what is safe leaves no entry. */
export const isChange = (contract: { readonly kind: string; readonly idempotency?: Operation["idempotency"] }): boolean =>
  contract.kind === "operation" && contract.idempotency !== "safe";

/** A change as a request asks for it. */
export const changeOf = (request: FastifyRequest, principal: Principal, operation: string, target: string | null): Change => ({
  requestId: String(request.headers["x-request-id"] ?? request.id),
  principal,
  address: request.ip,
  operation,
  target,
});
