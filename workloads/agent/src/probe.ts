import { createServer, connect as dial, type Server, type Socket } from "node:net";

/** Somebody else's attempt to be a peer is answered with one short line and a closed connection. */
const connectionsMax = 16;

export interface ProbeListener {
  /** host:port that peers of the site can reach. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Listens for peers of the site that want to know whether this agent lives, and answers each with a line "<nodeId> <bootId>". It says nothing
 * else and reads nothing. While `answers` is false it accepts connections and stays silent, as a frozen device does.
 */
export const openProbe = async (
  host: string,
  identity: { nodeId: string; bootId: string },
  answers: () => boolean = () => true,
): Promise<ProbeListener> => {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
    socket.resume();
    if (answers()) socket.end(`${identity.nodeId} ${identity.bootId}\n`);
    else socket.setTimeout(60_000, () => socket.destroy());
  });
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  server.unref();
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : 0;
  return {
    address: `${host.includes(":") ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
};

/** What a probe of a peer found, in the body of the answer to the hub. */
export interface ProbeFinding {
  readonly alive: boolean;
  /** The peer's boot id, when it answered. */
  readonly bootId: string | null;
  readonly message: string;
}

const answerBytesMax = 256;

/** Asks the peer at host:port for its life. A wrong node at that address counts as dead. Never rejects. */
export const probePeer = (address: string, nodeId: string, timeoutMs: number): Promise<ProbeFinding> =>
  new Promise((resolve) => {
    const split = address.lastIndexOf(":");
    const host = address.slice(0, split).replace(/^\[|\]$/g, "");
    const port = Number(address.slice(split + 1));
    if (host === "" || !Number.isInteger(port) || port < 1 || port > 65_535) {
      return resolve({ alive: false, bootId: null, message: `"${address}" is not host:port` });
    }
    const socket = dial({ host, port });
    let text = "";
    const settle = (finding: ProbeFinding) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(finding);
    };
    const timer = setTimeout(() => settle({ alive: false, bootId: null, message: `no answer from ${address} in ${timeoutMs} ms` }), timeoutMs);
    socket.on("data", (chunk) => {
      text = (text + chunk.toString("utf8")).slice(0, answerBytesMax);
    });
    socket.on("error", (error) => settle({ alive: false, bootId: null, message: `${address}: ${error.message}` }));
    socket.on("close", () => {
      const [found = "", bootId = ""] = text.trim().split(" ");
      if (found === nodeId) settle({ alive: true, bootId, message: `${nodeId} answered at ${address}` });
      else settle({ alive: false, bootId: null, message: found === "" ? `${address} closed without an answer` : `${address} is "${found}"` });
    });
  });
