import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "@fogline/ports";

const secretBytes = 32;

/** A new node credential: 256 random bits, marked so that secret scanners can recognise it. Shown once, never stored. */
export const newCredential = (random: Random): string => `fln_${Buffer.from(random.bytes(secretBytes)).toString("base64url")}`;

/**
 * What is stored instead: SHA-256 in hexadecimal. A slow hash adds nothing here, because the secret is random and not a password
 * (OWASP Password Storage Cheat Sheet, high-entropy secrets).
 */
export const credentialHash = (credential: string): string => createHash("sha256").update(credential).digest("hex");

/** Compares in constant time. False when the node has no credential. */
export const credentialMatches = (credential: string, storedHash: string | null): boolean =>
  storedHash !== null && timingSafeEqual(Buffer.from(credentialHash(credential), "hex"), Buffer.from(storedHash, "hex"));
