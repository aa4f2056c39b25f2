import { isUtf8 } from "node:buffer";

/** One thing that is wrong with a message: where (dotted path, empty for the whole), what, and what to write instead when that is known. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

/** Deeper values than this are refused: they are mistakes or attacks, and would exhaust the stack of whoever walks them. */
const depthMax = 64;

/** `a.b[2].c` of a path of keys. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`), "");

/** A value as JSON in UTF-8, or every part of it that JSON cannot carry. Properties that are undefined are left out. */
export const encode = (value: unknown): { readonly bytes: Uint8Array } | { readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  inspect(value, [], problems);
  return problems.length > 0 ? { problems } : { bytes: Buffer.from(JSON.stringify(value)) };
};

/** Encodes what this package itself put together; a value that JSON cannot carry is a mistake of the caller and throws TypeError. */
export const encodeOwn = (value: unknown): Uint8Array => {
  const encoded = encode(value);
  if ("bytes" in encoded) return encoded.bytes;
  throw new TypeError(encoded.problems.map(({ path, message }) => `${path}: ${message}`).join("; "));
};

/** The value of JSON in UTF-8, or undefined when the bytes are not that (JSON has no undefined). */
export const decode = (bytes: Uint8Array): unknown => {
  if (!isUtf8(bytes)) return undefined;
  try {
    // Faster than a TextDecoder, which looks at each byte once more.
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown;
  } catch {
    return undefined;
  }
};

/** JSON with sorted keys: equal for messages that mean the same. */
export const canonicalText = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) : part,
  );

/** A plain object: not an array, not an instance of a class. */
export const isRecord = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

const inspect = (value: unknown, path: readonly PropertyKey[], problems: Problem[]): void => {
  const refuse = (message: string) => problems.push({ path: pathText(path), message });
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse(`${value} is not a number that JSON can carry`);
  } else if (path.length > depthMax) refuse(`nested deeper than ${depthMax}, or refers to itself`);
  else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) inspect(value[index], [...path, index], problems);
  } else if (isRecord(value)) {
    for (const [key, part] of Object.entries(value)) if (part !== undefined) inspect(part, [...path, key], problems);
  } else refuse(`${typeof value === "object" ? `an instance of ${value.constructor.name}` : `a ${typeof value}`} cannot travel as JSON`);
};
