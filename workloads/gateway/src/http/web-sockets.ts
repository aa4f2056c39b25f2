import type { Clock } from "@fogline/ports";
import { type AnyFailure, allows, type Principal, type StreamSocket, type Upgrade } from "@fogline/rpc";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type WebSocket, WebSocketServer } from "ws";
import type { GatewayConfig } from "../config.ts";
import type { Upgrading } from "./upgrades.ts";

export interface WebSocketParts {
  readonly config: Pick<GatewayConfig, "frameBytesMax" | "outboundBytesMax" | "webSocketPingMs">;
  readonly clock: Clock;
  readonly upgrading: (request: FastifyRequest["raw"]) => Upgrading | undefined;
  /** Who a request comes from as of now: asked again while its WebSocket is open. */
  readonly identify: (request: FastifyRequest) => Promise<Principal | undefined>;
}

/** How often it is looked whether who opened a WebSocket may still have it. */
const recheckMs = 2_000;
/** How long a reader has to answer the close of a gateway that stops. */
const goodbyeMs = 1_000;

/** WebSocket close codes (RFC 6455 section 7.4.1; 1012 is in the registry of IANA). */
const closeCode = { refused: 1008, restart: 1012 } as const;

/** Frames that a reader of a stream may send: none; so it needs no room. */
const streamFrameBytesMax = 1_024;

/** Another site may open a WebSocket with the cookies of this one, so a request that proves itself by cookie must come from a page of this origin. */
const isForeign = ({ headers, protocol }: Pick<FastifyRequest, "headers" | "protocol">): boolean => {
  if (headers.authorization !== undefined) return false;
  const origin = URL.parse(headers.origin ?? "");
  if (origin === null || origin.host !== headers.host) return true;
  return protocol === "https" ? origin.protocol !== "https:" : origin.protocol !== "http:" && origin.protocol !== "https:";
};

/** 16 bytes in base64 (RFC 6455 section 4.1). */
const keyPattern = /^[+/0-9A-Za-z]{22}==$/;

/** Why a request may not become a WebSocket, whoever it comes from. */
const refusalOf = (request: FastifyRequest): AnyFailure | undefined => {
  const { "sec-websocket-key": key = "", "sec-websocket-version": version } = request.headers;
  if (version !== "13" || !keyPattern.test(key))
    return { error: "malformed", code: "FL4018", message: "the handshake is not that of a WebSocket of version 13", fields: {} };
  if (!isForeign(request)) return undefined;
  const message = "a WebSocket that signs in by cookie is opened by a page of this origin only; send a bearer token instead";
  return { error: "forbidden", code: "FL4003", message, fields: {} };
};

/** What opens the WebSockets of people, and ends them when their reader is silent or not allowed any more. */
export const webSockets = (parts: WebSocketParts) => {
  const { config, clock, upgrading } = parts;
  const options = { noServer: true, perMessageDeflate: false, clientTracking: false } as const;
  const services = new WebSocketServer({ ...options, maxPayload: config.frameBytesMax });
  const streams = new WebSocketServer({ ...options, maxPayload: streamFrameBytesMax });
  const open = new Set<WebSocket>();

  /** Finishes the handshake. The reply is not used any more. */
  const accept = async (request: FastifyRequest, reply: FastifyReply, principal: Principal, server: WebSocketServer): Promise<WebSocket> => {
    const upgrade = upgrading(request.raw);
    if (upgrade === undefined) throw new TypeError("the request asks for no upgrade");
    reply.hijack();
    upgrade.take();
    const webSocket = await new Promise<WebSocket>((resolve, reject) => {
      const left = () => reject(new Error("the caller left before the handshake was finished"));
      upgrade.socket.once("close", left);
      if (upgrade.socket.destroyed) left();
      else server.handleUpgrade(request.raw, upgrade.socket, upgrade.head, resolve);
    });
    open.add(webSocket);
    webSocket.once("close", () => open.delete(webSocket));
    keepAlive(webSocket, config.webSocketPingMs, clock);
    keepAllowed(webSocket, request, principal, parts);
    return webSocket;
  };

  return {
    refusalOf,
    isUpgrade: (request: FastifyRequest) => upgrading(request.raw) !== undefined,
    /** For services: frames go both ways. */
    accept: (request: FastifyRequest, reply: FastifyReply, principal: Principal) => accept(request, reply, principal, services),
    /** For `mountHttp`: streams become WebSockets for those who ask for that. */
    ofStreams: (request: FastifyRequest, reply: FastifyReply, principal: Principal): Upgrade | undefined => {
      if (upgrading(request.raw) === undefined) return undefined;
      const openStream = async () => streamSocket(await accept(request, reply, principal, streams), config.outboundBytesMax);
      return { refusal: refusalOf(request), open: openStream };
    },
    /** Tells everybody to come back, and waits for nobody longer than a moment. */
    close: (): void => {
      for (const webSocket of open) {
        webSocket.close(closeCode.restart, "the gateway stops");
        clock.after(goodbyeMs, () => webSocket.terminate());
      }
    },
  };
};

export type WebSockets = ReturnType<typeof webSockets>;

/** Pings until it is closed, and ends it when a ping was not answered before the next one. */
export const keepAlive = (webSocket: WebSocket, pingMs: number, clock: Clock): void => {
  let answered = true;
  let cancel = () => {};
  const ping = () => {
    if (!answered) return webSocket.terminate();
    answered = false;
    if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
    cancel = clock.after(pingMs, ping);
  };
  webSocket.on("pong", () => {
    answered = true;
  });
  webSocket.once("close", () => cancel());
  cancel = clock.after(pingMs, ping);
};

/** Closes it when who opened it is not signed in any more, is somebody else, or may less than then. */
const keepAllowed = (webSocket: WebSocket, request: FastifyRequest, principal: Principal, { clock, identify }: WebSocketParts): void => {
  let cancel = () => {};
  const check = async () => {
    const now = await identify(request).catch(() => undefined);
    if (now?.name !== principal.name || !allows(principal.role, now.role)) webSocket.close(closeCode.refused, "not signed in any more");
    else if (webSocket.readyState === webSocket.OPEN) cancel = clock.after(recheckMs, () => void check());
  };
  webSocket.once("close", () => cancel());
  cancel = clock.after(recheckMs, () => void check());
};

/** The WebSocket of a stream: nothing comes in, and who does not read what goes out is dropped. */
const streamSocket = (webSocket: WebSocket, outboundBytesMax: number): StreamSocket => {
  const over = new AbortController();
  webSocket.once("close", () => over.abort(new Error("the connection is over")));
  // A broken frame: ws closes with the code that says what was wrong.
  webSocket.on("error", () => {});
  webSocket.on("message", () => webSocket.close(closeCode.refused, "this stream takes no messages"));
  return {
    signal: over.signal,
    close: (code, reason) => webSocket.close(code, reason),
    send: (text) => {
      if (over.signal.aborted || webSocket.readyState !== webSocket.OPEN) return false;
      if (webSocket.bufferedAmount > outboundBytesMax) {
        webSocket.terminate();
        return false;
      }
      webSocket.send(text, () => {});
      return true;
    },
  };
};
