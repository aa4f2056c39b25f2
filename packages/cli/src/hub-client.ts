import type { Input, Operation, Output, Schema } from "@fogline/contracts";
import { type Code, codes, FoglineError, textOf } from "@fogline/findings";
import { safeParse } from "zod/v4/core";

/** Calls a running hub over HTTP as its contracts declare it. */
export interface HubClient {
  call<Request extends Schema, Response extends Schema>(
    operation: Operation<string, Request, Response>,
    request: Input<Request>,
    options?: { readonly idempotencyKey?: string },
  ): Promise<Output<Response>>;
}

export interface HubAddress {
  readonly url: string;
  /** Absent for what anybody may ask. */
  readonly token: string | (() => Promise<string>) | undefined;
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly title?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string; readonly remedy?: string }[];
}

/** A client for one hub. Failures are thrown as FoglineError with the code that the hub answered. */
export const hubClient = ({ url, token }: HubAddress): HubClient => ({
  call: async (operation, request, options = {}) => {
    if (operation.http === undefined) throw new Error(`${operation.name} has no HTTP route`);
    const { method, path } = operation.http;
    const fields: Record<string, unknown> = { ...(request as object) };
    const route = path.replaceAll(/:(\w+)/g, (_, name: string) => {
      const value = String(fields[name]);
      delete fields[name];
      return encodeURIComponent(value);
    });
    const hasBody = method !== "GET" && method !== "DELETE";
    const query =
      !hasBody && Object.keys(fields).length > 0
        ? `?${new URLSearchParams(Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]))))}`
        : "";
    const bearer = typeof token === "function" ? await token() : token;
    const response = await fetch(`${url}${route}${query}`, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
      },
      ...(hasBody ? { body: JSON.stringify(fields) } : {}),
      signal: AbortSignal.timeout(operation.timeoutMs + 5_000),
    }).catch((cause: unknown) => {
      throw new FoglineError("FL4009", `the hub at ${url} does not answer: ${textOf((cause as Error).cause ?? cause)}`, {
        remedy: "start it with `npm start`, or name another with --url",
        cause,
      });
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw problemOf(response.status, body as Problem | undefined);
    const parsed = safeParse(operation.response, body);
    if (parsed.success) return parsed.data;
    throw new FoglineError("FL4011", `the hub at ${url} answered something that ${operation.name} does not declare: ${parsed.error.message}`, {
      remedy: "use the `fogline` of the hub's version",
    });
  },
});

const problemOf = (status: number, problem: Problem | undefined): FoglineError => {
  const code = (problem?.code !== undefined && problem.code in codes ? problem.code : "FL4011") as Code;
  const message = problem?.detail ?? problem?.title ?? `the hub answered ${status}`;
  const details = (problem?.errors ?? []).map(({ path, message: text, remedy }) => ({
    code,
    severity: "error" as const,
    message: text,
    place: { path },
    ...(remedy === undefined ? {} : { remedy }),
  }));
  return new FoglineError(code, message, { findings: details });
};
