import { type Code, codes } from "@fogline/findings";
import type { FastifyReply } from "fastify";
import type { AnyFailure } from "./failure.ts";
import type { Problem } from "./json.ts";

/** The body of every error over HTTP: RFC 9457 problem details with the documented code, and the request's id to find it in the logs. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: Code;
  readonly detail: string;
  readonly instance: string;
  /** Every fault of a request that does not fit. */
  readonly errors?: readonly Problem[];
  /** The facts behind the failure, where the operation declares some. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

const statusUnlessSaid = 500;

/** The HTTP status of a code. */
export const statusOf = (code: Code): number => {
  const entry: { readonly title: string; readonly status?: number } = codes[code];
  return entry.status ?? statusUnlessSaid;
};

/** The problem of a failure. `requestId` becomes its `instance`. */
export const problemOf = ({ error, code, message, fields }: Omit<AnyFailure, "error"> & { error?: string }, requestId: string): ProblemDetails => {
  const problems = error === "refusedRequest" && Array.isArray(fields.problems) ? (fields.problems as readonly Problem[]) : undefined;
  return {
    type: `docs/errors.md#${code.toLowerCase()}`,
    title: codes[code].title,
    status: statusOf(code),
    code,
    detail: message,
    instance: requestId,
    ...(problems === undefined ? {} : { errors: problems }),
    ...(problems === undefined && Object.keys(fields).length > 0 ? { fields } : {}),
  };
};

/** Answers with a problem; 401 says how to sign in. */
export const sendProblem = (reply: FastifyReply, problem: ProblemDetails): FastifyReply => {
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(problem.status).header("cache-control", "no-store").type("application/problem+json").send(JSON.stringify(problem));
};
