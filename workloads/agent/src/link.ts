import { WebSocket } from "ws";
import type { Link } from "./ports.ts";

/** Largest frame either side sends, in bytes. */
export const frameBytesMax = 262_144;
const handshakeTimeoutMs = 10_000;
const closeTimeoutMs = 1000;

export interface HubAddress {
  /** ws:// or wss:// with the path of the agents' endpoint; the node id is added as `?node=`. */
  readonly hubUrl: string;
  readonly nodeId: string;
  /** Sent as a bearer token with the handshake. */
  readonly credential: string;
}

/** The link over a real WebSocket. */
export const webSocketLink = ({ hubUrl, nodeId, credential }: HubAddress): Link => ({
  connect: (events) => {
    const url = new URL(hubUrl);
    url.searchParams.set("node", nodeId);
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${credential}` },
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
  },
});
