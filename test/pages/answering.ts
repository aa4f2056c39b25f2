import type { ErrorTable, Failure, Input, Operation, Output, Schema } from "@fogline/contracts";
import type { Result } from "@fogline/findings";
import type { Page, Route } from "playwright-core";
import * as core from "zod/v4/core";

type Ran = Result<unknown, { code: string; message: string }>;

/** An operation with who answers it in place of its service. */
export interface Answering {
  readonly operation: Operation;
  readonly run: (request: never, call: Call) => Promise<Ran>;
}

/** Instead of an answer: it was made, and got lost on its way. */
export const lost = { ok: false, failure: { code: "", message: "" } } as never;

export interface Call {
  readonly idempotencyKey: string | null;
}

export const answering = <Name extends string, Request extends Schema, Response extends Schema, Errors extends ErrorTable>(
  operation: Operation<Name, Request, Response, Errors>,
  run: (request: Output<Request>, call: Call) => Promise<Result<Input<Response>, Failure<Errors>>>,
): Answering => ({ operation: operation as unknown as Operation, run: run as Answering["run"] });

const statusOf: Readonly<Record<string, number>> = { FL4001: 400, FL4002: 401, FL4003: 403, FL4004: 404, FL4005: 409, FL4009: 503 };

/**
 * Answers operations between the page and the hub, as their services would: the request is read as the contract says, an answer that does not fit it
 * fails the test. Those that ask for more than `role` are refused.
 */
export const answerFor = async (page: Page, role: "admin" | "user", answers: readonly Answering[]): Promise<void> => {
  await page.route("**/api/**", async (route) => {
    const asked = new URL(route.request().url());
    for (const { operation, run } of answers) {
      const params = operation.http?.method === route.request().method() ? paramsOf(operation.http.path, asked.pathname) : null;
      if (params === null) continue;
      if (operation.role === "admin" && role !== "admin")
        return problem(route, 403, "FL4003", `${operation.name} needs the role admin, this is ${role}`);
      const body = (route.request().postDataJSON() ?? {}) as object;
      const read = core.safeParse(operation.request, { ...Object.fromEntries(asked.searchParams), ...body, ...params });
      if (!read.success) {
        const errors = read.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
        return problem(route, 400, "FL4001", `the request does not fit ${operation.name}`, { errors });
      }
      const idempotencyKey = (await route.request().headerValue("idempotency-key")) ?? null;
      const answer = await run(read.data as never, { idempotencyKey });
      if (answer === lost) return route.abort();
      if (!answer.ok) return problem(route, statusOf[answer.failure.code] ?? 500, answer.failure.code, answer.failure.message);
      return route.fulfill({ json: core.parse(operation.response, answer.value) });
    }
    return route.fallback();
  });
};

const problem = (route: Route, status: number, code: string, detail: string, more: object = {}) =>
  route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify({ status, code, detail, ...more }) });

const paramsOf = (pattern: string, path: string): Record<string, string> | null => {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(given[index] ?? "");
    else if (part !== given[index]) return null;
  }
  return params;
};
