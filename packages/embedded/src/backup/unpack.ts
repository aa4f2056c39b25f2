import { createHash, type Hash } from "node:crypto";
import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Finding, textOf } from "@fogline/findings";
import { backupFormat, dataPrefix, keysName, Manifest, manifestName } from "./manifest.ts";
import { readTar, type TarEntry, type TarReader } from "./tar.ts";

/** An archive as far as it could be read: what it holds, written below a folder, and what is wrong with it. */
export interface Unpacked {
  readonly manifest: Manifest | undefined;
  readonly keys: string | undefined;
  readonly problems: readonly Finding[];
}

/** A manifest, and the sealed keys, are read into memory; larger ones are none. */
const memoryBytesMax = 16 * 1_024 ** 2;

export const problem = (message: string, remedy?: string, code: Finding["code"] = "FL4062"): Finding => ({
  code,
  severity: "error",
  message,
  ...(remedy === undefined ? {} : { remedy }),
});

/** A file on its way out of the archive, with the sum of what came so far. */
interface Open {
  readonly entry: TarEntry;
  readonly hash: Hash;
  take(chunk: Uint8Array): void;
  close(): void;
}

/**
 * Unpacks an archive below `folder`, which is empty, and compares everything with the manifest. Gives every problem that it finds; after one of
 * the archive itself (it is no gzip, it ends early) nothing more can be said.
 */
export const unpack = async (archive: string, folder: string): Promise<Unpacked> => {
  const sums = new Map<string, { readonly bytes: number; readonly sha256: string }>();
  const texts = new Map<string, string>();
  const problems: Finding[] = [];
  let open: Open | undefined;
  const reader: TarReader = {
    begin: (entry) => {
      if (sums.has(entry.path)) throw new Error(`${entry.path} is in it twice`);
      open = isText(entry) ? intoMemory(entry, texts) : intoFile(entry, folder);
    },
    data: (chunk) => open?.take(chunk),
    end: () => {
      if (open === undefined) return;
      open.close();
      sums.set(open.entry.path, { bytes: open.entry.bytes, sha256: open.hash.digest("hex") });
      open = undefined;
    },
  };
  try {
    await pipeline(createReadStream(archive), createGunzip(), (chunks: AsyncIterable<Buffer>) => readTar(chunks, reader));
  } catch (thrown) {
    open?.close();
    problems.push(problem(`${archive} is damaged or no backup: ${textOf(thrown)}`, "use another copy of it"));
  }
  const manifest = manifestOf(texts.get(manifestName), archive, problems);
  if (manifest !== undefined && problems.length === 0) problems.push(...differences(manifest, sums));
  return { manifest, keys: texts.get(keysName), problems };
};

const isText = ({ path }: TarEntry): boolean => path === manifestName || path === keysName;

const intoMemory = (entry: TarEntry, texts: Map<string, string>): Open => {
  if (entry.bytes > memoryBytesMax) throw new Error(`${entry.path} has ${entry.bytes} bytes, the limit is ${memoryBytesMax}`);
  const chunks: Uint8Array[] = [];
  const hash = createHash("sha256");
  return {
    ...{ entry, hash },
    take: (chunk) => {
      // The reader's buffer is used again.
      chunks.push(Buffer.from(chunk));
      hash.update(chunk);
    },
    close: () => void texts.set(entry.path, Buffer.concat(chunks).toString("utf8")),
  };
};

const intoFile = (entry: TarEntry, folder: string): Open => {
  if (!entry.path.startsWith(dataPrefix)) throw new Error(`${entry.path} does not belong in a backup`);
  const path = join(folder, entry.path.slice(dataPrefix.length));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "wx", 0o600);
  const hash = createHash("sha256");
  return {
    ...{ entry, hash },
    take: (chunk) => {
      for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written);
      hash.update(chunk);
    },
    close: () => closeSync(file),
  };
};

const manifestOf = (text: string | undefined, archive: string, problems: Finding[]): Manifest | undefined => {
  if (text === undefined) {
    if (problems.length === 0) problems.push(problem(`${archive} is no backup: it has no ${manifestName}`));
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    // Of an archive that is damaged, that has been said.
    if (problems.length === 0) problems.push(problem(`the ${manifestName} of ${archive} is no JSON: ${textOf(thrown)}`));
    return undefined;
  }
  const { format, version } = Object(value) as { format?: unknown; version?: unknown };
  if (typeof format === "number" && format > backupFormat) {
    problems.push(
      problem(`${archive} was written by Fogline ${String(version)} in format ${format}, known here is ${backupFormat}`, undefined, "FL4020"),
    );
    return undefined;
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success)
    problems.push(problem(`the ${manifestName} of ${archive} is none: ${parsed.error.issues.map(({ message }) => message).join("; ")}`));
  return parsed.data;
};

/** What the archive holds and the manifest says otherwise. */
const differences = (manifest: Manifest, sums: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>): Finding[] => {
  const stated = new Map(manifest.files.map(({ path, sha256 }) => [dataPrefix + path, sha256]));
  if (manifest.keys !== null) stated.set(keysName, manifest.keys.sha256);
  const found: Finding[] = [];
  for (const [path, sha256] of stated) {
    const sum = sums.get(path);
    if (sum === undefined) found.push(problem(`${path} is missing`));
    else if (sum.sha256 !== sha256)
      found.push(problem(`${path} is not what was backed up: its SHA-256 is ${sum.sha256}, the manifest says ${sha256}`));
  }
  for (const path of sums.keys()) if (path !== manifestName && !stated.has(path)) found.push(problem(`${path} is not in the manifest`));
  return found;
};
