import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { FoglineError, textOf } from "@fogline/findings";
import type { Clock, Database, Random } from "@fogline/ports";
import type { GatewaySchema } from "../schema.ts";
import { sealWith } from "../sealed.ts";
import { derivedKey, type GatewaySecrets } from "../secrets.ts";
import { type CertificateWish, type Issuer, issueCertificate, issueRoot, newSerial } from "./issue.ts";

/** Who signs the certificates of the fleet's devices, and of the port that they connect to. */
export interface CertificateAuthority {
  /** What devices trust and pin: the last certificate of the chain. */
  readonly root: X509Certificate;
  /** The certificate that signs, then those between it and the root; the root itself where it signs. */
  readonly issuers: readonly X509Certificate[];
  issue(wish: Omit<CertificateWish, "serial">): Promise<X509Certificate>;
}

/** A CA that a person brings, for example an intermediate of cert-manager or Vault. */
export interface GivenAuthority {
  /** The certificate that signs, then those above it up to the root, PEM. Former ones may follow: what they signed stays valid. */
  readonly certificatesPem: string;
  readonly keyPem: string;
}

const yearMs = 365 * 86_400_000;
const rootYears = 10;
/** Devices' clocks may be behind. */
const earlyMs = 3_600_000;

const overIssuer = (issuer: Issuer, chain: readonly X509Certificate[], random: Random): CertificateAuthority => ({
  root: chain.at(-1) ?? issuer.certificate,
  issuers: chain,
  issue: (wish) => issueCertificate(issuer, { ...wish, notBeforeMs: wish.notBeforeMs - earlyMs, serial: newSerial(random.bytes) }),
});

/** The CA of the given files. Throws FL4015 when they do not make one. */
export const givenAuthority = ({ certificatesPem, keyPem }: GivenAuthority, clock: Clock, random: Random): CertificateAuthority => {
  const refuse = (why: string, cause?: unknown) =>
    new FoglineError("FL4015", `caCertificateFile and caKeyFile do not make a CA: ${why}`, {
      remedy: "caCertificateFile holds the certificate that signs and then those above it, PEM; caKeyFile its private key",
      ...(cause === undefined ? {} : { cause }),
    });
  let chain: X509Certificate[];
  let key: Issuer["key"];
  try {
    chain = certificatesIn(certificatesPem);
    key = createPrivateKey(keyPem);
  } catch (cause) {
    throw refuse(textOf(cause), cause);
  }
  const [certificate] = chain;
  if (certificate === undefined) throw refuse("there is no certificate");
  if (!certificate.ca) throw refuse(`${certificate.subject} is not allowed to sign certificates`);
  if (!certificate.checkPrivateKey(key)) throw refuse(`the key is not that of ${certificate.subject}`);
  if (certificate.validToDate.getTime() <= clock.now()) throw refuse(`${certificate.subject} ended on ${certificate.validTo}`);
  return { ...overIssuer({ certificate, key }, chain, random), root: topOf(certificate, chain) };
};

/** Where the chain from the first certificate upwards ends; what follows are former ones. */
const topOf = (certificate: X509Certificate, chain: readonly X509Certificate[]): X509Certificate => {
  let top = certificate;
  for (const next of chain.slice(1)) {
    if (!top.checkIssued(next) || !top.verify(next.publicKey)) break;
    top = next;
  }
  return top;
};

/** Every certificate of a PEM text, in order. */
const certificatesIn = (text: string): X509Certificate[] =>
  [...text.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(([one]) => new X509Certificate(one));

const sealedAbout = "the key of the fleet's CA";

/**
 * The built-in CA: its root is made once, and its key is in the database, sealed. Of two gateways that make it at once, one wins and both use it.
 * Throws FL4015 when the root key is not the one that it was sealed with.
 */
export const builtInAuthority = async (
  database: Database<GatewaySchema>,
  secrets: GatewaySecrets,
  { clock, random, trustDomain }: { readonly clock: Clock; readonly random: Random; readonly trustDomain: string },
): Promise<CertificateAuthority> => {
  const seal = sealWith(derivedKey(secrets, "certificate authority"), random);
  const read = () => database.kysely.selectFrom("authorities").selectAll().where("name", "=", "built-in").executeTakeFirst();
  let row = await read();
  if (row === undefined) {
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const nowMs = clock.now();
    const times = { notBeforeMs: nowMs - earlyMs, notAfterMs: nowMs + rootYears * yearMs };
    const root = await issueRoot(key, { commonName: `Fogline fleet ${trustDomain}`, serial: newSerial(random.bytes), ...times });
    const secret = key.privateKey.export({ type: "pkcs8", format: "der" });
    const sealed_key = seal.close(secret, sealedAbout);
    await database.kysely
      .insertInto("authorities")
      .values({ name: "built-in", certificate_pem: root.toString(), sealed_key })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    row = await read();
  }
  if (row === undefined) throw new TypeError("the CA that was just written is there");
  const secret = seal.open(row.sealed_key, sealedAbout);
  if (secret === undefined) {
    throw new FoglineError("FL4015", "the CA in the gateway's database does not open: the root key is another one, or the database was changed", {
      remedy: "give the gateway the root key that the database was made with",
    });
  }
  const certificate = new X509Certificate(row.certificate_pem);
  const key = createPrivateKey({ key: Buffer.from(secret), type: "pkcs8", format: "der" });
  return overIssuer({ certificate, key }, [certificate], random);
};

/** What is sent along with a certificate of this CA: those between it and the root. Devices have the root. */
export const intermediatesOf = ({ issuers, root }: CertificateAuthority): readonly X509Certificate[] => {
  const between: X509Certificate[] = [];
  for (const one of issuers) {
    if (one.fingerprint256 === root.fingerprint256) break;
    between.push(one);
  }
  return between;
};

/** A public key that may get a certificate: ECDSA P-256. `undefined` for anything else. */
export const deviceKey = (publicKeyPem: string) => {
  try {
    const key = createPublicKey(publicKeyPem);
    const fits = key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
    return fits && /^-----BEGIN PUBLIC KEY-----/.test(publicKeyPem.trimStart()) ? key : undefined;
  } catch {
    return undefined;
  }
};
