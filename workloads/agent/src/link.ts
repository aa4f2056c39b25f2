import type { IncomingMessage } from "node:http";
import { textOf } from "@fogline/findings";
import { WebSocket } from "ws";
import { problemIn, tlsOptions } from "./identity/requests.ts";
import type { Connection, HubIdentity, Link, LinkEvents, TlsIdentity } from "./ports.ts";

/** Largest frame either side sends, in bytes. */
export const frameBytesMax = 262_144;
const handshakeTimeoutMs = 10_000;
const closeTimeoutMs = 1000;
const refusalBytesMax = 16_384;

export interface HubAddress {
  /** wss:// with the path of the agents' endpoint; the node id is added as `?node=`. */
  readonly hubUrl: string;
  readonly nodeId: string;
  readonly identity: HubIdentity;
}

export interface WebSocketLink extends Link {
  /** Resolves once the connection of now, if there is one, has ended. A process that exits before that takes its last frames with it. */
  ended(): Promise<void>;
}

/** The link over a real WebSocket with mutual TLS. An attempt begins with what the identity needs to be valid. */
export const webSocketLink = ({ hubUrl, nodeId, identity }: HubAddress): WebSocketLink => {
  let latest = Promise.resolve();
  return {
    ended: () => latest,
    connect: (events) => {
      let opened: Connection | undefined;
      let ended = false;
      const { promise, resolve: settle } = Promise.withResolvers<void>();
      latest = promise;
      const end = (reason: string) => {
        if (ended) return;
        ended = true;
        events.closed(reason);
        settle();
      };
      identity.current().then(
        (tls) => {
          if (!ended) opened = openSocket({ hubUrl, nodeId, identity }, tls, { ...events, closed: end });
        },
        (thrown: unknown) => end(textOf(thrown)),
      );
      return {
        send: (text) => opened?.send(text),
        ping: () => opened?.ping(),
        close: (reason) => {
          if (opened === undefined) end(reason);
          else opened.close(reason);
        },
      };
    },
  };
};

const openSocket = ({ hubUrl, nodeId, identity }: HubAddress, tls: TlsIdentity, events: LinkEvents): Connection => {
  const url = new URL(hubUrl);
  url.searchParams.set("node", nodeId);
  const socket = new WebSocket(url, {
    ...tlsOptions(tls),
    maxPayload: frameBytesMax,
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
  });
  let reason = "";
  socket.on("open", () => events.opened());
  socket.on("message", (data, isBinary) => {
    if (!isBinary) events.received(data.toString());
  });
  socket.on("pong", () => events.alive());
  socket.on("unexpected-response", (_request, response) => {
    void refusalIn(response).then(({ code, message }) => {
      reason ||= `refused: ${message}${code === "" ? "" : ` (${code})`}`;
      identity.refused(code);
      socket.terminate();
    });
  });
  socket.on("error", (error) => {
    reason ||= error.message;
  });
  socket.on("close", (code, text) => events.closed(reason || text.toString() || `closed with code ${code}`));
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    close: (why) => {
      reason ||= why;
      if (socket.readyState === WebSocket.OPEN) socket.close(1000, why.slice(0, 100));
      // A peer that is gone never answers the closing handshake.
      setTimeout(() => socket.terminate(), socket.readyState === WebSocket.CLOSING ? closeTimeoutMs : 0).unref();
    },
  };
};

/** Why the hub did not open the connection. */
const refusalIn = async (response: IncomingMessage): Promise<{ readonly code: string; readonly message: string }> => {
  let text = "";
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString();
      if (text.length > refusalBytesMax) break;
    }
  } catch {
    // What came until then says it, or nothing does.
  }
  return problemIn(response.statusCode ?? 0, text);
};
