import type { Socket } from "node:net";
import { openIdentityServer } from "@fogline/agent/testing";
import { FromAgent, type FromHub } from "@fogline/contracts/agent-protocol";
import { WebSocketServer } from "ws";

/** As much of a hub as an idle agent sees: it welcomes, pings, and counts the bytes of each connection. */
export interface AgentHub {
  readonly url: string;
  /** A token with which an agent enrols. */
  token(nodeId: string): string;
  /** Frames that the protocol does not know. There should be none. */
  readonly malformed: string[];
  /** When a node said hello, on performance.now()'s scale. */
  hello(nodeId: string): Promise<number>;
  /** Bytes on a node's connection so far, both ways, TLS and WebSocket's own included, TCP's not. */
  bytes(nodeId: string): number;
  close(): Promise<void>;
}

/** The gateway's own interval. */
const pingMs = 2_000;

export const openAgentHub = async (): Promise<AgentHub> => {
  const identities = await openIdentityServer();
  const server = new WebSocketServer({ server: identities.server, perMessageDeflate: false });
  const sockets = new Map<string, Socket>();
  const hellos = new Map<string, PromiseWithResolvers<number>>();
  const malformed: string[] = [];
  const helloOf = (nodeId: string): PromiseWithResolvers<number> => {
    const known = hellos.get(nodeId) ?? Promise.withResolvers<number>();
    hellos.set(nodeId, known);
    return known;
  };
  server.on("connection", (socket, request) => {
    const nodeId = new URL(request.url ?? "/", "ws://hub").searchParams.get("node") ?? "";
    sockets.set(nodeId, request.socket);
    const send = (frame: FromHub) => socket.send(JSON.stringify(frame));
    let pings = 0;
    const timer = setInterval(() => {
      pings += 1;
      send({ type: "ping", id: pings });
    }, pingMs);
    socket.on("close", () => clearInterval(timer));
    socket.on("message", (data) => {
      const frame = JSON.parse(data.toString()) as { type: string };
      if (nodeId !== "bare" && !FromAgent.safeParse(frame).success) malformed.push(data.toString());
      if (frame.type !== "hello") return;
      helloOf(nodeId).resolve(performance.now());
      const settings = { heartbeatMs: 30_000, sampleMs: null, tasksMax: 5 };
      if (nodeId !== "bare") send({ type: "welcome", hubVersion: "0.1.0", timeMs: Date.now(), settings, acknowledged: 0 });
    });
  });
  return {
    url: `wss://127.0.0.1:${identities.port}/agent`,
    token: (nodeId) => identities.token(nodeId),
    malformed,
    hello: (nodeId) => helloOf(nodeId).promise,
    bytes: (nodeId) => {
      const socket = sockets.get(nodeId);
      return (socket?.bytesRead ?? 0) + (socket?.bytesWritten ?? 0);
    },
    close: () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      return identities.close();
    },
  };
};
