import { createHubClient, type HubClientOptions } from "../client.ts";

/** A request as the network saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What the network does with a request: an answer, or nobody there. */
export type Step = Response | Error | ((seen: Seen) => Response | Promise<Response>);

export const json = (value: unknown, init: ResponseInit = {}): Response =>
  new Response(JSON.stringify(value), { ...init, headers: { "content-type": "application/json", ...(init.headers as Record<string, string>) } });

export const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Response =>
  json(
    { type: `docs/errors.md#${code.toLowerCase()}`, title: "no", status, code, detail: `it is ${code}`, instance: "r-1", ...more },
    { status, headers },
  );

export const nobody = (): Error => new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });

/** A client whose network does one step after the other, and whose waits are written down instead of waited for. */
export const wire = (steps: Step[], options: Partial<HubClientOptions> = {}) => {
  const seen: Seen[] = [];
  const waits: number[] = [];
  const client = createHubClient({
    url: "http://hub.test",
    chance: () => 1,
    wait: async (delayMs, signal) => {
      signal?.throwIfAborted();
      waits.push(delayMs);
    },
    fetch: async (input, init) => {
      const url = new URL(String(input));
      const { method = "GET", headers, body } = init ?? {};
      const request = {
        method,
        path: `${url.pathname}${url.search}`,
        headers: headers as Record<string, string>,
        body: typeof body === "string" ? (JSON.parse(body) as unknown) : undefined,
      };
      seen.push(request);
      init?.signal?.throwIfAborted();
      const step = steps.shift() ?? nobody();
      if (step instanceof Error) throw step;
      return typeof step === "function" ? step(request) : step;
    },
    ...(options.tokens === undefined ? { token: "t" } : {}),
    ...options,
  });
  return { client, seen, waits };
};
