/** An answer of the hub, or why there is none. `status` is 0 when nobody answered. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: number; readonly message: string };

const timeoutMs = 8_000;

/** Asks the hub. An access token that has ended is exchanged once, and the question repeated. */
export const ask = async <T>(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer<T>> => {
  const askedAtMs = Date.now();
  const first = await askOnce<T>(method, path, body);
  if (first.ok || first.status !== 401 || path === "/api/auth/signin") return first;
  return (await refreshed(askedAtMs)) ? askOnce<T>(method, path, body) : first;
};

let refreshedAtMs = 0;

/** Exchanges the refresh token unless that was done since the question was asked. One tab at a time, where the browser has locks. */
const refreshed = (sinceMs: number): Promise<boolean> => {
  const exchange = async (): Promise<boolean> => {
    if (refreshedAtMs > sinceMs) return true;
    const { ok } = await askOnce("POST", "/api/auth/refresh", {});
    if (ok) refreshedAtMs = Date.now();
    return ok;
  };
  return navigator.locks === undefined ? exchange() : navigator.locks.request("fogline-session", exchange);
};

/** The header tells that the request comes from this page and not from another site's form. */
const askOnce = async <T>(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer<T>> => {
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
