import { FoglineError } from "@fogline/findings";
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";

/** A private key of age with the public one that belongs to it. */
export interface KeyPair {
  /** `AGE-SECRET-KEY-1...`. Never shown. */
  readonly identity: string;
  /** `age1...`: whoever has it can encrypt, and not decrypt. */
  readonly recipient: string;
}

/** A new key pair; the library takes its randomness from the operating system. */
export const newKeyPair = async (): Promise<KeyPair> => {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
};

/** The text of a key file, as age-keygen writes it. */
export const keyFileText = ({ identity, recipient }: KeyPair, createdAtMs: number): string =>
  `# created: ${secondsText(createdAtMs)}\n# public key: ${recipient}\n${identity}\n`;

/** A moment to the second, in UTC, as SOPS and age write it. */
export const secondsText = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

/** The keys of a file that age-keygen or {@link keyFileText} wrote. `file` is for the message. Throws FL3206 when a line is no key; never shows it. */
export const readKeyFile = async (text: string, file: string): Promise<readonly KeyPair[]> => {
  const pairs: KeyPair[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const identity = line.trim();
    if (identity === "" || identity.startsWith("#")) continue;
    try {
      pairs.push({ identity, recipient: await identityToRecipient(identity) });
    } catch {
      // The library's message may hold the line.
      throw new FoglineError("FL3206", `line ${index + 1} of ${file} is not a private key of age`);
    }
  }
  if (pairs.length === 0) throw new FoglineError("FL3206", `${file} holds no private key`);
  return pairs;
};

/** The data key of a file, encrypted for one recipient and in letters, as a `sops` block has it. */
export const encryptDataKey = async (dataKey: Uint8Array, recipient: string): Promise<string> => {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(dataKey));
};

/** The data key out of what {@link encryptDataKey} wrote; `undefined` when none of the keys opens it. */
export const decryptDataKey = async (encrypted: string, identities: readonly string[]): Promise<Uint8Array | undefined> => {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(armor.decode(encrypted.trim()));
  } catch {
    return undefined;
  }
};
