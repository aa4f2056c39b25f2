import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "@fogline/ports";

const nonceBytes = 12;
const tagBytes = 16;

/** Keeps bytes secret and unaltered for who does not have the key. */
export interface Seal {
  /** `about` names what the bytes are: they open under the same name only, so that one sealed value cannot stand for another. */
  close(bytes: Uint8Array, about: string): Uint8Array;
  /** `undefined` when they were sealed with another key, under another name, or were altered. */
  open(sealed: Uint8Array, about: string): Uint8Array | undefined;
}

/** AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits in front and the tag behind it. `key` has 32 bytes. */
export const sealWith = (key: Uint8Array, random: Random): Seal => ({
  close: (bytes, about) => {
    const nonce = random.bytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(about));
    const text = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), text]));
  },
  open: (sealed, about) => {
    if (sealed.length < nonceBytes + tagBytes) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]));
    } catch {
      return undefined;
    }
  },
});
