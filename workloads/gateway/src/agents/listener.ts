import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { NodeId } from "@fogline/contracts";
import { fail, ok, type Result } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { RpcLog } from "@fogline/rpc";
import { answerMalformed, listen, problemText } from "@fogline/service";
import { type WebSocket, WebSocketServer } from "ws";
import type { GatewayConfig } from "../config.ts";
import type { LivePeers } from "../enrolment/live.ts";
import type { Rotations } from "../enrolment/rotations.ts";
import { serverIdentity } from "../enrolment/server-identity.ts";
import { agentNamesOf } from "../enrolment/token.ts";
import { closeCode } from "./connection.ts";
import type { AgentHub } from "./hub.ts";
import { identityHttp } from "./identity-http.ts";
import { type IdentityParts, identityRequests } from "./identity-requests.ts";
import { checkPeer, type Peer, type Refusal } from "./peer.ts";

export interface ListenerParts extends Omit<IdentityParts, "config"> {
  readonly config: GatewayConfig;
  readonly hub: AgentHub;
  readonly live: LivePeers;
  readonly rotations: Pick<Rotations, "connected">;
  readonly clock: Clock;
  readonly log: RpcLog;
}

const path = "/agent";
/** Connections that are only there to enrol or to renew, beside those of agents. */
const briefMax = 256;
const handshakeTimeoutMs = 10_000;

/**
 * Listens for agents until closed: TLS 1.3, with a certificate of the fleet's CA. Whose certificate the other side shows is checked here and not by
 * TLS, because a device that enrols has none, and one that was offline for long has one that has ended. Throws FL4016 when the port is taken.
 */
export const listenForAgents = async (parts: ListenerParts): Promise<{ port: number; close(): Promise<void> }> => {
  const { config, authority, clock, log } = parts;
  const identityParts = { authority, clock, log, names: agentNamesOf(config), lifetimeMs: config.certificateLifetimeMs };
  const identity = await serverIdentity(identityParts, (next) => server.setSecureContext({ ...tlsOnly, ...next }));
  const peerOf = (request: IncomingMessage, graceMs: number) =>
    checkPeer(certificateOf(request), graceMs, { ...parts, trustDomain: config.trustDomain });
  const server = createServer(
    {
      ...tlsOnly,
      ...identity.first,
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: handshakeTimeoutMs,
      maxHeaderSize: config.headerBytesMax,
      headersTimeout: config.requestTimeoutMs,
      requestTimeout: config.requestTimeoutMs,
      connectionsCheckingInterval: Math.ceil(config.requestTimeoutMs / 2),
    },
    identityHttp({ requests: identityRequests(parts), peerOf, clock, log, config }),
  );
  server.maxConnections = config.agentsMax + briefMax;
  server.on("clientError", answerMalformed);
  acceptAgents(server, parts, (request) => peerOf(request, 0));
  try {
    await listen(() => opened(server, config), config.agentHost, config.agentPort);
  } catch (error) {
    identity.stop();
    throw error;
  }
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a server that listens on TCP has a port");
  return {
    port: address.port,
    close: () => {
      identity.stop();
      return closed(server);
    },
  };
};

const tlsOnly = { minVersion: "TLSv1.3" } as const;

const certificateOf = ({ socket }: IncomingMessage) => (socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined);

const acceptAgents = (server: Server, parts: ListenerParts, peerOf: (request: IncomingMessage) => Promise<Result<Peer, Refusal>>): void => {
  const { config, hub, log, clock } = parts;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: config.frameBytesMax, perMessageDeflate: false, clientTracking: false });
  let checking = 0;
  const admit = async (request: IncomingMessage): Promise<Result<Peer, Refusal>> => {
    const wanted = nodeOf(request);
    if (!wanted.ok) return wanted;
    const peer = await peerOf(request);
    if (!peer.ok) return peer;
    if (peer.value.node === wanted.value) return peer;
    return fail({ status: 403, code: "FL4002", message: `the certificate is that of "${peer.value.node}", not of "${wanted.value}"` });
  };
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A peer that resets while the request is looked at must not bring the process down.
    socket.on("error", () => socket.destroy());
    const open = hub.size + checking;
    if (open >= config.agentsMax) {
      return refuseUpgrade(socket, { status: 503, code: "FL4012", message: `${open} agents are connected, the limit is ${config.agentsMax}` });
    }
    checking += 1;
    admit(request)
      .then(
        (peer) => {
          if (!peer.ok) {
            const { node, code, message } = peer.failure;
            if (node !== undefined) hub.refusals.note(node, { atMs: clock.now(), code, message });
            refuseUpgrade(socket, peer.failure);
          } else if (!socket.destroyed) sockets.handleUpgrade(request, socket, head, (webSocket) => join(webSocket, parts, peer.value));
        },
        (thrown: unknown) => {
          log.error({ err: thrown }, "the certificate of an agent could not be checked");
          refuseUpgrade(socket, { status: 503, code: "FL4009", message: "certificates cannot be checked now; come back soon" });
        },
      )
      .finally(() => {
        checking -= 1;
      });
  });
};

const opened = (server: Server, { agentPort, agentHost }: GatewayConfig): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(agentPort, agentHost, () => {
      server.off("error", reject);
      resolve();
    });
  });

/** Which node a request to connect is about. */
const nodeOf = (request: IncomingMessage): Result<string, Refusal> => {
  const url = URL.parse(request.url ?? "/", "wss://gateway");
  if (url?.pathname !== path) return fail({ status: 404, code: "FL4004", message: `agents connect at ${path}` });
  const nodeId = NodeId.safeParse(url.searchParams.get("node"));
  return nodeId.success ? ok(nodeId.data) : fail({ status: 400, code: "FL4018", message: `${path}?node=<id> names the node` });
};

const join = (webSocket: WebSocket, { hub, live, rotations }: ListenerParts, peer: Peer): void => {
  const socket = {
    get bufferedAmount() {
      return webSocket.bufferedAmount;
    },
    send: (text: string) => webSocket.send(text, () => {}),
    close: (code: number, reason: string) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
  };
  const connection = hub.accept(socket, peer.node, () => void rotations.connected(peer.node, peer.serial));
  const leave = live.add({
    ...peer,
    end: (why) => {
      if (why === "revoked") connection.refuse("FL4031", `the certificate of "${peer.node}" was revoked`, closeCode.refused);
      else connection.refuse("FL4032", "the certificate has ended", closeCode.refused);
    },
  });
  let failure = "";
  webSocket.on("message", (data, isBinary) => connection.received(isBinary ? "" : data.toString(), isBinary));
  // A broken frame: ws closes with the code that says what was wrong (1002, 1007 or 1009).
  webSocket.on("error", (error) => {
    failure = error.message;
  });
  webSocket.on("close", (code) => {
    leave();
    connection.end(failure === "" ? `it closed (code ${code})` : `${failure} (code ${code})`);
  });
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
