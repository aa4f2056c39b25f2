import * as z from "zod/mini";

// What a device and the agents' port say to each other over HTTPS about who the device is. Written with zod/mini because the agent ships it.

/** What an enrolment token holds: `fle_` and the base64url of this as JSON. The names are short because the token is typed, or shown as a QR code. */
export const EnrolmentToken = z.object({
  /** Where the hub takes agents: wss://host:port/agent. */
  u: z.string().check(z.regex(/^wss:\/\/\S+$/, "an address that begins with wss://"), z.maxLength(512)),
  /** The node whose slot this is. */
  n: z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)),
  /** The one-time secret. */
  s: z.string().check(z.minLength(16), z.maxLength(128)),
  /** The fleet's CA: SHA-256 of its certificate, `sha256:` and hexadecimal. */
  f: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits")),
});

export const enrolmentTokenPrefix = "fle_";
/** Longest token that is looked at. */
export const enrolmentTokenLengthMax = 2_048;

const pem = z.string().check(z.minLength(1), z.maxLength(32_768));
const signature = z.string().check(z.minLength(1), z.maxLength(512));

/** `POST /enrol`: the token's secret, and a key with the proof that the sender holds its private half. */
export const EnrolRequest = z.object({
  node: EnrolmentToken.shape.n,
  secret: EnrolmentToken.shape.s,
  /** ECDSA P-256, SubjectPublicKeyInfo. */
  publicKeyPem: pem,
  /** ECDSA with SHA-256 over {@link enrolmentStatement}, DER, base64. */
  signature,
});

/** `POST /renew`, with the certificate that is to be followed by another. */
export const RenewRequest = z.object({ publicKeyPem: pem, signature });

/** The device's certificate, with those between it and the CA, and the CA's own. */
export const IdentityAnswer = z.object({ certificatePem: pem, caPem: pem });

/** `POST /token`: what the device shows at the HTTP API. */
export const NodeTokenAnswer = z.object({ accessToken: z.string(), expiresAtMs: z.int() });

/** What a device signs with its new key to enrol. Hashes are SHA-256, hexadecimal; that of the key is over its SubjectPublicKeyInfo in DER. */
export const enrolmentStatement = (node: string, secretHash: string, publicKeyHash: string): string =>
  `fogline enrol 1\n${node}\n${secretHash}\n${publicKeyHash}\n`;

/** What a device signs with its new key to have a certificate followed by another; `fingerprint` is that of the one it has. */
export const renewalStatement = (fingerprint: string, publicKeyHash: string): string => `fogline renew 1\n${fingerprint}\n${publicKeyHash}\n`;

export type EnrolmentToken = z.output<typeof EnrolmentToken>;
export type EnrolRequest = z.output<typeof EnrolRequest>;
export type RenewRequest = z.output<typeof RenewRequest>;
export type IdentityAnswer = z.output<typeof IdentityAnswer>;
export type NodeTokenAnswer = z.output<typeof NodeTokenAnswer>;
