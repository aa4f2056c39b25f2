import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { FoglineError } from "@fogline/findings";
import { type Blob, blobOf, type Descriptor, jsonBytes } from "./blob.ts";

/** A key pair for signatures, as PEM: private as PKCS #8, public as SubjectPublicKeyInfo. */
export interface SigningKey {
  /** Never shown. */
  readonly privateKey: string;
  readonly publicKey: string;
}

/** ECDSA over P-256 with SHA-256, which is what cosign's keys are. */
const curve = "prime256v1";

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const payloadType = "application/vnd.dev.cosign.simplesigning.v1+json";
const signatureAnnotation = "dev.cosignproject.cosign/signature";

/** A new key pair; its randomness is the operating system's. */
export const newSigningKey = (): SigningKey =>
  generateKeyPairSync("ec", {
    namedCurve: curve,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

const keyIn = (privateKey: string, file: string): KeyObject => {
  const key = parsed(privateKey);
  if (key?.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === curve) return key;
  throw new FoglineError("FL3206", `${file} holds no private key that trees are signed with`, {
    remedy: "The file must be one that `fogline tree key` wrote: an ECDSA key over P-256 in PEM, PKCS #8, without a passphrase.",
  });
};

/** The library's message may hold what it could not read. */
const parsed = (privateKey: string): KeyObject | undefined => {
  try {
    return createPrivateKey(privateKey);
  } catch {
    return undefined;
  }
};

/** The public half of a private key. `file` is for the message. Throws FL3206 for what is no such key; never shows it. */
export const publicKeyOf = (privateKey: string, file: string): string =>
  createPublicKey(keyIn(privateKey, file)).export({ type: "spki", format: "pem" }).toString();

/** The tag under which cosign looks for the signatures of a digest. */
export const signatureTag = (digest: string): string => `${digest.replace(":", "-")}.sig`;

/** What is signed: which digest, and under which name it was pushed. */
const payloadOf = (repository: string, digest: string): Buffer =>
  jsonBytes({
    critical: {
      identity: { "docker-reference": repository },
      image: { "docker-manifest-digest": digest },
      type: "cosign container image signature",
    },
    optional: null,
  });

/** A signature over a digest, as the layer of a manifest of signatures. */
export const signDigest = (repository: string, digest: string, privateKey: string): Blob => {
  const payload = payloadOf(repository, digest);
  const signature = sign("sha256", payload, keyIn(privateKey, "the signing key")).toString("base64");
  return blobOf(payloadType, payload, { [signatureAnnotation]: signature });
};

/** Whether one of the signatures is this key's over this digest in this repository. What the payload says is what counts, so it is made anew. */
export const isSigned = (repository: string, digest: string, publicKey: string, signatures: readonly Descriptor[]): boolean => {
  const expected = blobOf(payloadType, payloadOf(repository, digest));
  return signatures.some(
    ({ digest: signed, annotations }) =>
      signed === expected.descriptor.digest &&
      verify("sha256", expected.bytes, publicKey, Buffer.from(annotations?.[signatureAnnotation] ?? "", "base64")),
  );
};
