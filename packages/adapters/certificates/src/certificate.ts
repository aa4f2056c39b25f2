// x509 finds its parts by their metadata and needs this in place before it loads.
import "reflect-metadata";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { FoglineError, textOf } from "@fogline/findings";
import * as x509 from "@peculiar/x509";

/** A certificate with the chain up to its root, and its private key, both PEM. */
export interface Certificate {
  readonly chain: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A key pair for one certificate: P-256, which every client of the last ten years knows. */
const newKeys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

const pemOf = async ({ privateKey }: CryptoKeyPair): Promise<string> =>
  x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");

/** A certificate request (PKCS #10, DER) for these names, and the private key it is for, PEM. */
export const certificateRequest = async (hostnames: readonly string[]): Promise<{ readonly der: Uint8Array; readonly key: string }> => {
  const keys = await newKeys();
  const names = hostnames.map((value) => ({ type: "dns" as const, value }));
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  });
  return { der: new Uint8Array(request.rawData), key: await pemOf(keys) };
};

const serialBytes = 16;

/**
 * A certificate that nobody vouches for: what a port shows until a certificate authority has answered. `notBeforeMs` and `lifeMs` are
 * milliseconds.
 */
export const selfSigned = async (hostname: string, notBeforeMs: number, lifeMs: number): Promise<Certificate> => {
  const keys = await newKeys();
  const serial = crypto.getRandomValues(new Uint8Array(serialBytes));
  // A serial number is positive (RFC 5280, 4.1.2.2).
  serial[0] = (serial[0] ?? 0) & 0x7f;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(serial).toString("hex"),
    name: [{ CN: [hostname] }],
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notBeforeMs + lifeMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: /^[\d.]+$|:/.test(hostname) ? "ip" : "dns", value: hostname }]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  return { chain: `${certificate.toString("pem")}\n`, key: `${await pemOf(keys)}\n` };
};

/** The times between which a certificate counts, milliseconds. */
export const lifeOf = ({ chain }: Certificate): { readonly notBeforeMs: number; readonly notAfterMs: number } => {
  const { validFromDate, validToDate } = new X509Certificate(chain);
  return { notBeforeMs: validFromDate.getTime(), notAfterMs: validToDate.getTime() };
};

export const isFor = ({ chain }: Certificate, hostname: string): boolean => new X509Certificate(chain).checkHost(hostname) !== undefined;

/** A file with a private key and a chain, in any order, as its two parts. */
export const splitPem = (text: string): Certificate => {
  const blocks = text.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?/g) ?? [];
  const isKey = (block: string): boolean => block.includes("PRIVATE KEY");
  return { key: blocks.filter(isKey).join(""), chain: blocks.filter((block) => !isKey(block)).join("") };
};

/** Throws FL4061 unless the two are PEM and belong together. */
export const checkPair = ({ chain, key }: Certificate, chainName: string, keyName: string): void => {
  const certificate = readAs(chainName, "a PEM certificate", () => new X509Certificate(chain));
  const privateKey = readAs(keyName, "a PEM private key without a passphrase", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new FoglineError("FL4061", `the key in ${keyName} does not belong to the certificate in ${chainName}`);
};

const readAs = <Value>(name: string, what: string, read: () => Value): Value => {
  try {
    return read();
  } catch (cause) {
    throw new FoglineError("FL4061", `${name} is not ${what}: ${textOf(cause)}`, { cause });
  }
};
