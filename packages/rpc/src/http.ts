import type { HttpRoute, Operation, Role, Stream } from "@fogline/contracts";
import { type Code, FoglineError } from "@fogline/findings";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Client } from "./client.ts";
import { type AnyFailure, forbidden, refused } from "./failure.ts";
import { problemOf, sendProblem } from "./http-problem.ts";
import { idempotencyKeyIn, requestIdIn, requestIn, takesBody } from "./http-request.ts";
import { sendStream } from "./http-stream.ts";
import { type RpcLog, silent } from "./observe.ts";
import { allows, type Principal } from "./wire.ts";

export interface HttpOptions {
  readonly client: Client;
  /** Those without an HTTP route are left out. */
  readonly contracts: readonly (Operation | Stream)[];
  /** Who sent the request; undefined when it is not signed in. May throw a FoglineError, which becomes the answer. */
  readonly identify: (request: FastifyRequest) => Promise<Principal | undefined>;
  readonly log?: RpcLog;
}

type Routed = (Operation | Stream) & { readonly http: HttpRoute };

const nobody: Principal = { name: "nobody", role: "anyone" };

/**
 * Mounts the HTTP routes of contracts. Errors are problem details (RFC 9457) with a documented code; X-Request-Id is the correlation id of
 * everything that the request causes; Idempotency-Key makes repeating it safe; streams are server-sent events.
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
  const principal = (await options.identify(request)) ?? (contract.role === "anyone" ? nobody : undefined);
  if (principal === undefined) return refuse(notSignedIn(contract.role));
  if (!allows(contract.role, principal.role)) return refuse(forbidden(contract.name, contract.role, principal.role));
  if (request.body !== undefined && !takesBody(contract.http))
    return refuse(refused(contract.name, [{ path: "", message: `${contract.http.method} takes no body` }]));
  const read = requestIn(request, contract.request);
  if ("problems" in read) return refuse(refused(contract.name, read.problems));
  const idempotency = idempotencyKeyIn(request);
  if ("problems" in idempotency) return refuse(refused(contract.name, idempotency.problems));

  const left = new AbortController();
  reply.raw.once("close", () => left.abort(new Error("the client left")));
  const signal = AbortSignal.any([left.signal, closing]);
  if (contract.kind === "stream") {
    const after = request.headers["last-event-id"];
    const position = typeof after === "string" && after !== "" ? { after } : {};
    const failure = await sendStream(reply, {
      client: options.client,
      stream: contract,
      request: read.value,
      principal,
      requestId,
      signal,
      ...position,
    });
    return failure === undefined ? reply : refuse(failure);
  }
  const result = await options.client.call(contract, read.value, {
    principal,
    correlationId: requestId,
    signal: left.signal,
    ...(idempotency.key === undefined ? {} : { idempotencyKey: idempotency.key }),
  });
  if (!result.ok) return refuse(result.failure as AnyFailure);
  return reply.code(200).type("application/json; charset=utf-8").send(JSON.stringify(result.value));
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
