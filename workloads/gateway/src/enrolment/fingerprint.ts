import { createHash, type KeyObject, type X509Certificate } from "node:crypto";

export const sha256Hex = (value: string | Uint8Array): string => createHash("sha256").update(value).digest("hex");

/** `sha256:` and the SHA-256 of the certificate in DER, hexadecimal. */
export const fingerprintOf = ({ raw }: Pick<X509Certificate, "raw">): string => `sha256:${sha256Hex(raw)}`;

/** SHA-256 of the SubjectPublicKeyInfo in DER, hexadecimal. */
export const publicKeyHash = (key: KeyObject): string => sha256Hex(key.export({ type: "spki", format: "der" }));
