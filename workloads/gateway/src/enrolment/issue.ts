// tsyringe, beneath the certificate library, needs it before anything else is loaded.
import "reflect-metadata";
import { type KeyObject, X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import { FoglineError } from "@fogline/findings";
import * as x509 from "@peculiar/x509";

/** The library's types come from the browser's; Node's are the same things. */
const crypto = webcrypto as unknown as Crypto;

export interface Name {
  readonly type: "dns" | "ip" | "url";
  readonly value: string;
}

/** What a certificate says of its holder, and for how long. */
export interface CertificateWish {
  readonly commonName: string;
  readonly names: readonly Name[];
  readonly publicKey: KeyObject;
  readonly purpose: "client" | "server";
  /** Hexadecimal, positive, at most 20 bytes (RFC 5280 section 4.1.2.2). */
  readonly serial: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A CA's certificate with its key. */
export interface Issuer {
  readonly certificate: NodeCertificate;
  readonly key: KeyObject;
}

const cryptoKey = (key: KeyObject, algorithm: SigningAlgorithm, usage: "sign" | "verify"): CryptoKey =>
  key.toCryptoKey(algorithm.key as never, usage === "verify", [usage]) as unknown as CryptoKey;

const date = (ms: number): Date => new Date(ms);

interface SigningAlgorithm {
  readonly key: { readonly name: string; readonly namedCurve?: string; readonly hash?: string };
  readonly signing: { readonly name: string; readonly hash: string };
}

/** How a CA's key signs. Throws FL4015 for one that this gateway cannot use. */
const algorithmOf = (key: KeyObject): SigningAlgorithm => {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === "ec" && curve === "prime256v1")
    return { key: { name: "ECDSA", namedCurve: "P-256" }, signing: { name: "ECDSA", hash: "SHA-256" } };
  if (key.asymmetricKeyType === "ec" && curve === "secp384r1")
    return { key: { name: "ECDSA", namedCurve: "P-384" }, signing: { name: "ECDSA", hash: "SHA-384" } };
  if (key.asymmetricKeyType === "rsa")
    return { key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, signing: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } };
  throw new FoglineError("FL4015", `a CA with a key of the kind ${curve ?? key.asymmetricKeyType} cannot be used`, {
    remedy: "use ECDSA P-256 or P-384, or RSA",
  });
};

const subjectOf = (commonName: string): x509.JsonName => [{ CN: [commonName] }];

/** A certificate below `issuer`: never a CA itself, for one purpose, and never valid for longer than the issuer. */
export const issueCertificate = async ({ certificate, key }: Issuer, wish: CertificateWish): Promise<NodeCertificate> => {
  const algorithm = algorithmOf(key);
  const issuer = new x509.X509Certificate(certificate.raw);
  const publicKey = new x509.PublicKey(wish.publicKey.export({ type: "spki", format: "der" }));
  const usage = wish.purpose === "client" ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
  const issued = await x509.X509CertificateGenerator.create(
    {
      serialNumber: wish.serial,
      subject: subjectOf(wish.commonName),
      issuer: issuer.subjectName,
      publicKey,
      signingKey: cryptoKey(key, algorithm, "sign"),
      signingAlgorithm: algorithm.signing,
      notBefore: date(Math.max(wish.notBeforeMs, issuer.notBefore.getTime())),
      notAfter: date(Math.min(wish.notAfterMs, issuer.notAfter.getTime())),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension([...wish.names]),
        await x509.SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return new NodeCertificate(Buffer.from(issued.rawData));
};

/** A root of its own: signs certificates of devices and servers, and no other CA. */
export const issueRoot = async (
  key: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  about: Pick<CertificateWish, "commonName" | "serial" | "notBeforeMs" | "notAfterMs">,
): Promise<NodeCertificate> => {
  const algorithm = algorithmOf(key.privateKey);
  const keys = {
    privateKey: cryptoKey(key.privateKey, algorithm, "sign"),
    publicKey: cryptoKey(key.publicKey, algorithm, "verify"),
  };
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: about.serial,
      name: subjectOf(about.commonName),
      keys,
      signingAlgorithm: algorithm.signing,
      notBefore: date(about.notBeforeMs),
      notAfter: date(about.notAfterMs),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return new NodeCertificate(Buffer.from(root.rawData));
};

const serialBytes = 16;

/** A new serial number of 128 bits, 126 of them random: positive, and as long in every notation. */
export const newSerial = (bytes: (length: number) => Uint8Array): string => {
  const serial = Buffer.from(bytes(serialBytes));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial.toString("hex");
};
