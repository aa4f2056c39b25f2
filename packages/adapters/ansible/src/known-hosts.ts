import { createHash } from "node:crypto";

/** A key as `known_hosts` has it, and its fingerprint as people compare it. */
export interface HostKey {
  readonly algorithm: string;
  readonly blob: string;
  readonly fingerprint: string;
}

const keyIn = (line: string): { readonly names: readonly string[]; readonly key: HostKey } | undefined => {
  const [names = "", algorithm = "", blob = ""] = line.trim().split(/\s+/);
  if (names === "" || names.startsWith("#") || names.startsWith("@") || blob === "") return undefined;
  const digest = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64").replace(/=+$/, "");
  return { names: names.split(","), key: { algorithm, blob, fingerprint: `SHA256:${digest}` } };
};

/** The keys that are written down for a device. */
export const hostKeysOf = (text: string, device: string): readonly HostKey[] =>
  text.split("\n").flatMap((line) => {
    const found = keyIn(line);
    return found?.names.includes(device) ? [found.key] : [];
  });
