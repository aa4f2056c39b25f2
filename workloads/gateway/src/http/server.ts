import fastifyStatic from "@fastify/static";
import type { Clock, Random } from "@fogline/ports";
import { type Client, mountHttp } from "@fogline/rpc";
import { answerMalformed, type Log, listen } from "@fogline/service";
import { type FastifyError, type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import type { GatewayConfig } from "../config.ts";
import type { GatewayMetrics } from "../metrics.ts";
import type { People } from "../people/people.ts";
import type { GatewaySecrets } from "../secrets.ts";
import { mountAuth } from "./auth.ts";
import { publicContracts } from "./contracts.ts";
import { guard } from "./guard.ts";
import { mountOidc } from "./oidc.ts";
import { mountOpenApi } from "./openapi.ts";
import { problemOf, sendProblem } from "./problems.ts";

export interface HttpParts {
  readonly config: GatewayConfig;
  readonly client: Client;
  readonly people: People;
  readonly secrets: GatewaySecrets;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: GatewayMetrics;
  /** The folder of the built pages; without it there are none. */
  readonly assets?: string | undefined;
}

/** Everything comes from this origin, nothing inline, and no other site may frame or embed it. */
const securityHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
} as const;

/** Serves people until closed. Throws FL4016 when the port is taken. */
export const listenForPeople = async (parts: HttpParts): Promise<{ port: number; close(): Promise<void> }> => {
  const { config } = parts;
  const server = build(parts);
  try {
    const url = await listen(() => server.listen({ port: config.httpPort, host: config.httpHost }), config.httpHost, config.httpPort);
    return { port: Number(new URL(url).port), close: () => server.close() };
  } catch (error) {
    await server.close();
    throw error;
  }
};

const build = ({ config, client, people, secrets, clock, random, log, metrics, assets }: HttpParts): FastifyInstance => {
  const server = fastify({
    bodyLimit: config.bodyBytesMax,
    requestTimeout: config.requestTimeoutMs,
    http: {
      maxHeaderSize: config.headerBytesMax,
      headersTimeout: config.requestTimeoutMs,
      // Node looks for late requests this often; its own 30 s would let a short limit pass unnoticed.
      connectionsCheckingInterval: Math.ceil(config.requestTimeoutMs / 2),
    },
    clientErrorHandler: answerMalformed,
    forceCloseConnections: true,
    genReqId: ({ headers: { "x-request-id": given } }) => (typeof given === "string" && requestId.test(given) ? given : random.id()),
  });
  server.removeContentTypeParser("text/plain");
  server.addHook("onRequest", async (request, reply) => {
    // On the raw answer, so that streams, which write it themselves, carry them too.
    for (const [name, value] of Object.entries(securityHeaders)) reply.raw.setHeader(name, value);
    request.headers["x-request-id"] = request.id;
    reply.raw.setHeader("x-request-id", request.id);
    const { method, routeOptions } = request;
    const beganAtMs = clock.monotonicMs();
    // Closed is every answer in the end, also one whose reader left, and a stream, which fastify does not follow.
    reply.raw.once("close", () =>
      metrics.answered({ route: routeOptions.url, method, status: reply.raw.statusCode, durationMs: clock.monotonicMs() - beganAtMs }),
    );
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const { code, status, detail } = problemOf(error);
    if (status >= 500) log.error({ err: error, requestId: request.id }, "a request failed");
    return sendProblem(reply, request, code, status, detail);
  });
  server.setNotFoundHandler((request, reply) =>
    assets !== undefined && isPage(request)
      ? reply.type("text/html; charset=utf-8").sendFile("index.html")
      : sendProblem(reply, request, "FL4004", 404, `there is no ${request.method} ${pathOf(request.url)}`),
  );
  const guarded = guard(server, people, clock, config);
  const oidc = mountOidc(server, { config, people, secrets, clock, random, log });
  mountAuth(server, { people, guard: guarded, oidc, nowMs: () => clock.now() });
  mountOpenApi(server, config.version);
  server.register(async (routes) => mountHttp(routes, { client, contracts: publicContracts, identify: guarded.identify, log }));
  if (assets !== undefined) mountPages(server, assets);
  return server;
};

/** The built pages, and the reference under the name that people write. */
const mountPages = (server: FastifyInstance, root: string): void => {
  server.register(fastifyStatic, { root });
  server.get("/reference", (_request, reply) => reply.sendFile("reference.html"));
};

/** What a caller may name its request; anything else is named anew. */
const requestId = /^[A-Za-z0-9._-]{8,128}$/;

/** The pages find by their path what they show. A name with a dot is a file, and what is below /api is no page. */
const isPage = ({ method, url, headers: { accept = "" } }: FastifyRequest): boolean =>
  method === "GET" && accept.includes("text/html") && !pathOf(url).includes(".") && !/^\/api(\/|$)/.test(pathOf(url));

const pathOf = (url: string): string => url.split("?", 1)[0] ?? "/";
