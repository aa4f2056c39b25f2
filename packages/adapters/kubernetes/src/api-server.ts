import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { FoglineError } from "@fogline/findings";
import { chosenKubeconfig, type KubeconfigChoice, serverOf, unreadable } from "./kubeconfig.ts";

/** Where a kubeconfig leads, and by what the server there is known again. */
export interface ApiServer {
  readonly url: string;
  /** SHA-256 of the certificate of its authority, as `sha256:` and hexadecimal; absent where the kubeconfig holds none. */
  readonly authority?: string;
}

interface Endpoint extends ApiServer {
  readonly authorities: readonly X509Certificate[];
  readonly serverName?: string;
}

const timeoutMs = 15_000;
const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The API server that a kubeconfig names; nothing is asked of it. Throws FL4065 for a kubeconfig that cannot be read. */
export const apiServerOf = (choice: KubeconfigChoice): ApiServer => {
  const { url, authority } = endpointOf(choice);
  return authority === undefined ? { url } : { url, authority };
};

/**
 * Looks whether the API server of a kubeconfig is the one with this fingerprint: that of its own certificate, or of the authority in the kubeconfig, by
 * which its certificate then must be signed. Nothing but the handshake of TLS is sent. Throws FL3302 for another server, FL4065 where none answers.
 */
export const confirmApiServer = async (choice: KubeconfigChoice, fingerprint: string): Promise<void> => {
  const expected = digestIn(fingerprint);
  const endpoint = endpointOf(choice);
  if (!endpoint.url.startsWith("https:")) throw stranger(endpoint.url, "speaks no TLS", fingerprint);
  const pinned = endpoint.authorities.find((one) => digestOf(one) === expected);
  if (pinned !== undefined) {
    // Only a handshake that is verified says that the authority has signed: anybody can show a certificate with its name.
    const refused = await handshake(endpoint, { ca: [pinned.toString()] });
    if (typeof refused === "string") throw stranger(endpoint.url, `is not of the authority that it names: ${refused}`, fingerprint);
    return;
  }
  const shown = await handshake(endpoint, { rejectUnauthorized: false });
  if (typeof shown === "string") throw unreadable(`${endpoint.url} does not answer: ${shown}`);
  if (digestOf(shown) !== expected) throw stranger(endpoint.url, `shows sha256:${digestOf(shown)}`, fingerprint);
};

const endpointOf = (choice: KubeconfigChoice): Endpoint => {
  const config = chosenKubeconfig(choice);
  const cluster = config.getCurrentCluster();
  const { caData, caFile, tlsServerName } = cluster ?? {};
  const inFile = caFile !== undefined && existsSync(caFile) ? readFileSync(caFile, "utf8") : "";
  const pem = caData === undefined ? inFile : Buffer.from(caData, "base64").toString("utf8");
  const authorities = (pem.match(certificate) ?? []).map((text) => new X509Certificate(text));
  const [first] = authorities;
  return {
    ...{ url: serverOf(config), authorities },
    ...(first === undefined ? {} : { authority: `sha256:${digestOf(first)}` }),
    ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
  };
};

/** The server's own certificate, or why there was no handshake. */
const handshake = ({ url, serverName }: Endpoint, trust: Pick<ConnectionOptions, "ca" | "rejectUnauthorized">): Promise<X509Certificate | string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, "");
    const named = serverName ?? (isIP(host) === 0 ? host : undefined);
    const socket: TLSSocket = connect({ ...{ host, port: Number(port || 443) }, ...trust, ...(named === undefined ? {} : { servername: named }) });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)));
    socket.once("error", ({ message, code }: NodeJS.ErrnoException) => resolve(message || code || "the connection ended"));
    socket.once("secureConnect", () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      resolve(shown ?? "it shows no certificate");
    });
  });

const digestOf = ({ fingerprint256 }: X509Certificate): string => fingerprint256.replaceAll(":", "").toLowerCase();

/** Hexadecimal digits of a fingerprint as people write it: `sha256:ab12...`, or as openssl prints it, `AB:12:...`. */
const digestIn = (fingerprint: string): string => {
  const digits = fingerprint
    .replace(/^sha-?256[:=]/i, "")
    .replaceAll(":", "")
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new FoglineError("FL3302", `${fingerprint} is no fingerprint of a certificate: sha256: and 64 hexadecimal digits`, {
    remedy: "Write what `openssl x509 -noout -fingerprint -sha256` prints of the API server's certificate, or of its authority's.",
  });
};

const stranger = (url: string, says: string, fingerprint: string): FoglineError =>
  new FoglineError("FL3302", `${url} ${says}, and the fleet file names ${fingerprint}; nothing was planned`);
