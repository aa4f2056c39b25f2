import type { Session } from "@fogline/contracts";
import { noteTokens, renewed } from "./renewal.ts";

/** What is not right with one field of a request, and what would be. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

export interface Refused {
  readonly ok: false;
  /** 0 when nobody answered. */
  readonly status: number;
  readonly message: string;
  /** The documented code of the problem, where it has one. */
  readonly code: string | null;
  /** Of the fields of the request, where the hub named them. */
  readonly fields: readonly FieldProblem[];
}

/** An answer of the hub, or why there is none. */
export type Answer<T> = { readonly ok: true; readonly value: T } | Refused;

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const signInPath = "/api/auth/signin";
const timeoutMsDefault = 8_000;

export interface AskOptions {
  readonly timeoutMs?: number;
  /** Makes repeating the request safe: the hub answers a second one like the first. */
  readonly idempotencyKey?: string;
}

/** Asks the hub. An access token that has ended is renewed and the question repeated once, so nobody is signed out in the middle of something. */
export const ask = async <T>(method: Method, path: string, body?: unknown, options: AskOptions = {}): Promise<Answer<T>> => {
  const askedAtMs = Date.now();
  const first = await askOnce<T>(method, path, body, options);
  if (first.ok || first.status !== 401 || path === signInPath) return first;
  const renewal = await renewed(askedAtMs);
  if (renewal === "renewed") return askOnce<T>(method, path, body, options);
  return renewal === "refused" ? first : unanswered;
};

const unanswered: Refused = { ok: false, status: 0, message: "the hub does not answer", code: null, fields: [] };

/** The header x-fogline-request tells that the request comes from this page and not from another site's form. */
const askOnce = async <T>(
  method: Method,
  path: string,
  body: unknown,
  { timeoutMs = timeoutMsDefault, idempotencyKey }: AskOptions,
): Promise<Answer<T>> => {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        accept: "application/json",
        "x-fogline-request": "page",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return { ok: false, status: response.status, ...(await problemIn(response)) };
    const value: unknown = response.status === 204 ? undefined : await response.json();
    if (path === signInPath) noteTokens((value as Session).accessExpiresAtMs, response.headers.get("date"));
    return { ok: true, value: value as T };
  } catch {
    return unanswered;
  }
};

/** The sentence, code and fields of a problem (RFC 9457). */
const problemIn = async (response: Response): Promise<Pick<Refused, "message" | "code" | "fields">> => {
  const fallback = { message: `the hub answered ${response.status}`, code: null, fields: [] };
  try {
    const { detail, code, errors } = (await response.json()) as { detail?: unknown; code?: unknown; errors?: unknown };
    const fields = Array.isArray(errors) ? (errors as FieldProblem[]) : [];
    if (typeof detail !== "string") return { ...fallback, fields };
    return typeof code === "string" ? { message: `${detail} (${code})`, code, fields } : { message: detail, code: null, fields };
  } catch {
    // Not a problem of ours; its status says what there is to say.
    return fallback;
  }
};
