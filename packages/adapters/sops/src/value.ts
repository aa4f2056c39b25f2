import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "@fogline/ports";

/** Bytes of the key that a file's values are encrypted with. */
export const dataKeyBytes = 32;
/** SOPS takes 32 bytes here, where AES-GCM is usually given 12. */
const ivBytes = 32;
const tagBytes = 16;

const form = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]+),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z]+)\]$/;

/** What SOPS calls the type of a value; everything of a Secret is text. */
export type ValueType = "str" | "int" | "float" | "bool" | "bytes" | "comment";

/** The additional data of a value at a path: a value that is moved to another key does not decrypt there. */
export const additionalDataOf = (path: readonly string[]): string => `${path.join(":")}:`;

/** A value as SOPS writes it, `ENC[AES256_GCM,...]`. The empty text stays what it is, as SOPS has it. */
export const encryptValue = (
  clear: string,
  { dataKey, additionalData, type = "str" }: { readonly dataKey: Uint8Array; readonly additionalData: string; readonly type?: ValueType },
  random: Pick<Random, "bytes">,
): string => {
  if (clear === "") return "";
  const iv = random.bytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", dataKey, iv);
  cipher.setAAD(Buffer.from(additionalData));
  const data = Buffer.concat([cipher.update(clear, "utf8"), cipher.final()]);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  return `ENC[AES256_GCM,data:${text(data)},iv:${text(iv)},tag:${text(cipher.getAuthTag())},type:${type}]`;
};

/** The clear value; `undefined` when it is not what was encrypted with this key at this path. */
export const decryptValue = (
  encrypted: string,
  { dataKey, additionalData }: { readonly dataKey: Uint8Array; readonly additionalData: string },
): { readonly clear: string; readonly type: ValueType } | undefined => {
  if (encrypted === "") return { clear: "", type: "str" };
  const [, data, iv, tag, type] = form.exec(encrypted) ?? [];
  if (data === undefined || iv === undefined || tag === undefined) return undefined;
  const bytes = (text: string): Buffer => Buffer.from(text, "base64");
  // A shorter tag would be easier to forge, and Node takes it.
  if (bytes(tag).length !== tagBytes) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", dataKey, bytes(iv));
    decipher.setAAD(Buffer.from(additionalData));
    decipher.setAuthTag(bytes(tag));
    return { clear: Buffer.concat([decipher.update(bytes(data)), decipher.final()]).toString("utf8"), type: type as ValueType };
  } catch {
    return undefined;
  }
};
