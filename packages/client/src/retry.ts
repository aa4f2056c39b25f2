import type { Idempotency } from "@fogline/contracts";
import type { FoglineError } from "@fogline/findings";

/** Waits so long; rejects when the signal aborts first. */
export type Wait = (delayMs: number, signal?: AbortSignal) => Promise<void>;

export const waitReally: Wait = (delayMs, signal) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, delayMs);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });

const firstDelayMs = 500;
const longestDelayMs = 15_000;
/** Longer than this a caller is told to wait instead of being kept waiting. */
const patienceMs = 30_000;

/** Up to 0.5 s after the first failure, twice as much after each further one: by chance, so that many clients do not come back together. */
export const backoffMs = (failures: number, chance: number): number =>
  Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures - 1, 10)) * (0.5 + chance / 2);

/** The seconds of `Retry-After`, in milliseconds. The header's other form, a date, is not what a hub sends. */
export const retryAfterMs = (headers: Headers | undefined): number | undefined => {
  const given = headers?.get("retry-after");
  return given !== null && given !== undefined && /^\d{1,6}$/.test(given) ? Number(given) * 1_000 : undefined;
};

/** A call that failed. */
export interface Failed {
  readonly error: FoglineError;
  /** 0 when nobody answered. */
  readonly status: number;
  readonly headers?: Headers | undefined;
}

/**
 * How long to wait before the call is made again; undefined when it must not be. Repeated are calls that nobody answered or that met a 503, where
 * twice is as good as once, and any call that was refused because too many came: that one was not acted on.
 */
export const delayBeforeNext = (
  { error, status, headers }: Failed,
  idempotency: Idempotency,
  failures: number,
  chance: number,
): number | undefined => {
  const asked = retryAfterMs(headers);
  if (asked !== undefined && asked > patienceMs) return undefined;
  if (status === 429) return error.code === "FL4007" && asked !== undefined ? asked : undefined;
  if ((status !== 0 && status !== 503) || idempotency === "none") return undefined;
  return Math.max(asked ?? 0, backoffMs(failures, chance));
};
