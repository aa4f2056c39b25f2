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

/** The text with `key` as the only key of a device: its line stands where the first one did, else in the order of names. */
export const withHostKey = (text: string, device: string, { algorithm, blob }: HostKey): string => {
  const line = `${device} ${algorithm} ${blob}`;
  const lines = text.split("\n").filter((one) => one !== "");
  const own = (one: string): boolean => keyIn(one)?.names.includes(device) ?? false;
  const others = lines.filter((one) => !own(one));
  const firstOwn = lines.findIndex(own);
  const sorted = others.findIndex((one) => (keyIn(one)?.names[0] ?? "") > device);
  const at = firstOwn >= 0 ? lines.slice(0, firstOwn).filter((one) => !own(one)).length : sorted >= 0 ? sorted : others.length;
  return `${others.toSpliced(at, 0, line).join("\n")}\n`;
};
