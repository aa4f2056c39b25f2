/** An answer of the hub, or why there is none. `status` is 0 when nobody answered. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: number; readonly message: string };

const timeoutMs = 8_000;

/** Asks the hub. The header tells that the request comes from this page and not from another site's form. */
export const ask = async <T>(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer<T>> => {
  try {
    const response = await fetch(path, {
      method,
      headers: { accept: "application/json", "x-fogline-request": "page", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.ok) return { ok: true, value: (response.status === 204 ? undefined : await response.json()) as T };
    return { ok: false, status: response.status, message: await problemIn(response) };
  } catch {
    return { ok: false, status: 0, message: "the hub does not answer" };
  }
};

/** The sentence and code of a problem (RFC 9457). */
const problemIn = async (response: Response): Promise<string> => {
  try {
    const { detail, code } = (await response.json()) as { detail?: unknown; code?: unknown };
    if (typeof detail === "string") return typeof code === "string" ? `${detail} (${code})` : detail;
  } catch {
    // Not a problem of ours; its status says what there is to say.
  }
  return `the hub answered ${response.status}`;
};
