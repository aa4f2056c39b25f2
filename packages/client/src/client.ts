import { type Input, type Operation, type Output, refreshSession, type Schema, type Stream } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { parsed, type Remedies, unreachable } from "./answer.ts";
import { type Credentials, type Tokens, type TokensOption, withCookie, withToken, withTokens } from "./credentials.ts";
import { Etags } from "./etags.ts";
import { followStream } from "./follow.ts";
import { type CallOptions, type Calls, type Groups, groupsOver } from "./groups.ts";
import { requestOf } from "./request.ts";
import { delayBeforeNext, type Wait, waitReally } from "./retry.ts";
import { send, type Transport } from "./transport.ts";

export interface HubClientOptions {
  /** Where the hub is, like `https://hub.example:3000`. */
  readonly url: string;
  /** A bearer token that stays. Without this and `tokens` the browser's session cookie is used. */
  readonly token?: string;
  /** A session, which renews itself. */
  readonly tokens?: TokensOption;
  readonly fetch?: typeof fetch;
  /** How often a call is tried in all, where repeating it is safe; 3 unless said. */
  readonly attemptsMax?: number;
  /** How many answers of reads are kept, to be asked for by ETag; none unless said. */
  readonly etagsMax?: number;
  readonly remedies?: Remedies;
  /** Time and chance, for tests. */
  readonly now?: () => number;
  readonly wait?: Wait;
  readonly chance?: () => number;
}

/** A hub over HTTP: every operation as a method of its area, and two ways to use a contract itself. */
export type HubClient = Calls & Groups;

/** The answer may need this much longer than the operation itself: the way there and back, and the gateway's own tries. */
const marginMs = 5_000;
const attemptsUsual = 3;

/** A client of one hub. Nothing is sent before the first call. Failures are thrown as FoglineError with the code that the hub answered. */
export const createHubClient = (options: HubClientOptions): HubClient => {
  const { url, attemptsMax = attemptsUsual, remedies = {}, wait = waitReally, chance = Math.random } = options;
  const transport = {
    hub: url,
    fetch: options.fetch ?? ((...given: Parameters<typeof fetch>) => fetch(...given)),
    remedies,
    wait,
    chance,
  };
  const credentials = credentialsOf(options, (refreshToken) => refreshed({ ...transport, credentials: withNothing }, refreshToken));
  const context = { ...transport, credentials };
  const etags = new Etags(options.etagsMax ?? 0);
  const calls: Calls = {
    call: (operation, request, callOptions = {}) => callOperation(context, etags, attemptsMax, operation, request, callOptions),
    follow: (stream, request, followOptions = {}) => followStream(context, stream as Stream, request as object, followOptions) as never,
  };
  return { ...calls, ...groupsOver(calls) };
};

const credentialsOf = ({ token, tokens, now = Date.now }: HubClientOptions, refresh: (refreshToken: string) => Promise<Required<Tokens>>) => {
  if (tokens !== undefined) return withTokens(tokens, refresh, now);
  return token === undefined ? withCookie : withToken(token);
};

const withNothing: Credentials = { headers: async () => ({}), renew: async () => false };

/** The next tokens of a session. An exchange whose answer was lost gives the same tokens again for some seconds, so it is tried again at once. */
const refreshed = async (transport: Transport, refreshToken: string): Promise<Required<Tokens>> => {
  const repeatable = { ...refreshSession, idempotency: "natural" } as const;
  const session = await callOperation(transport, new Etags(0), attemptsUsual, repeatable as typeof refreshSession, { refreshToken }, {});
  const { accessToken, accessExpiresAtMs, refreshToken: next } = session;
  if (accessToken === null || next === null) throw new FoglineError("FL4011", "the hub answered a session without its tokens");
  return { accessToken, accessExpiresAtMs, refreshToken: next };
};

const callOperation = async <Request extends Schema, Response extends Schema>(
  transport: Transport,
  etags: Etags,
  attemptsMax: number,
  operation: Operation<string, Request, Response>,
  request: Input<Request>,
  options: CallOptions,
): Promise<Output<Response>> => {
  const key = options.idempotencyKey ?? (operation.idempotency === "key" ? newKey() : undefined);
  const sent = requestOf(operation as unknown as Operation, request as object, transport.hub);
  const headers = { ...sent.headers, ...(key === undefined ? {} : { "idempotency-key": key }), ...etags.headers(sent.url) };
  for (let attempt = 1; ; attempt++) {
    const answer = await send(transport, { ...sent, headers }, operation.timeoutMs + marginMs, options.signal);
    if ("response" in answer) {
      const body = answer.response.status === 304 ? etags.body(sent.url) : await bodyOf(answer.response, transport);
      etags.keep(sent.url, answer.response.headers.get("etag"), body);
      return parsed(operation.response, body, operation.name, transport.remedies);
    }
    const delayMs = attempt < attemptsMax ? delayBeforeNext(answer, operation.idempotency, attempt, transport.chance()) : undefined;
    if (delayMs === undefined) throw answer.error;
    await transport.wait(delayMs, options.signal);
  }
};

/** The JSON of an answer. One that breaks off is like none. */
const bodyOf = async (response: Response, { hub, remedies }: Transport): Promise<unknown> => {
  const text = await response.text().catch((thrown: unknown) => {
    throw unreachable(hub, thrown, remedies);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** A new idempotency key: 128 bits by chance. Pages without TLS have no `randomUUID`. */
const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
