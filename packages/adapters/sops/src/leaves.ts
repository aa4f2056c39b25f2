import { createHash } from "node:crypto";
import { encryptedSections } from "@fogline/fleet";
import { type Document, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";

/** A value of the document with the path of keys that leads to it; positions in lists do not count, as SOPS has it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly scalar: Scalar;
  /** Whether the rule `^(data|stringData)$` says that it is encrypted. */
  readonly encrypted: boolean;
}

/** Every value in the order of the file, the `sops` block left out. */
export const leavesOf = (document: Document): readonly Leaf[] => {
  const leaves: Leaf[] = [];
  const walk = (node: unknown, path: readonly string[]): void => {
    if (isMap(node)) for (const { key, value } of node.items) walk(value, [...path, keyText(key)]);
    else if (isSeq(node)) for (const item of node.items) walk(item, path);
    else if (isScalar(node)) leaves.push({ path, scalar: node, encrypted: path.some((part) => encryptedSections.some((name) => name === part)) });
  };
  const { contents } = document;
  for (const { key, value } of isMap(contents as Node) ? (contents as unknown as { items: { key: unknown; value: unknown }[] }).items : [])
    if (keyText(key) !== "sops") walk(value, [keyText(key)]);
  return leaves;
};

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);

/** A value as SOPS counts it in its MAC: booleans in Python's spelling, nothing for null. */
export const hashedText = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
};

/** SOPS's MAC over clear values in the order of the file, before it is encrypted itself: SHA-512 in upper-case hex. */
export const macOf = (clear: Iterable<string>): string => {
  const hash = createHash("sha512");
  for (const text of clear) hash.update(text, "utf8");
  return hash.digest("hex").toUpperCase();
};
