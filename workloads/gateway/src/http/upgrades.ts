import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { refusalBytes } from "@fogline/service";
import type { FastifyInstance } from "fastify";

/** The connection of a request that asks to become something else than HTTP. */
export interface Upgrading {
  readonly socket: Duplex;
  /** What came behind the head already. */
  readonly head: Buffer;
  /** Takes the connection away from HTTP: nothing is answered by it any more. */
  take(): void;
}

/**
 * Lets requests with `Upgrade` go through the same hooks and routes as all others. A route that makes a WebSocket takes the connection; any other
 * answer is sent as plain HTTP and the connection is closed, because nobody reads requests from it any more.
 */
export const routeUpgrades = (server: FastifyInstance): ((request: IncomingMessage) => Upgrading | undefined) => {
  const upgrades = new WeakMap<IncomingMessage, Upgrading>();
  const raw = server.server as Server;
  raw.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A peer that resets while the request is looked at must not bring the process down.
    socket.on("error", () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
    response.once("finish", () => socket.end());
    const take = () => {
      response.detachSocket(socket as Parameters<ServerResponse["detachSocket"]>[0]);
      // Its answer ends here: who counts answers hears of this one too.
      response.statusCode = 101;
      response.emit("close");
    };
    upgrades.set(request, { socket, head, take });
    server.routing(request, response);
  });
  // Nobody listens for it otherwise, and Node would only cut the connection.
  raw.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    socket.end(refusalBytes("FL4018", 405, "Method Not Allowed", "CONNECT is not answered here"));
  });
  return (request) => upgrades.get(request);
};
