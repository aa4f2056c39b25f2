import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { FoglineError } from "@fogline/findings";

/** The plain HTTP port beside a TLS port: it answers an authority's challenges and sends everybody else to the TLS port. */
export interface PlainPort {
  readonly port: number;
  /** Answers one challenge until the returned function is called. */
  present(token: string, answer: string): () => void;
  close(): Promise<void>;
}

const challengePath = "/.well-known/acme-challenge/";
const headBytesMax = 8_192;
const requestTimeoutMs = 5_000;
/** Nobody has business here for longer than one answer. */
const connectionsMax = 1_000;

/** Opens it. `publicUrl` is where people belong. Throws FL4016 when the port is taken or not allowed. */
export const openPlainPort = async (options: { readonly host: string; readonly port: number; readonly publicUrl: string }): Promise<PlainPort> => {
  const { host, port, publicUrl } = options;
  const answers = new Map<string, string>();
  const server = createServer(
    {
      maxHeaderSize: headBytesMax,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs,
    },
    (request, response) => answer(request, response, answers, publicUrl),
  );
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EACCES" ? "may not be used by this user" : "is in use";
      reject(
        cause.code === "EACCES" || cause.code === "EADDRINUSE" ? new FoglineError("FL4016", `port ${port} on ${host} ${why}`, { cause }) : cause,
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a server that listens on TCP has a port");
  return {
    port: address.port,
    present: (token, text) => {
      answers.set(token, text);
      return () => void answers.delete(token);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const answer = ({ method, url = "/" }: IncomingMessage, response: ServerResponse, answers: ReadonlyMap<string, string>, publicUrl: string): void => {
  const challenge = url.startsWith(challengePath) ? answers.get(url.slice(challengePath.length)) : undefined;
  response.setHeader("connection", "close");
  if (challenge !== undefined) return void response.writeHead(200, { "content-type": "application/octet-stream" }).end(challenge);
  if (url.startsWith(challengePath)) return void response.writeHead(404).end();
  // A body or a token that was sent in the clear is lost already; sending it again must be somebody's decision.
  if (method !== "GET" && method !== "HEAD") return void response.writeHead(403, { "content-type": "text/plain" }).end(`use ${publicUrl}\n`);
  // The path alone, so that nobody is led elsewhere: never what the request says of its host, and never "//elsewhere".
  const path = url.startsWith("/") && !/^\/[/\\]/.test(url) ? url : "/";
  response.writeHead(308, { location: new URL(publicUrl).origin + path }).end();
};
