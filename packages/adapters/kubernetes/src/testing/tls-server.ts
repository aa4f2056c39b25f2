import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate authority of a test, with a server certificate of 127.0.0.1 that it has signed. */
export interface Authority {
  readonly folder: string;
  readonly caPem: string;
  readonly caFingerprint: string;
  readonly serverFingerprint: string;
  remove(): void;
}

const fingerprintOf = (pem: string): string => `sha256:${new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase()}`;

/** Makes one with openssl, in a folder of its own. Two of the same name show certificates that only their signatures tell apart. */
export const makeAuthority = (name = "test authority"): Authority => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-authority-"));
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", `/CN=${name}`);
  openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1");
  writeFileSync(join(folder, "names.txt"), "subjectAltName=IP:127.0.0.1\n");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "names.txt"];
  openssl("x509", "-req", "-in", "server.csr", ...signed, "-out", "server.pem");
  const caPem = readFileSync(join(folder, "ca.pem"), "utf8");
  return {
    ...{ folder, caPem, caFingerprint: fingerprintOf(caPem), serverFingerprint: fingerprintOf(readFileSync(join(folder, "server.pem"), "utf8")) },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** Something that answers like an API server that knows only what a test says. */
export interface TlsServer {
  readonly url: string;
  /** Paths that were asked for, without those that a handshake alone leaves out. */
  readonly asked: readonly string[];
  /** A kubeconfig to it with an administrator's token, as text. */
  kubeconfig(caPem?: string): string;
  stop(): void;
}

/** The token of {@link TlsServer.kubeconfig}: a secret that a test looks for where it must not be. */
export const serverToken = "token-of-an-administrator";

/** Serves by an authority's certificate; `answers` has the body for each path that is there. */
export const startTlsServer = async ({ folder, caPem }: Authority, answers: Readonly<Record<string, unknown>> = {}): Promise<TlsServer> => {
  const asked: string[] = [];
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const server: Server = createServer({ key: read("server.key"), cert: read("server.pem") }, (request, response) => {
    const { url = "" } = request;
    asked.push(url);
    const known = Object.hasOwn(answers, url);
    response.writeHead(known ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(known ? answers[url] : { kind: "Status" }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, asked },
    kubeconfig: (authority = caPem) =>
      JSON.stringify({
        ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
        clusters: [{ name: "test", cluster: { server: url, "certificate-authority-data": Buffer.from(authority).toString("base64") } }],
        users: [{ name: "admin", user: { token: serverToken } }],
        contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
      }),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
