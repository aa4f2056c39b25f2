import type { IncomingMessage } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import type { Clock, Random } from "@fogline/ports";
import { type Audit, type Client, mountHttp, type OwnStreamOf } from "@fogline/rpc";
import { answerMalformed, type Log, listen } from "@fogline/service";
import { type FastifyError, type FastifyInstance, fastify } from "fastify";
import type { Replicas } from "../balance/replicas.ts";
import type { GatewayConfig } from "../config.ts";
import type { GatewayMetrics } from "../metrics.ts";
import type { People } from "../people/people.ts";
import type { Transcripts } from "../remote/transcripts.ts";
import type { GatewaySecrets } from "../secrets.ts";
import { mountAuth } from "./auth.ts";
import { publicContracts } from "./contracts.ts";
import { guard } from "./guard.ts";
import { mountOidc } from "./oidc.ts";
import { mountOpenApi } from "./openapi.ts";
import { mountPages, wantsPage } from "./pages.ts";
import { problemOf, sendProblem } from "./problems.ts";
import { isProxyPath, mountProxy } from "./proxy.ts";
import { isRemotePath, mountRemote } from "./remote.ts";
import { misshapen } from "./request-shape.ts";
import { signInAudit } from "./sign-in-audit.ts";
import { mayConnect, type PeopleTls, secured, strictTransport, trustOf } from "./transport.ts";
import { routeUpgrades } from "./upgrades.ts";
import { webSockets } from "./web-sockets.ts";

export interface HttpParts {
  readonly config: GatewayConfig;
  readonly client: Client;
  readonly people: People;
  readonly secrets: GatewaySecrets;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: GatewayMetrics;
  /** Where changes are written down. */
  readonly audit: Audit;
  readonly replicas: Replicas;
  /** The feeds, which this gateway has itself. */
  readonly ownStream: OwnStreamOf;
  /** The folder of the built pages; without it there are none. */
  readonly assets?: string | undefined;
  /** Where shells on devices are recorded; without it there are none. */
  readonly transcripts?: Transcripts | undefined;
  /** With it, people come by TLS. */
  readonly tls?: PeopleTls | undefined;
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
  const { config, tls, log } = parts;
  const server = build(parts);
  try {
    await listen(() => server.listen({ port: config.httpPort, host: config.httpHost }), config.httpHost, config.httpPort);
    const unfollow = tls?.onChange((certificate) => {
      // Connections that are open keep what they agreed on; new ones get this.
      (server.server as unknown as Server).setSecureContext({
        cert: certificate.chain,
        key: certificate.key,
        minVersion: `TLSv${config.tlsVersionMin}`,
      });
      log.info("the people's port has a new certificate");
    });
    return {
      port: portOf(server),
      close: async () => {
        unfollow?.();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
};

/** The port that was got; of a default port, a URL would say nothing. */
const portOf = (server: FastifyInstance): number => {
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new TypeError("a server that listens on TCP has a port");
  return address.port;
};

/** What Node's HTTP server itself holds requests to, with or without TLS beneath it. */
const parserOptions = ({ headerBytesMax, requestTimeoutMs }: GatewayConfig) => ({
  maxHeaderSize: headerBytesMax,
  shouldUpgradeCallback: makesWebSocket,
  headersTimeout: requestTimeoutMs,
  // Node looks for late requests this often; its own 30 s would let a short limit pass unnoticed.
  connectionsCheckingInterval: Math.ceil(requestTimeoutMs / 2),
});

const build = (parts: HttpParts): FastifyInstance => {
  const { config, client, people, secrets, clock, random, log, metrics, audit, replicas, ownStream, assets, tls } = parts;
  const tlsOptions = secured(config, tls);
  const headers = { ...securityHeaders, ...strictTransport(config, tls) };
  const server: FastifyInstance = fastify({
    bodyLimit: config.bodyBytesMax,
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    ...trustOf(config),
    ...(tlsOptions === undefined ? { http: parserOptions(config) } : ({ https: { ...parserOptions(config), ...tlsOptions } } as object)),
    clientErrorHandler: answerMalformed,
    forceCloseConnections: true,
    // The contracts say how long a parameter may be. By itself the router leaves long ones to other routes, or refuses them in words of its own.
    routerOptions: { maxParamLength: config.headerBytesMax },
    frameworkErrors: (error, request, reply) => void sendProblem(reply, request, "FL4018", 400, error.message),
    genReqId: ({ headers: { "x-request-id": given } }) => (typeof given === "string" && requestId.test(given) ? given : random.id()),
  });
  server.server.maxConnections = config.connectionsMax;
  const admits = mayConnect(config, tls);
  server.server.on("connection", (socket: Socket) => {
    if (!admits(socket)) socket.destroy();
  });
  server.removeContentTypeParser("text/plain");
  server.addHook("onRequest", async (request, reply) => {
    // On the raw answer, so that streams, which write it themselves, carry them too.
    for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value);
    reply.raw.setHeader("cache-control", "no-store");
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
    assets !== undefined && wantsPage(request)
      ? reply.code(404).type("text/html; charset=utf-8").sendFile("index.html")
      : sendProblem(reply, request, "FL4004", 404, `there is no ${request.method} ${pathOf(request.url)}`),
  );
  const guarded = guard(server, people, clock, config);
  const trail = signInAudit(audit);
  const oidc = mountOidc(server, { config, people, trail, secrets, clock, random, log });
  mountAuth(server, { people, guard: guarded, trail, oidc, nowMs: () => clock.now() });
  mountOpenApi(server, config.version);
  const sockets = webSockets({
    ...{ config, clock, upgrading: routeUpgrades(server) },
    identify: guarded.identifyNow,
  });
  server.addHook("preClose", async () => sockets.close());
  server.addHook("onRequest", async (request, reply) => {
    const fault = misshapen(request.raw);
    if (fault !== undefined) return sendProblem(reply, request, "FL4018", fault.status, fault.why);
  });
  const upgrade = sockets.ofStreams;
  server.register(async (routes) =>
    mountHttp(routes, { client, contracts: publicContracts, identify: guarded.identify, log, audit, upgrade, ownStream }),
  );
  mountProxy(server, { config, clock, log, replicas, webSockets: sockets, identify: guarded.identify });
  mountRemote(server, { config, client, clock, random, log, audit, transcripts: parts.transcripts, webSockets: sockets, identify: guarded.identify });
  if (assets !== undefined) mountPages(server, assets);
  return server;
};

/** What a caller may name its request; anything else is named anew. */
const requestId = /^[A-Za-z0-9._-]{8,128}$/;

/** Where a request may ask for a WebSocket. Elsewhere, and for anything else, the wish is ignored as RFC 9110 section 7.8 lets a server do. */
const streamPaths: ReadonlySet<string> = new Set(
  publicContracts.flatMap(({ kind, http }) => (kind === "stream" && http !== undefined ? [http.path] : [])),
);

const makesWebSocket = ({ method, headers, url = "" }: Pick<IncomingMessage, "method" | "headers" | "url">): boolean => {
  const path = pathOf(url);
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket" && (streamPaths.has(path) || isProxyPath(path) || isRemotePath(path));
};

const pathOf = (url: string): string => url.split("?", 1)[0] ?? "/";
