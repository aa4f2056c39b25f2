import { FoglineError } from "@fogline/findings";
import { errorIn, type Remedies, unreachable } from "./answer.ts";
import type { Credentials } from "./credentials.ts";
import type { Sent } from "./request.ts";
import type { Failed, Wait } from "./retry.ts";

/** What the parts of a client share. */
export interface Transport {
  readonly hub: string;
  readonly fetch: typeof fetch;
  readonly credentials: Credentials;
  readonly remedies: Remedies;
  readonly wait: Wait;
  readonly chance: () => number;
}

/** Sends a request once, and once more with other credentials when the first are refused. Throws what the caller's signal was aborted with. */
export const send = async (
  transport: Transport,
  sent: Sent,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly response: Response } | Failed> => {
  const { credentials, hub, remedies } = transport;
  const signals = [...(signal === undefined ? [] : [signal]), ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)])];
  const ask = async (proof: Readonly<Record<string, string>>): Promise<Response> => {
    const { url, ...init } = sent;
    return transport.fetch(url, { ...init, headers: { accept: "application/json", ...sent.headers, ...proof }, signal: AbortSignal.any(signals) });
  };
  try {
    const proof = await credentials.headers();
    let response = await ask(proof);
    if (response.status === 401 && (await credentials.renew(proof))) {
      await response.body?.cancel();
      response = await ask(await credentials.headers());
    }
    if (response.ok || response.status === 304) return { response };
    return { error: await errorIn(response), status: response.status, headers: response.headers };
  } catch (thrown) {
    signal?.throwIfAborted();
    if (thrown instanceof FoglineError) throw thrown;
    return { error: unreachable(hub, thrown, remedies), status: 0 };
  }
};
