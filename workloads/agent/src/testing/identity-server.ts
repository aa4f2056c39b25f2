import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import { TLSSocket } from "node:tls";
import { answerFor, serverOf, type TestAuthority, testAuthority } from "./authority.ts";

/** The agents' port of a test hub: TLS 1.3, and it enrols and renews whoever asks, unless a test says otherwise. */
export interface IdentityServer {
  readonly server: Server;
  readonly port: number;
  readonly authority: TestAuthority;
  /** Paths of requests that were answered, in order, with the name in the certificate that was shown. */
  readonly asked: { readonly path: string; readonly by: string | undefined }[];
  /** A token for a node; of another fleet when a fingerprint is given. */
  token(nodeId: string, changes?: { readonly fingerprint?: string; readonly hubUrl?: string }): string;
  /** What to answer instead, by path; a status with a code, or `lost` to close the connection after the request. */
  readonly answers: Map<string, { readonly status: number; readonly code: string } | "lost">;
  /** When the certificates end that are made from now on. */
  notAfterMs: number | undefined;
  close(): Promise<void>;
}

/** The name in the certificate of a request. */
export const nameOf = ({ socket }: IncomingMessage): string | undefined => {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? undefined : /CN=([^\n]+)/.exec(certificate.subject)?.[1];
};

export const openIdentityServer = async (given?: TestAuthority, shown?: { key: string; cert: string }): Promise<IdentityServer> => {
  const authority = given ?? (await testAuthority());
  const server = createServer({
    ...(shown ?? (await serverOf(authority))),
    ...{ minVersion: "TLSv1.3", requestCert: true, rejectUnauthorized: false },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const opened: IdentityServer = {
    ...{ server, port, authority, asked: [], answers: new Map(), notAfterMs: undefined },
    token: (nodeId, { fingerprint = authority.fingerprint, hubUrl = `wss://127.0.0.1:${port}/agent` } = {}) => {
      const token = { u: hubUrl, n: nodeId, s: randomBytes(24).toString("base64url"), f: fingerprint };
      return `fle_${Buffer.from(JSON.stringify(token)).toString("base64url")}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const answer = async (request: IncomingMessage): Promise<[number, unknown] | undefined> => {
    const path = request.url ?? "";
    let text = "";
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
    const body = JSON.parse(text) as { node?: string; publicKeyPem: string };
    const node = path === "/enrol" ? body.node : nameOf(request);
    opened.asked.push({ path, by: nameOf(request) });
    const instead = opened.answers.get(path);
    if (instead === "lost") return undefined;
    if (instead !== undefined) return [instead.status, { code: instead.code, detail: "as the test says" }];
    return [200, await answerFor(authority, node ?? "", body.publicKeyPem, opened.notAfterMs)];
  };
  server.on("request", (request, response) => {
    void answer(request).then((answered) => {
      if (answered === undefined) return void request.socket.destroy();
      response.writeHead(answered[0], { "content-type": "application/json" }).end(JSON.stringify(answered[1]));
    });
  });
  return opened;
};
