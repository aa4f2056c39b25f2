import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { NodeId } from "@fogline/contracts";
import type { Code } from "@fogline/findings";
import { answerMalformed, listen, problemText } from "@fogline/service";
import { type WebSocket, WebSocketServer } from "ws";
import type { GatewayConfig } from "../config.ts";
import type { AgentHub } from "./hub.ts";

type Config = Pick<GatewayConfig, "agentPort" | "agentHost" | "frameBytesMax" | "headerBytesMax" | "requestTimeoutMs" | "agentsMax">;

const path = "/agent";

/** Listens for agents until closed. Throws FL4016 when the port is taken. */
export const listenForAgents = async (config: Config, hub: AgentHub): Promise<{ port: number; close(): Promise<void> }> => {
  const server = createServer(
    {
      maxHeaderSize: config.headerBytesMax,
      headersTimeout: config.requestTimeoutMs,
      requestTimeout: config.requestTimeoutMs,
      connectionsCheckingInterval: Math.ceil(config.requestTimeoutMs / 2),
    },
    (_request, response) => {
      response.writeHead(426, { "content-type": "application/problem+json", connection: "close", upgrade: "websocket" });
      response.end(problemText("FL4018", 426, `agents connect here by WebSocket at ${path}`));
    },
  );
  const sockets = new WebSocketServer({ noServer: true, maxPayload: config.frameBytesMax, perMessageDeflate: false, clientTracking: false });
  server.on("clientError", answerMalformed);
  server.on("upgrade", (request, socket, head) => {
    // A peer that resets while the request is looked at must not bring the process down.
    socket.on("error", () => socket.destroy());
    const caller = callerOf(request, hub.size, config.agentsMax);
    if ("refusal" in caller) return refuseUpgrade(socket, caller.refusal);
    sockets.handleUpgrade(request, socket, head, (webSocket) => join(webSocket, hub, caller));
  });
  await listen(() => opened(server, config), config.agentHost, config.agentPort);
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a server that listens on TCP has a port");
  return { port: address.port, close: () => closed(server) };
};

const opened = (server: Server, { agentPort, agentHost }: Config): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(agentPort, agentHost, () => {
      server.off("error", reject);
      resolve();
    });
  });

interface Caller {
  readonly nodeId: string;
  readonly credential: string;
}
type Refusal = { readonly status: number; readonly code: Code; readonly message: string };

/** Who wants to connect, before anything is read from the database: the credential is checked with the hello. */
const callerOf = (request: IncomingMessage, open: number, openMax: number): Caller | { refusal: Refusal } => {
  const refuse = (status: number, code: Code, message: string) => ({ refusal: { status, code, message } });
  const url = URL.parse(request.url ?? "/", "ws://gateway");
  if (url?.pathname !== path) return refuse(404, "FL4004", `agents connect at ${path}`);
  const nodeId = NodeId.safeParse(url.searchParams.get("node"));
  if (!nodeId.success) return refuse(400, "FL4018", `${path}?node=<id> names the node`);
  const credential = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (credential === undefined) return refuse(401, "FL4002", "the node's credential is sent as a bearer token");
  if (open >= openMax) return refuse(503, "FL4012", `${open} agents are connected, the limit is ${openMax}`);
  return { nodeId: nodeId.data, credential };
};

const join = (webSocket: WebSocket, hub: AgentHub, { nodeId, credential }: Caller): void => {
  const socket = {
    get bufferedAmount() {
      return webSocket.bufferedAmount;
    },
    send: (text: string) => webSocket.send(text, () => {}),
    close: (code: number, reason: string) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
  };
  const connection = hub.accept(socket, nodeId, credential);
  let failure = "";
  webSocket.on("message", (data, isBinary) => connection.received(isBinary ? "" : data.toString(), isBinary));
  // A broken frame: ws closes with the code that says what was wrong (1002, 1007 or 1009).
  webSocket.on("error", (error) => {
    failure = error.message;
  });
  webSocket.on("close", (code) => connection.end(failure === "" ? `it closed (code ${code})` : `${failure} (code ${code})`));
};

const refuseUpgrade = (socket: Duplex, { status, code, message }: Refusal): void => {
  const body = problemText(code, status, message);
  const head = [
    `HTTP/1.1 ${status} Refused`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
};

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
