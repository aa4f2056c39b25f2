import { type Code, codes, type Finding, FoglineError, type Place } from "@fogline/findings";
import { type EncryptedSecret, encryptedRegex, encryptedSections, readSecretFile } from "@fogline/fleet";
import { type Document, parseDocument } from "yaml";
import { decryptDataKey } from "./age-keys.ts";
import { hashedText, leavesOf, macOf } from "./leaves.ts";
import { additionalDataOf, dataKeyBytes, decryptValue } from "./value.ts";

/** A secret whose data key is known, and that is what was encrypted. */
export interface OpenSecret {
  readonly secret: EncryptedSecret;
  /** The file as it is. */
  readonly text: string;
  readonly dataKey: Uint8Array;
  /** Clear values by key, as the container gets them. */
  readonly values: ReadonlyMap<string, Uint8Array>;
}

const finding = (code: Code, message: string, place: Place): Finding => ({ code, severity: "error", message, place, remedy: codes[code].remedy });

/** Throws what speaks against a file, all at once, under the code of the first. */
const refuse = (file: string, findings: readonly Finding[]): void => {
  const [first] = findings;
  if (first !== undefined) throw new FoglineError(first.code as Code, `${file} is refused: ${codes[first.code as Code].title}`, { findings });
};

/**
 * Opens a file with any of the private keys, and verifies it: each value against its place (FL3219), all of them against the MAC (FL3218). Also
 * throws FL3208 when no key opens it, and the findings of its form. No message holds a value or a private key.
 */
export const openSecret = async (file: { readonly path: string; readonly text: string }, identities: readonly string[]): Promise<OpenSecret> => {
  const { secret, findings } = readSecretFile(file);
  refuse(file.path, findings);
  if (secret === undefined) throw new FoglineError("FL3210", `${file.path} is not an encrypted Secret`);
  refuse(file.path, unreadable(secret));
  const document = parseDocument(file.text);
  const dataKey = await dataKeyOf(document, secret, identities);
  const values = new Map<string, Uint8Array>();
  const wrong: Finding[] = [];
  const clear: string[] = [];
  for (const { path, scalar, encrypted } of leavesOf(document)) {
    const opened =
      encrypted && typeof scalar.value === "string" ? decryptValue(scalar.value, { dataKey, additionalData: additionalDataOf(path) }) : undefined;
    if (encrypted && opened === undefined)
      wrong.push(finding("FL3219", `${path.join(".")} is not what was encrypted for this place`, secret.placeOf(path)));
    clear.push(opened?.clear ?? hashedText(scalar.value));
    const [section, key] = path;
    if (opened !== undefined && key !== undefined && encryptedSections.some((name) => name === section) && path.length === 2)
      values.set(key, section === "data" ? Buffer.from(opened.clear, "base64") : Buffer.from(opened.clear));
  }
  refuse(file.path, wrong);
  const mac = decryptValue(String(document.getIn(["sops", "mac"])), { dataKey, additionalData: secret.lastModified });
  if (mac?.clear !== macOf(clear)) {
    const message = "its MAC is not that of its values: something was added, removed, exchanged or changed since it was encrypted";
    refuse(file.path, [finding("FL3218", message, secret.placeOf(["sops", "mac"]))]);
  }
  return { secret, text: file.text, dataKey, values };
};

/** What SOPS can do and Fogline does not, and values that nothing protects. */
const unreadable = (secret: EncryptedSecret): Finding[] => [
  ...(secret.encryptedRegex === encryptedRegex && secret.otherRules.length === 0
    ? []
    : [finding("FL3217", `it is encrypted by another rule than encrypted_regex ${encryptedRegex}`, secret.placeOf(["sops"]))]),
  ...secret.entries
    .filter(({ state }) => state === "clear")
    .map(({ section, key, place }) => finding("FL3211", `${section}.${key} is not encrypted`, place)),
];

const dataKeyOf = async (document: Document, secret: EncryptedSecret, identities: readonly string[]): Promise<Uint8Array> => {
  for (const index of secret.recipients.keys()) {
    const dataKey = await decryptDataKey(String(document.getIn(["sops", "age", index, "enc"])), identities);
    if (dataKey?.length === dataKeyBytes) return dataKey;
  }
  const recipients = secret.recipients.join(", ") || "nobody";
  throw new FoglineError("FL3208", `${secret.file} is encrypted for ${recipients}; none of the ${identities.length} private keys here is theirs`);
};
