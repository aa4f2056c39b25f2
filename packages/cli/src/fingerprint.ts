import { createHash } from "node:crypto";
import { InvalidArgumentError } from "commander";

/** The fingerprint of a public key, as OpenSSH says it: `SHA256:...`. */
export const fingerprintOf = (publicKey: string): string => {
  const bytes = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(bytes).digest("base64").replace(/=+$/, "")}`;
};

/** A fingerprint that somebody typed, for an option of the command line. */
export const parseFingerprint = (text: string): string => {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return text;
  throw new InvalidArgumentError("write it as ssh-keygen -l prints it: SHA256: and 43 characters");
};
