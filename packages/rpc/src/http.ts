import type { HttpRoute, Operation, Role, Stream } from "@fogline/contracts";
import { type Code, FoglineError, fail, type Result } from "@fogline/findings";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Client } from "./client.ts";
import { type AnyFailure, forbidden, refused } from "./failure.ts";
import { type Audit, audited, changeOf, isChange, outcomeOf, targetOf } from "./http-audit.ts";
import { forgetAnswer, sendRead } from "./http-cache.ts";
import { type OwnStreamOf, sendOwnStream } from "./http-own-stream.ts";
import { problemOf, sendProblem } from "./http-problem.ts";
import { idempotencyKeyIn, requestIdIn, requestIn, takesBody } from "./http-request.ts";
import { sendStream } from "./http-stream.ts";
import { pushOwnStream, pushStream, type UpgradeOf } from "./http-web-socket.ts";
import { type RpcLog, silent } from "./observe.ts";
import { allows, type Principal } from "./wire.ts";

export interface HttpOptions {
  readonly client: Client;
  /** Those without an HTTP route are left out. */
  readonly contracts: readonly (Operation | Stream)[];
  /** Who sent the request; undefined when it is not signed in. May throw a FoglineError, which becomes the answer. */
  readonly identify: (request: FastifyRequest) => Promise<Principal | undefined>;
  readonly log?: RpcLog;
  /** Where changes are written down before they are made and when they have ended; nowhere unless said. */
  readonly audit?: Audit;
  /** Makes streams WebSockets for those who ask for that; undefined for a request that does not. */
  readonly upgrade?: UpgradeOf;
  /** Streams that are written from here instead of being asked for on the bus, again and again for each reader. */
  readonly ownStream?: OwnStreamOf;
}

type Routed = (Operation | Stream) & { readonly http: HttpRoute };

const nobody: Principal = { name: "nobody", role: "anyone" };

/**
 * Mounts the HTTP routes of contracts. Errors are problem details (RFC 9457) with a documented code; X-Request-Id is the correlation id of
 * everything that the request causes; Idempotency-Key makes repeating it safe; reads have an entity tag; streams are server-sent events, or
 * WebSocket frames where `upgrade` says so.
 */
export const mountHttp = (server: FastifyInstance, options: HttpOptions): void => {
  const { contracts, log = silent } = options;
  const closing = new AbortController();
  const routed = contracts.filter((contract): contract is Routed => contract.http !== undefined);
  server.register(async (scope) => {
    scope.removeContentTypeParser("application/json");
    scope.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, bytes: Buffer) => parseBody(bytes));
    scope.setErrorHandler((error: FastifyError, request, reply) =>
      sendProblem(reply, problemOf(failureIn(error, log, idOf(request)), idOf(request))),
    );
    scope.addHook("onRequest", async (request, reply) => {
      request.headers["x-request-id"] = requestIdIn(request.headers);
      reply.header("x-request-id", idOf(request));
    });
    scope.addHook("preClose", async () => closing.abort(new Error("the server closes")));
    for (const contract of routed) {
      scope.route({
        method: contract.http.method,
        url: contract.http.path,
        ...(contract.kind === "stream" ? { exposeHeadRoute: false } : {}),
        handler: (request, reply) => answer(contract, request, reply, options, closing.signal),
      });
    }
  });
};

/** The request id: set in the hook that runs first. */
const idOf = ({ headers }: FastifyRequest): string => String(headers["x-request-id"]);

const answer = async (
  contract: Routed,
  request: FastifyRequest,
  reply: FastifyReply,
  options: HttpOptions,
  closing: AbortSignal,
): Promise<FastifyReply> => {
  const requestId = idOf(request);
  const refuse = (failure: AnyFailure) => sendProblem(reply, problemOf(failure, requestId));
  const identified = await options.identify(request);
  const principal = identified ?? nobody;
  const turnedAway = refusalOf(contract, identified);
  if (turnedAway !== undefined) {
    await recordRefusal(contract, request, principal, turnedAway, options);
    return refuse(turnedAway);
  }
  if (request.body !== undefined && !takesBody(contract.http))
    return refuse(refused(contract.name, [{ path: "", message: `${contract.http.method} takes no body` }]));
  if (contract.kind === "stream") {
    const failure = await answerStream({ contract, request, reply, principal, options, closing });
    return failure === undefined ? reply : refuse(failure);
  }
  const read = requestIn(request, contract.request);
  if ("problems" in read) return refuse(refused(contract.name, read.problems));
  const idempotency = idempotencyKeyIn(request);
  if ("problems" in idempotency) return refuse(refused(contract.name, idempotency.problems));

  const change = isChange(contract);
  const call = { principal, correlationId: requestId, ...(idempotency.key === undefined ? {} : { idempotencyKey: idempotency.key }) };
  const run = (signal?: AbortSignal) =>
    options.client.call(contract, read.value, { ...call, ...(signal === undefined ? {} : { signal }) }) as Promise<Result<unknown, AnyFailure>>;
  // A change goes on when its caller leaves: how it ended is written down all the same.
  const result =
    change && options.audit !== undefined
      ? await audited(options.audit, changeOf(request, principal, contract.name, targetOf(request.params, read.value)), run)
      : await run(contract.timeoutMs > briefMsMax ? leftOf(reply) : undefined);
  if (!result.ok) return refuse(result.failure);
  const text = JSON.stringify(result.value);
  if (contract.http.method === "GET") return sendRead(request, reply, text);
  return forgetAnswer(reply).code(200).type("application/json; charset=utf-8").send(text);
};

/** A read that ends by itself within this goes on when its caller leaves: watching each caller costs more than the few answers that nobody wants. */
const briefMsMax = 5_000;

/** Aborts when the client has left before its answer did. */
const leftOf = (reply: FastifyReply): AbortSignal => {
  const left = new AbortController();
  reply.raw.once("close", () => left.abort(new Error("the client left")));
  return left.signal;
};

const answerStream = async (asked: {
  readonly contract: Stream;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly principal: Principal;
  readonly options: HttpOptions;
  readonly closing: AbortSignal;
}): Promise<AnyFailure | undefined> => {
  const { contract, request, reply, principal, options, closing } = asked;
  const upgrade = options.upgrade?.(request, reply, principal);
  if (upgrade?.refusal !== undefined) return upgrade.refusal;
  const { after, ...query } = request.query as Readonly<Record<string, unknown>>;
  const read = requestIn(request, contract.request, upgrade === undefined ? undefined : query);
  if ("problems" in read) return refused(contract.name, read.problems);
  const position = upgrade === undefined ? request.headers["last-event-id"] : after;
  const call = {
    ...{ client: options.client, stream: contract, request: read.value, principal, requestId: idOf(request) },
    ...(typeof position === "string" && position !== "" ? { after: position } : {}),
  };
  const own = options.ownStream?.(contract, read.value);
  if (upgrade !== undefined)
    return own === undefined ? pushStream(upgrade, { ...call, signal: closing }) : pushOwnStream(upgrade, own, { ...call, signal: closing });
  const signal = AbortSignal.any([leftOf(reply), closing]);
  return own === undefined ? sendStream(reply, { ...call, signal }) : sendOwnStream(reply, own, { ...call, signal });
};

/** A change that somebody may not make is an entry too. One that cannot be written changes nothing: it is refused all the same. */
const recordRefusal = async (
  contract: Routed,
  request: FastifyRequest,
  principal: Principal,
  failure: AnyFailure,
  { audit, log = silent }: HttpOptions,
): Promise<void> => {
  if (audit === undefined || !isChange(contract)) return;
  const change = changeOf(request, principal, contract.name, targetOf(request.params));
  const { outcome, answer } = outcomeOf(fail(failure));
  await audit.record(change, outcome, answer).catch((thrown: unknown) => {
    log.error({ err: thrown, correlationId: idOf(request) }, "a refusal could not be written to the audit");
  });
};

/** Why somebody may not ask for this; undefined when it is allowed. */
const refusalOf = ({ name, role }: Routed, principal: Principal | undefined): AnyFailure | undefined => {
  if (principal === undefined) return role === "anyone" ? undefined : notSignedIn(role);
  return allows(role, principal.role) ? undefined : forbidden(name, role, principal.role);
};

const notSignedIn = (role: Role): AnyFailure => ({
  error: "notSignedIn",
  code: "FL4002",
  message: `this needs a bearer token with the role "${role}"`,
  fields: {},
});

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** JSON in UTF-8 and nothing else: bytes that are no text would otherwise be stored as replacement characters. */
const parseBody = (bytes: Uint8Array): unknown => {
  try {
    const text = utf8.decode(bytes);
    return text.trim() === "" ? undefined : (JSON.parse(text) as unknown);
  } catch (thrown) {
    throw new FoglineError("FL4018", thrown instanceof SyntaxError ? "the body is not JSON" : "the body is not UTF-8");
  }
};

/** What fastify or `identify` threw, as a failure with a documented code. */
const failureIn = (error: FastifyError | FoglineError, log: RpcLog, requestId: string): Omit<AnyFailure, "error"> => {
  if (error instanceof FoglineError) return { code: error.code, message: error.message, fields: error.fields };
  const known: Readonly<Record<string, Code>> = {
    FST_ERR_CTP_BODY_TOO_LARGE: "FL4006",
    FST_ERR_CTP_INVALID_MEDIA_TYPE: "FL4018",
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: "FL4018",
    FST_ERR_CTP_INVALID_JSON_BODY: "FL4018",
    FST_ERR_BAD_URL: "FL4018",
  };
  const code = known[error.code];
  if (code !== undefined) return { code, message: error.message, fields: {} };
  log.error({ err: error, correlationId: requestId }, "an HTTP request failed unexpectedly");
  return { code: "FL4011", message: "the request failed unexpectedly; the log has the cause under the request id", fields: {} };
};
