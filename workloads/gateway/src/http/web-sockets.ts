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

/** WebSocket close codes (RFC 6455 section 7.4.1). */
const closeCode = { refused: 1008 } as const;

/** Frames that a reader of a stream may send: none; so it needs no room. */
const streamFrameBytesMax = 1_024;

/** Another site may open a WebSocket with the cookies of this one, so a request that proves itself by cookie must come from a page of this origin. */
export const isForeign = ({ headers, protocol }: Pick<FastifyRequest, "headers" | "protocol">): boolean => {
  if (headers.authorization !== undefined) return false;
  const origin = URL.parse(headers.origin ?? "");
  if (origin === null || origin.host !== headers.host) return true;
  return protocol === "https" ? origin.protocol !== "https:" : origin.protocol !== "http:" && origin.protocol !== "https:";
};

const foreign: AnyFailure = {
  error: "forbidden",
  code: "FL4003",
  message: "a WebSocket that signs in by cookie is opened by a page of this origin only; send a bearer token instead",
  fields: {},
};

/** What opens the WebSockets of people, and ends them when their reader is silent or not allowed any more. */
export const webSockets = (parts: WebSocketParts) => {
  const { config, clock, upgrading, identify } = parts;
  const options = { noServer: true, perMessageDeflate: false, clientTracking: false } as const;
  const server = new WebSocketServer({ ...options, maxPayload: config.frameBytesMax });
  const streams = new WebSocketServer({ ...options, maxPayload: streamFrameBytesMax });

  /** Finishes the handshake. The reply is not used any more. */
  const accept = (request: FastifyRequest, reply: FastifyReply, from = server): Promise<WebSocket> => {
    const upgrade = upgrading(request.raw);
    if (upgrade === undefined) return Promise.reject(new TypeError("the request asks for no upgrade"));
    reply.hijack();
    upgrade.take();
    return new Promise((resolve, reject) => {
      upgrade.socket.once("close", () => reject(new Error("the caller left before the handshake was finished")));
      from.handleUpgrade(request.raw, upgrade.socket, upgrade.head, resolve);
    });
  };

  /** Ends a WebSocket whose reader does not answer a ping, or may not have it any more. */
  const supervise = (webSocket: WebSocket, request: FastifyRequest, principal: Principal): void => {
    let alive = true;
    let cancelPing = () => {};
    let cancelCheck = () => {};
    const ping = () => {
      if (!alive) return webSocket.terminate();
      alive = false;
      webSocket.ping();
      cancelPing = clock.after(config.webSocketPingMs, ping);
    };
    const check = async () => {
      const now = await identify(request).catch(() => undefined);
      if (now?.name !== principal.name || !allows(principal.role, now.role)) return webSocket.close(closeCode.refused, "not signed in any more");
      if (webSocket.readyState === webSocket.OPEN) cancelCheck = clock.after(recheckMs, () => void check());
    };
    webSocket.on("pong", () => {
      alive = true;
    });
    webSocket.once("close", () => {
      cancelPing();
      cancelCheck();
    });
    cancelPing = clock.after(config.webSocketPingMs, ping);
    cancelCheck = clock.after(recheckMs, () => void check());
  };

  /** The WebSocket of a stream: nothing comes in, and who does not read what goes out is dropped. */
  const streamSocket = (webSocket: WebSocket): StreamSocket => {
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
        if (webSocket.bufferedAmount > config.outboundBytesMax) {
          webSocket.terminate();
          return false;
        }
        webSocket.send(text, () => {});
        return true;
      },
    };
  };

  return {
    accept,
    supervise,
    /** Why a request may not become a WebSocket, whoever it comes from. */
    refusalOf: (request: FastifyRequest) => (isForeign(request) ? foreign : undefined),
    isUpgrade: (request: FastifyRequest) => upgrading(request.raw) !== undefined,
    /** For `mountHttp`: streams become WebSockets for those who ask for that. */
    ofStreams: (request: FastifyRequest, reply: FastifyReply, principal: Principal): Upgrade | undefined => {
      if (upgrading(request.raw) === undefined) return undefined;
      return {
        refusal: isForeign(request) ? foreign : undefined,
        open: async () => {
          const webSocket = await accept(request, reply, streams);
          supervise(webSocket, request, principal);
          return streamSocket(webSocket);
        },
      };
    },
  };
};

export type WebSockets = ReturnType<typeof webSockets>;
