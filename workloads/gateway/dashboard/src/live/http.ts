/** What is not right with one field of a request, and what would be. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

export interface Refusal {
  readonly ok: false;
  /** 0 when nobody answered. */
  readonly status: number;
  readonly message: string;
  /** Of the fields of the request, where the hub named them. */
  readonly fields: readonly FieldProblem[];
}

/** An answer of the hub, or why there is none. */
export type Answer<T> = { readonly ok: true; readonly value: T } | Refusal;

const timeoutMsDefault = 8_000;

export interface AskOptions {
  readonly timeoutMs?: number;
  /** Makes repeating the request safe: the hub answers a second one like the first. */
  readonly idempotencyKey?: string;
}

/** Asks the hub. The header tells that the request comes from this page and not from another site's form. */
export const ask = async <T>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  { timeoutMs = timeoutMsDefault, idempotencyKey }: AskOptions = {},
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
    if (response.ok) return { ok: true, value: (response.status === 204 ? undefined : await response.json()) as T };
    return { ok: false, status: response.status, ...(await problemIn(response)) };
  } catch {
    return { ok: false, status: 0, message: "the hub does not answer", fields: [] };
  }
};

/** The sentence, code and fields of a problem (RFC 9457). */
const problemIn = async (response: Response): Promise<Pick<Refusal, "message" | "fields">> => {
  const fallback = `the hub answered ${response.status}`;
  try {
    const { detail, code, errors } = (await response.json()) as { detail?: unknown; code?: unknown; errors?: unknown };
    const fields = Array.isArray(errors) ? (errors as FieldProblem[]) : [];
    if (typeof detail !== "string") return { message: fallback, fields };
    return { message: typeof code === "string" ? `${detail} (${code})` : detail, fields };
  } catch {
    // Not a problem of ours; its status says what there is to say.
    return { message: fallback, fields: [] };
  }
};
