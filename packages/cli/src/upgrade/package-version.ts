import { codes, type Finding } from "@fogline/findings";

/** What becomes of the version of Fogline that a repository's package.json asks for. */
export type PackageChange =
  /** It asks for none, as in a clone of Fogline, or for this one. */
  | { readonly kind: "same" }
  | { readonly kind: "changed"; readonly text: string; readonly from: string }
  /** It names an archive, a folder or a tag: what that holds is for a person to decide. */
  | { readonly kind: "left"; readonly spec: string }
  | { readonly kind: "refused"; readonly finding: Finding };

const exact = /^[\^~=v]?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/;

/** package.json with this exact version of Fogline. Everything else stays to the letter. */
export const packageWithVersion = (text: string, version: string): PackageChange => {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (thrown) {
    return refused("FL3271", `package.json is no JSON: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
  const spec = ["dependencies", "devDependencies"].map((table) => textAt(manifest, table, "fogline")).find((value) => value !== undefined);
  if (spec === undefined || spec === version) return { kind: "same" };
  if (!exact.test(spec)) return { kind: "left", spec };
  if (isNewer(spec, version)) {
    return refused("FL3270", `package.json asks for fogline ${spec}, and this is ${version}`, { value: spec, line: lineOf(text, spec) });
  }
  const written = new RegExp(`("fogline"\\s*:\\s*)"${spec.replaceAll(/[\^.+]/g, "\\$&")}"`);
  return { kind: "changed", from: spec, text: text.replace(written, (_, before: string) => `${before}"${version}"`) };
};

const refused = (code: "FL3270" | "FL3271", message: string, more: { readonly value?: string; readonly line?: number } = {}): PackageChange => {
  const { value, line } = more;
  const place = line === undefined ? { file: "package.json" } : { file: "package.json", line };
  return {
    kind: "refused",
    finding: { code, severity: "error", message, place, ...(value === undefined ? {} : { value }), remedy: codes[code].remedy },
  };
};

const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = path.reduce<unknown>(
    (node, key) => (typeof node === "object" && node !== null && Object.hasOwn(node, key) ? (node as Record<string, unknown>)[key] : undefined),
    value,
  );
  return typeof found === "string" ? found : undefined;
};

const lineOf = (text: string, spec: string): number => {
  const at = text.split("\n").findIndex((line) => line.includes('"fogline"') && line.includes(spec));
  return at + 1 || 1;
};

const isNewer = (a: string, b: string): boolean => {
  const [left, right] = [a, b].map((spec) => (exact.exec(spec) ?? []).slice(1, 4).map(Number));
  const at = (left ?? []).findIndex((part, index) => part !== right?.[index]);
  return at !== -1 && (left?.[at] ?? 0) > (right?.[at] ?? 0);
};
