import type { Code } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import { allows, type Principal } from "@fogline/rpc";
import type { Log } from "@fogline/service";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { WebSocket } from "ws";
import type { Replica } from "../balance/replica.ts";
import type { Replicas } from "../balance/replicas.ts";
import type { GatewayConfig } from "../config.ts";
import { bridge } from "./bridge.ts";
import { sendProblem } from "./problems.ts";
import { keepAlive, type WebSockets } from "./web-sockets.ts";

export interface ProxyParts {
  readonly config: Pick<GatewayConfig, "frameBytesMax" | "outboundBytesMax" | "webSocketPingMs">;
  readonly clock: Clock;
  readonly log: Log;
  readonly replicas: Replicas;
  readonly webSockets: WebSockets;
  readonly identify: (request: FastifyRequest) => Promise<Principal | undefined>;
}

/** Replicas that are tried before the caller is told that none can be reached. */
const replicasMax = 3;
/** How long one replica may take for its handshake. */
const handshakeMs = 5_000;

interface Reached {
  readonly upstream: WebSocket;
  readonly replica: Replica;
  readonly ended: ReturnType<Replica["begin"]>;
}

/** Where the proxy is met. */
export const isProxyPath = (path: string): boolean => /^\/services\/[^/]+\/ws$/.test(path);

/**
 * Passes `GET /services/:type/ws` on to a replica of that type that takes WebSockets. Where it goes is what the service itself registered, never
 * what the caller says; who calls is told in headers that are made here, so that none of the caller's own get through.
 */
export const mountProxy = (server: FastifyInstance, parts: ProxyParts): void => {
  const { webSockets, identify, replicas, clock, log, config } = parts;
  server.get<{ Params: { type: string } }>("/services/:type/ws", { exposeHeadRoute: false }, async (request, reply) => {
    const refuse = (code: Code, status: number, why: string) => sendProblem(reply, request, code, status, why);
    if (!webSockets.isUpgrade(request)) return refuse("FL4018", 426, "this address is for WebSockets");
    const principal = await identify(request);
    if (principal === undefined) return refuse("FL4002", 401, 'this needs a bearer token with the role "user"');
    if (!allows("user", principal.role)) return refuse("FL4003", 403, `this needs the role "user", the caller has "${principal.role}"`);
    const refusal = webSockets.refusalOf(request);
    if (refusal !== undefined) return refuse(refusal.code, refusal.code === "FL4003" ? 403 : 400, refusal.message);
    const { type } = request.params;
    if (!replicas.takesWebSockets(type)) return refuse("FL4004", 404, `no service "${type}" takes WebSockets`);

    const reached = await reach(parts, request, principal);
    if (reached === undefined) return refuse("FL4009", 503, `no replica of "${type}" takes the WebSocket now; try again`);
    const { upstream, replica, ended } = reached;
    upstream.once("close", () => ended("answered", clock.monotonicMs()));
    keepAlive(upstream, config.webSocketPingMs, clock);
    // The service has chosen the subprotocol; the caller is told the same one.
    request.raw.headers["sec-websocket-protocol"] = upstream.protocol === "" ? undefined : upstream.protocol;
    try {
      bridge(await webSockets.accept(request, reply, principal), upstream, config.outboundBytesMax);
      log.debug({ replica: replica.id, principal: principal.name, requestId: request.id }, "a WebSocket is passed on");
    } catch {
      upstream.terminate();
    }
    return reply;
  });
};

/** The first replica that takes the connection. */
const reach = async (
  parts: ProxyParts,
  request: FastifyRequest<{ Params: { type: string } }>,
  principal: Principal,
): Promise<Reached | undefined> => {
  const { replicas, clock, log, config } = parts;
  const tried = new Set<string>();
  while (tried.size < replicasMax) {
    const replica = replicas.forWebSocket(request.params.type, tried);
    const address = replica?.webSocket;
    if (replica === undefined || address === undefined) return undefined;
    tried.add(replica.id);
    const ended = replica.begin(clock.monotonicMs());
    const url = new URL(address);
    url.search = new URL(request.url, "http://gateway").search;
    const upstream = await connect(url, request, principal, config.frameBytesMax);
    if (upstream !== undefined) return { upstream, replica, ended };
    ended("lost", clock.monotonicMs());
    log.warn({ replica: replica.id }, "a replica did not take a WebSocket");
  }
  return undefined;
};

const connect = (url: URL, request: FastifyRequest, principal: Principal, frameBytesMax: number): Promise<WebSocket | undefined> =>
  new Promise((resolve) => {
    const upstream = new WebSocket(url, protocolsOf(request), {
      headers: {
        "x-fogline-principal": encodeURIComponent(principal.name),
        "x-fogline-role": principal.role,
        "x-request-id": request.id,
        "x-forwarded-for": request.ip,
      },
      ...{ maxPayload: frameBytesMax, perMessageDeflate: false, followRedirects: false, handshakeTimeout: handshakeMs },
    });
    // What arrives before the caller's side is open must wait for it.
    upstream.once("open", () => {
      upstream.pause();
      resolve(upstream);
    });
    upstream.on("error", () => resolve(undefined));
  });

const protocolsOf = ({ headers }: FastifyRequest): string[] =>
  (headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
