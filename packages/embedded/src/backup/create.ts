import {
  chmodSync,
  chownSync,
  closeSync,
  createReadStream,
  createWriteStream,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { FoglineError, textOf } from "@fogline/findings";
import { type Content, contentsOf } from "./contents.ts";
import { copyDatabase, migrationsOf } from "./database-copy.ts";
import { digestOf } from "./digest.ts";
import { backupFormat, dataPrefix, keysName, type Manifest, manifestName, rootKeyIdOf } from "./manifest.ts";
import { passphraseLengthMin, sealFiles } from "./sealed.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar.ts";

export interface BackupOptions {
  readonly dataFolder: string;
  /** Path of the archive; must not exist. */
  readonly to: string;
  readonly version: string;
  readonly nowMs: number;
  /** With it, the secrets are in the archive, sealed; without, they are left out. */
  readonly passphrase?: string;
}

export interface Backup {
  readonly path: string;
  readonly bytes: number;
  readonly manifest: Manifest;
}

interface Part {
  readonly path: string;
  /** Where its bytes are now. */
  readonly file: string;
}

/**
 * Writes everything that a data folder remembers into one archive that only this user may read, while a hub runs on it or not. Every database is
 * as it was at one moment; between two databases lie milliseconds, which the services are made for. Throws FL4062, leaving nothing behind.
 */
export const createBackup = async (options: BackupOptions): Promise<Backup> => {
  const { dataFolder, to, passphrase } = options;
  if (passphrase !== undefined && passphrase.length < passphraseLengthMin) {
    throw new FoglineError("FL4062", `the passphrase has ${passphrase.length} characters, at least ${passphraseLengthMin} are needed`, {
      remedy: "choose a longer one and keep it apart from the backup",
    });
  }
  const contents = listed(dataFolder);
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  const stage = mkdtempSync(join(dirname(to), `.${basename(to)}.`));
  try {
    const { manifest, parts } = await staged(options, contents, stage);
    await writeArchive(join(stage, "archive"), parts, Math.floor(options.nowMs / 1_000));
    refuseExisting(to);
    giveToHub(dataFolder, to, join(stage, "archive"));
    renameSync(join(stage, "archive"), to);
    return { path: to, bytes: statSync(to).size, manifest };
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
};

const listed = (dataFolder: string): Content[] => {
  try {
    const contents = contentsOf(dataFolder);
    if (contents.some(({ kind }) => kind === "database")) return contents;
  } catch (cause) {
    throw new FoglineError("FL4062", `the data folder ${dataFolder} cannot be read: ${textOf(cause)}`, {
      remedy: "run this as the hub's user, and name the folder with --data",
      cause,
    });
  }
  throw new FoglineError("FL4062", `no hub has run on the data folder ${dataFolder}: it holds no database`, {
    remedy: "name the hub's folder with --data",
  });
};

/** What root writes into the hub's own folder belongs to whom the folder belongs, so that the hub's user can go on there. */
const giveToHub = (dataFolder: string, to: string, archive: string): void => {
  const inside = !relative(dataFolder, to).startsWith("..");
  if (process.getuid?.() !== 0 || !inside) return;
  const { uid, gid } = statSync(dataFolder);
  for (const path of [archive, dirname(to)]) chownSync(path, uid, gid);
};

const refuseExisting = (to: string): void => {
  if (statSync(to, { throwIfNoEntry: false }) === undefined) return;
  throw new FoglineError("FL4062", `${to} exists, and a backup overwrites nothing`, { remedy: "name another file with --to" });
};

/** Copies what will not hold still, seals what is secret, and writes down what all of it is. */
const staged = async (options: BackupOptions, contents: readonly Content[], stage: string): Promise<{ manifest: Manifest; parts: Part[] }> => {
  const { dataFolder, passphrase, version, nowMs } = options;
  const files: Manifest["files"] = [];
  const parts: Part[] = [];
  for (const [index, { path, kind }] of contents.entries()) {
    if (kind === "secret") continue;
    const file = join(stage, String(index));
    if (kind === "database") copyDatabase(join(dataFolder, path), file);
    else writeFileSync(file, readFileSync(join(dataFolder, path)), { mode: 0o600 });
    const migrations = kind === "database" ? migrationsOf(file) : undefined;
    files.push({ path, bytes: statSync(file).size, sha256: await digestOf(file), ...(migrations === undefined ? {} : { migrations }) });
    parts.push({ path: dataPrefix + path, file });
  }
  const secrets = new Map(contents.filter(({ kind }) => kind === "secret").map(({ path }) => [path, readFileSync(join(dataFolder, path))]));
  const rootKey = secrets.get("root.key");
  let keys: Manifest["keys"] = null;
  if (passphrase !== undefined) {
    const file = join(stage, keysName);
    writeFileSync(file, await sealFiles(secrets, passphrase), { mode: 0o600 });
    keys = { sha256: await digestOf(file), count: secrets.size };
    parts.unshift({ path: keysName, file });
  }
  const rootKeyId = rootKey === undefined ? null : rootKeyIdOf(rootKey.toString("utf8"));
  const manifest = { format: backupFormat, version, createdAtMs: nowMs, rootKeyId, files, keys };
  writeFileSync(join(stage, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, parts: [{ path: manifestName, file: join(stage, manifestName) }, ...parts] };
};

const writeArchive = async (path: string, parts: readonly Part[], modifiedSeconds: number): Promise<void> => {
  const bytesOf = async function* (): AsyncGenerator<Uint8Array> {
    for (const { path: name, file } of parts) {
      const { size } = statSync(file);
      yield tarHeader({ path: name, bytes: size }, modifiedSeconds);
      yield* createReadStream(file) as AsyncIterable<Buffer>;
      yield tarPadding(size);
    }
    yield tarEnd();
  };
  await pipeline(Readable.from(bytesOf()), createGzip(), createWriteStream(path, { mode: 0o600 }));
  chmodSync(path, 0o600);
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};
