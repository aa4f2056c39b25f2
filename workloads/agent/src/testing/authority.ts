import "reflect-metadata";
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** What a test wants in a certificate. */
export interface Wish {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly purpose: "client" | "server";
  readonly notAfterMs?: number;
  /** Host names of a server; localhost and 127.0.0.1 unless given. */
  readonly hosts?: readonly string[];
}

/** A CA for tests: one root that signs whatever it is told to. */
export interface TestAuthority {
  readonly caPem: string;
  readonly fingerprint: string;
  issue(wish: Wish): Promise<string>;
}

const crypto = webcrypto as unknown as Crypto;
const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
const dayMs = 86_400_000;
const serialNumber = () => `40${randomBytes(15).toString("hex")}`;
const keyOf = (key: KeyObject, usage: "sign" | "verify") => key.toCryptoKey(algorithm as never, true, [usage]) as unknown as CryptoKey;

export const fingerprintOf = (pem: string): string => `sha256:${createHash("sha256").update(new X509Certificate(pem).raw).digest("hex")}`;

export const testAuthority = async (name = "Test fleet"): Promise<TestAuthority> => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = { privateKey: keyOf(pair.privateKey, "sign"), publicKey: keyOf(pair.publicKey, "verify") };
  const times = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + 365 * dayMs) };
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...{ serialNumber: serialNumber(), name: `CN=${name}`, keys, signingAlgorithm, ...times },
      extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
    },
    crypto,
  );
  const caPem = new X509Certificate(Buffer.from(root.rawData)).toString();
  return {
    caPem,
    fingerprint: fingerprintOf(caPem),
    issue: async ({ name: subject, publicKey, purpose, notAfterMs = Date.now() + dayMs, hosts }) => {
      const ofServer = hosts?.map((value) => ({ type: "dns" as const, value })) ?? serverNames;
      const names = purpose === "client" ? [{ type: "url" as const, value: `spiffe://test/node/${subject}` }] : ofServer;
      const usage = purpose === "client" ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
      const issued = await x509.X509CertificateGenerator.create(
        {
          ...{ serialNumber: serialNumber(), subject: `CN=${subject}`, issuer: root.subjectName, signingAlgorithm, signingKey: keys.privateKey },
          ...{ publicKey: keyOf(publicKey, "verify"), notBefore: times.notBefore, notAfter: new Date(notAfterMs) },
          extensions: [new x509.ExtendedKeyUsageExtension([usage]), new x509.SubjectAlternativeNameExtension(names)],
        },
        crypto,
      );
      return new X509Certificate(Buffer.from(issued.rawData)).toString();
    },
  };
};

const serverNames = [
  { type: "dns" as const, value: "localhost" },
  { type: "ip" as const, value: "127.0.0.1" },
];

/** What a TLS server of a test shows: its key and certificate, and the CA's after it. */
export const serverOf = async (authority: TestAuthority, hosts?: readonly string[]): Promise<{ key: string; cert: string }> => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certificate = await authority.issue({ name: "hub", publicKey, purpose: "server", ...(hosts === undefined ? {} : { hosts }) });
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert: certificate + authority.caPem };
};

/** What `/enrol` and `/renew` answer to a public key. */
export const answerFor = async (authority: TestAuthority, node: string, publicKeyPem: string, notAfterMs?: number) => ({
  certificatePem: await authority.issue({
    ...{ name: node, publicKey: createPublicKey(publicKeyPem), purpose: "client" as const },
    ...(notAfterMs === undefined ? {} : { notAfterMs }),
  }),
  caPem: authority.caPem,
});
