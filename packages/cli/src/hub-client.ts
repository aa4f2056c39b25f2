import { readFileSync } from "node:fs";
import { join } from "node:path";
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
  readonly token: string;
}

/** Where the hub is and how to be let in: options, then FOGLINE_URL and FOGLINE_TOKEN, then the local hub's data folder. */
export const hubAddress = (
  options: { readonly url?: string; readonly data?: string },
  environment: Readonly<Record<string, string | undefined>>,
  dataFolder: string,
): HubAddress => {
  const url = options.url ?? environment.FOGLINE_URL ?? localUrl(dataFolder);
  const token = environment.FOGLINE_TOKEN ?? read(join(dataFolder, "admin.token"))?.trim();
  if (token === undefined) {
    throw new FoglineError("FL4002", `no hub has run here: ${dataFolder} holds no token, and FOGLINE_TOKEN is not set`, {
      remedy: "start the hub here with `npm start`, or set FOGLINE_TOKEN and FOGLINE_URL",
    });
  }
  return { url, token };
};

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

const localUrl = (dataFolder: string): string => read(join(dataFolder, "hub.url"))?.trim() ?? "http://127.0.0.1:3000";

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
    const query =
      method === "GET"
        ? `?${new URLSearchParams(Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]))))}`
        : "";
    const response = await fetch(`${url}${route}${query}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
        ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
      },
      ...(method === "GET" ? {} : { body: JSON.stringify(fields) }),
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
