import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";

// Secrets under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM seals. What is needed to open it again stands beside it.

/** 128 MiB and about half a second for each guess. */
const cost = { N: 2 ** 17, r: 8, p: 1 } as const;
const memoryMax = 256 * 1_024 ** 2;
const keyBytes = 32;
const saltBytes = 16;
const nonceBytes = 12;
const algorithm = "aes-256-gcm";
/** Says what it is sealed for, so that a sealed thing cannot stand for another. */
const purpose = Buffer.from("fogline backup keys 1");

/** A passphrase shorter than this is refused where secrets are sealed. */
export const passphraseLengthMin = 12;

interface Sealed {
  readonly kdf: "scrypt";
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
  readonly salt: string;
  readonly nonce: string;
  readonly tag: string;
  readonly text: string;
}

const keyOf = (passphrase: string, salt: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(passphrase.normalize("NFKC"), salt, keyBytes, { ...cost, maxmem: memoryMax }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  );

/** Files by their name, as one text that only the passphrase opens. */
export const sealFiles = async (files: ReadonlyMap<string, Uint8Array>, passphrase: string): Promise<string> => {
  const [salt, nonce] = [randomBytes(saltBytes), randomBytes(nonceBytes)];
  const cipher = createCipheriv(algorithm, await keyOf(passphrase, salt), nonce);
  cipher.setAAD(purpose);
  const clear = JSON.stringify([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")]));
  const text = Buffer.concat([cipher.update(clear, "utf8"), cipher.final()]);
  const base64 = (bytes: Buffer): string => bytes.toString("base64");
  return JSON.stringify({
    kdf: "scrypt",
    cost,
    salt: base64(salt),
    nonce: base64(nonce),
    tag: base64(cipher.getAuthTag()),
    text: base64(text),
  } satisfies Sealed);
};

/** The files again; undefined when the passphrase is another or a byte was changed. Throws when the text is no sealed thing at all. */
export const openFiles = async (sealed: string, passphrase: string): Promise<ReadonlyMap<string, Buffer> | undefined> => {
  const { kdf, cost: given, salt, nonce, tag, text } = JSON.parse(sealed) as Sealed;
  // The cost is not taken from the file: one that asks for more would use up the machine's memory.
  if (kdf !== "scrypt" || given.N !== cost.N || given.r !== cost.r || given.p !== cost.p)
    throw new Error("its keys are sealed in a way that is not known here");
  const bytes = (field: string): Buffer => Buffer.from(field, "base64");
  const decipher = createDecipheriv(algorithm, await keyOf(passphrase, bytes(salt)), bytes(nonce), { authTagLength: 16 });
  decipher.setAAD(purpose);
  decipher.setAuthTag(bytes(tag));
  try {
    const clear = Buffer.concat([decipher.update(bytes(text)), decipher.final()]).toString("utf8");
    return new Map((JSON.parse(clear) as [string, string][]).map(([path, content]) => [path, bytes(content)]));
  } catch {
    return undefined;
  }
};
