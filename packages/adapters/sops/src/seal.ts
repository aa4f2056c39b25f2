import { FoglineError } from "@fogline/findings";
import { encryptedRegex, encryptedSections, valuesToChangeAnnotation } from "@fogline/fleet";
import type { Random } from "@fogline/ports";
import { Document, isMap, parseDocument, Scalar } from "yaml";
import { encryptDataKey, secondsText } from "./age-keys.ts";
import { hashedText, leavesOf, macOf } from "./leaves.ts";
import type { OpenSecret } from "./open.ts";
import { additionalDataOf, dataKeyBytes, decryptValue, encryptValue } from "./value.ts";

/** What a file gets from outside: randomness, and the moment that it says it was written. */
export interface SealSource {
  readonly random: Pick<Random, "bytes">;
  readonly nowMs: number;
}

/** What Kubernetes takes in one Secret. */
const secretBytesMax = 1024 ** 2;
/** The release of SOPS whose form a new file has. */
const formVersion = "3.13.3";

export interface NewSecret {
  readonly name: string;
  readonly namespace: string;
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** age recipients, at least one. */
  readonly recipients: readonly string[];
}

/** The text of a new file: the Secret, its values encrypted for the recipients. Throws FL3222 for an empty value or too many bytes. */
export const createSecret = async ({ name, namespace, values, recipients }: NewSecret, source: SealSource): Promise<string> => {
  const metadata = { name: word(name), namespace: word(namespace) };
  const document = new Document({ apiVersion: "v1", kind: "Secret", metadata, type: "Opaque" });
  const dataKey = source.random.bytes(dataKeyBytes);
  putValues(document, values, dataKey, source);
  await putSopsBlock(document, dataKey, recipients);
  return finish(document, dataKey, source, 4);
};

export interface SecretChange {
  /** New values by key; other keys stay. */
  readonly values?: ReadonlyMap<string, Uint8Array>;
  /** Encrypts everything anew, with a new data key, for these recipients and nobody else. */
  readonly recipients?: readonly string[];
  /** Keys that are marked as known to somebody who was removed; replaces the mark that there is. */
  readonly valuesToChange?: readonly string[];
}

/** The text of the file after a change; what is not changed stays as it is, comments included. Throws as {@link createSecret}. */
export const changeSecret = async (open: OpenSecret, change: SecretChange, source: SealSource): Promise<string> => {
  const document = parseDocument(open.text);
  const dataKey = change.recipients === undefined ? open.dataKey : source.random.bytes(dataKeyBytes);
  if (change.recipients !== undefined) {
    for (const { path, scalar, encrypted } of leavesOf(document)) {
      const additionalData = additionalDataOf(path);
      const opened = encrypted ? decryptValue(String(scalar.value), { dataKey: open.dataKey, additionalData }) : undefined;
      if (opened !== undefined) scalar.value = encryptValue(opened.clear, { dataKey, additionalData, type: opened.type }, source.random);
    }
    await putSopsBlock(document, dataKey, change.recipients);
  }
  putValues(document, change.values ?? new Map(), dataKey, source, open.values);
  if (change.valuesToChange !== undefined) putMark(document, change.valuesToChange);
  const text = finish(document, dataKey, source, indentOf(open.text));
  return change.recipients === undefined ? text : encryptComments(text, open.dataKey, dataKey, source);
};

/** Texts go to `stringData`, where a person who decrypts the file can read them; bytes to `data`, in base64. */
const putValues = (
  document: Document,
  values: ReadonlyMap<string, Uint8Array>,
  dataKey: Uint8Array,
  { random }: SealSource,
  present: ReadonlyMap<string, Uint8Array> = new Map(),
): void => {
  const all = new Map([...present, ...values]);
  const bytes = [...all.values()].reduce((sum, value) => sum + value.length, 0);
  if (bytes > secretBytesMax)
    throw new FoglineError("FL3222", `the values have ${bytes} bytes together, Kubernetes takes ${secretBytesMax} in a Secret`);
  for (const [key, value] of values) {
    if (value.length === 0) throw new FoglineError("FL3222", `the value of ${key} is empty`);
    const text = textOf(value);
    const section = text === undefined ? "data" : "stringData";
    const clear = text ?? Buffer.from(value).toString("base64");
    const encrypted = encryptValue(clear, { dataKey, additionalData: additionalDataOf([section, key]) }, random);
    for (const other of encryptedSections) if (other !== section && document.hasIn([other, key])) removeKey(document, other, key);
    if (document.hasIn([section, key])) document.setIn([section, key], encrypted);
    else addKey(document, section, key, encrypted);
  }
};

const addKey = (document: Document, section: string, key: string, value: string): void => {
  if (!isMap(document.get(section))) {
    document.set(section, document.createNode({}));
    // The sops block stays last, as SOPS has it.
    const { items } = document.contents as unknown as { items: { key: unknown }[] };
    const sops = items.findIndex((pair) => String(pair.key) === "sops");
    const added = items.at(-1);
    if (sops !== -1 && added !== undefined) items.splice(sops, 0, ...items.splice(-1, 1));
  }
  const map = document.get(section);
  if (isMap(map)) {
    map.flow = false;
    map.add({ key: word(key), value: document.createNode(value) } as never);
  }
};

const removeKey = (document: Document, section: string, key: string): void => {
  document.deleteIn([section, key]);
  const map = document.get(section);
  if (isMap(map) && map.items.length === 0) document.delete(section);
};

const textOf = (value: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what makes a value no text
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
};

/** A word that every reader of YAML, old ones too, takes for a text: `on`, `1e3` and `12:30` need quotes. */
const word = (text: string): Scalar => {
  const scalar = new Scalar(text);
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) || /^(y|n|yes|no|on|off|true|false|null)$/i.test(text)) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
};

const quoted = (text: string): Scalar => Object.assign(new Scalar(text), { type: Scalar.QUOTE_DOUBLE });

const putSopsBlock = async (document: Document, dataKey: Uint8Array, recipients: readonly string[]): Promise<void> => {
  if (recipients.length === 0) throw new FoglineError("FL3203", "a secret needs somebody who may read it");
  const age = await Promise.all(
    recipients.map(async (recipient) => {
      const enc = Object.assign(new Scalar(`${(await encryptDataKey(dataKey, recipient)).trim()}\n`), { type: Scalar.BLOCK_LITERAL });
      return { enc, recipient };
    }),
  );
  document.delete("sops");
  document.set("sops", document.createNode({ age, encrypted_regex: encryptedRegex, lastmodified: "", mac: "", version: formVersion }));
};

const putMark = (document: Document, keys: readonly string[]): void => {
  const path = ["metadata", "annotations", valuesToChangeAnnotation];
  if (keys.length > 0) document.setIn(path, keys.join(","));
  else if (document.hasIn(path)) document.deleteIn(path);
  const annotations = document.getIn(path.slice(0, 2));
  if (isMap(annotations) && annotations.items.length === 0) document.deleteIn(path.slice(0, 2));
};

/** Says when it was written, and the MAC over all values. */
const finish = (document: Document, dataKey: Uint8Array, { random, nowMs }: SealSource, indent: number): string => {
  const lastModified = secondsText(nowMs);
  const clear = leavesOf(document).map(({ path, scalar, encrypted }) => {
    const opened = encrypted ? decryptValue(String(scalar.value ?? ""), { dataKey, additionalData: additionalDataOf(path) }) : undefined;
    return opened?.clear ?? hashedText(scalar.value);
  });
  document.setIn(["sops", "lastmodified"], quoted(lastModified));
  document.setIn(["sops", "mac"], encryptValue(macOf(clear), { dataKey, additionalData: lastModified }, random));
  return document.toString({ lineWidth: 0, indent });
};

/** As wide as the file has it, so that a change shows only what changed. */
const indentOf = (text: string): number => {
  const [, spaces = ""] = /^metadata:[^\n]*\n(?:\s*#[^\n]*\n)*( +)\S/m.exec(text) ?? [];
  return Math.min(Math.max(spaces.length, 2), 8);
};

/** SOPS encrypts comments beside values; with a new data key they need it, too. The path of a comment is that of the section it stands in. */
const encryptComments = (text: string, before: Uint8Array, dataKey: Uint8Array, { random }: SealSource): string =>
  text.replaceAll(/#(ENC\[AES256_GCM,[^\]\n]*,type:comment\])/g, (whole, encrypted: string) => {
    for (const section of encryptedSections) {
      const additionalData = additionalDataOf([section]);
      const opened = decryptValue(encrypted, { dataKey: before, additionalData });
      if (opened !== undefined) return `#${encryptValue(opened.clear, { dataKey, additionalData, type: "comment" }, random)}`;
    }
    return whole;
  });
