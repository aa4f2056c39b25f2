import { createHash, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, type DetailedPeerCertificate } from "node:tls";

const timeoutMs = 10_000;
const chainMax = 8;

export interface PinnedHub {
  /** wss://host:port/agent. */
  readonly hubUrl: string;
  /** The CA that the hub must show: `sha256:` and hexadecimal. */
  readonly fingerprint: string;
}

/**
 * The CA of a hub that is known by its fingerprint alone. This connection is only for reading: nothing is sent over it, and nothing of it is
 * trusted but a certificate with the right fingerprint whose key signed, by way of those between, the one that the hub shows. Whoever connects then
 * trusts that CA and no other. Rejects when the hub shows no such chain.
 */
export const findAuthority = async ({ hubUrl, fingerprint }: PinnedHub): Promise<string> => {
  const chain = await chainOf(hubUrl);
  for (const [index, certificate] of chain.entries()) {
    if (index > 0 && !signed(chain[index - 1], certificate)) break;
    if (`sha256:${createHash("sha256").update(certificate.raw).digest("hex")}` === fingerprint) return certificate.toString();
  }
  throw new Error(`the hub at ${new URL(hubUrl).host} does not show the CA of the token (${fingerprint}): somebody may be in between`);
};

const signed = (below: X509Certificate | undefined, above: X509Certificate): boolean =>
  below?.checkIssued(above) === true && below.verify(above.publicKey);

/** What a hub shows, its own certificate first. */
const chainOf = (hubUrl: string): Promise<X509Certificate[]> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(hubUrl);
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      minVersion: "TLSv1.3",
      // Looked at and closed: see above.
      rejectUnauthorized: false,
    });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error("the hub did not answer in time")));
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      const chain: X509Certificate[] = [];
      const seen = new Set<DetailedPeerCertificate>();
      for (let one: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true); one?.raw !== undefined; one = one.issuerCertificate) {
        if (seen.has(one) || chain.length >= chainMax) break;
        seen.add(one);
        chain.push(new X509Certificate(one.raw));
      }
      socket.destroy();
      resolve(chain);
    });
  });
