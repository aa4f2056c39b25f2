import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Finding, FoglineError, textOf } from "@fogline/findings";
import { type DataFolder, openDataFolder } from "../data-folder.ts";
import { contentsOf } from "./contents.ts";
import { damageOf, migrationsOf } from "./database-copy.ts";
import { newerMigrations } from "./known-migrations.ts";
import { type Manifest, rootKeyIdOf } from "./manifest.ts";
import { openFiles } from "./sealed.ts";
import { isPlainPath } from "./tar.ts";
import { problem, unpack } from "./unpack.ts";

export interface RestoreOptions {
  readonly archive: string;
  readonly dataFolder: string;
  /** Names the folder that the old one becomes; also in the name of what is unpacked. */
  readonly stamp: string;
  /** Opens the keys of the archive. Without it, those of the folder that is replaced are kept. */
  readonly passphrase?: string;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where the folder is now that was replaced; undefined when there was none. */
  readonly before: string | undefined;
  readonly keysFrom: "archive" | "folder";
}

/**
 * Puts a backup in the place of a data folder, which is kept beside it. Everything is checked first: the archive, every file of it, every
 * database, the versions that wrote them, the keys, and that no hub runs. Throws with every problem, having changed nothing: FL4019 when a hub
 * runs, FL4020 when a newer version wrote it, else FL4062.
 */
export const restoreBackup = async (options: RestoreOptions): Promise<Restored> => {
  const folder = resolve(options.dataFolder);
  const stage = join(dirname(folder), `.fogline-restore-${options.stamp}`);
  const problems: Finding[] = [];
  let held = hold(folder, problems);
  try {
    mkdirSync(dirname(stage), { recursive: true });
    mkdirSync(stage, { mode: 0o700 });
    const { manifest, keys, problems: damaged } = await unpack(options.archive, stage);
    problems.push(...damaged);
    if (manifest !== undefined && damaged.length === 0) problems.push(...databaseProblems(manifest, stage));
    const secrets = manifest === undefined ? undefined : await secretsOf(options, { manifest, keys, folder }, problems);
    if (problems.length > 0 || manifest === undefined || secrets === undefined) throw refusal(options.archive, problems);
    for (const [path, bytes] of secrets.files) {
      mkdirSync(dirname(join(stage, path)), { recursive: true, mode: 0o700 });
      writeFileSync(join(stage, path), bytes, { mode: 0o600 });
    }
    giveToOwner(stage, existsSync(folder) ? folder : dirname(folder));
    const before = exchange(folder, stage, `${folder}.before-${options.stamp}`);
    // The lock went with the old folder; in the new one there may be a hub's own already.
    held = undefined;
    return { manifest, before, keysFrom: secrets.from };
  } finally {
    held?.release();
    rmSync(stage, { recursive: true, force: true });
  }
};

/** Keeps hubs out of the folder while it is replaced. A folder that is not there needs no keeping. */
const hold = (folder: string, problems: Finding[]): DataFolder | undefined => {
  if (!existsSync(folder)) return undefined;
  try {
    return openDataFolder(folder);
  } catch (thrown) {
    const { code, remedy, message } = thrown instanceof FoglineError ? thrown : new FoglineError("FL4017", textOf(thrown));
    problems.push(problem(message, code === "FL4019" ? "stop the hub first: `systemctl stop fogline`, or Ctrl-C where it runs" : remedy, code));
    return undefined;
  }
};

const databaseProblems = ({ files, version }: Manifest, stage: string): Finding[] =>
  files.flatMap(({ path, migrations }) => {
    if (migrations === undefined) return [];
    const damage = damageOf(join(stage, path));
    if (damage !== undefined) return [problem(`the database ${path} is damaged: ${damage}`)];
    // What the database says counts, not what was written down of it.
    const newer = newerMigrations(path, migrationsOf(join(stage, path)));
    if (newer.length === 0) return [];
    return [
      problem(`${path} was written by a newer version, ${version}: it has ${newer.join(", ")}`, "install that version first, then restore", "FL4020"),
    ];
  });

interface Secrets {
  readonly from: Restored["keysFrom"];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The secrets that go with the databases: from the archive where it has them and can be opened, else from the folder that is replaced. */
const secretsOf = async (
  { passphrase }: RestoreOptions,
  { manifest, keys, folder }: { readonly manifest: Manifest; readonly keys: string | undefined; readonly folder: string },
  problems: Finding[],
): Promise<Secrets | undefined> => {
  if (keys !== undefined && passphrase !== undefined) {
    const files = await openFiles(keys, passphrase).catch(() => undefined);
    if (files !== undefined && [...files.keys()].every(isPlainPath)) return { from: "archive", files };
    problems.push(problem("the passphrase does not open the keys of the backup", "give the one that the backup was made with"));
    return undefined;
  }
  const known = existsSync(join(folder, "root.key")) ? rootKeyIdOf(readFileSync(join(folder, "root.key"), "utf8")) : undefined;
  if (manifest.rootKeyId === null || known === manifest.rootKeyId) {
    const secrets = existsSync(folder) ? contentsOf(folder).filter(({ kind }) => kind === "secret") : [];
    return { from: "folder", files: new Map(secrets.map(({ path }) => [path, readFileSync(join(folder, path))])) };
  }
  const here = known === undefined ? `${folder} has no root.key` : `the root.key of ${folder} is another`;
  const remedy =
    keys === undefined
      ? "put the root.key that belongs to it into the data folder, or use a backup that was made with --with-keys"
      : "give the passphrase that its keys were sealed with";
  problems.push(problem(`the backup's databases open only with the root key of its hub, and ${here}`, remedy));
  return undefined;
};

const refusal = (archive: string, problems: readonly Finding[]): FoglineError => {
  const first = (["FL4019", "FL4020"] as const).find((code) => problems.some((problem) => problem.code === code));
  return new FoglineError(first ?? "FL4062", `${archive} was not restored, and nothing was changed`, { findings: problems });
};

/** What root unpacks belongs to whom the folder belonged: the hub's own user. */
const giveToOwner = (stage: string, like: string): void => {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(like);
  const give = (path: string): void => {
    chownSync(path, uid, gid);
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) give(join(path, name));
  };
  give(stage);
};

/** Two renames; when the second fails, the first is taken back. The backups that lay in the folder go along. */
const exchange = (folder: string, stage: string, before: string): string | undefined => {
  if (!existsSync(folder)) {
    renameSync(stage, folder);
    return undefined;
  }
  renameSync(folder, before);
  try {
    renameSync(stage, folder);
  } catch (cause) {
    renameSync(before, folder);
    throw new FoglineError("FL4017", `the restored data could not take its place at ${folder}: ${textOf(cause)}`, { cause });
  }
  rmSync(join(before, "hub.lock"), { force: true });
  if (existsSync(join(before, "backups"))) renameSync(join(before, "backups"), join(folder, "backups"));
  return before;
};
