import { join, resolve } from "node:path";
import { type Backup, createBackup, restoreBackup } from "@fogline/embedded";
import { describeBytes } from "@fogline/units";
import type { Context } from "../context.ts";
import { passphraseOf, sealingPassphrase } from "../passphrase.ts";
import { version } from "../version.ts";

export interface KeyOptions {
  readonly withKeys?: boolean;
  readonly passphraseFile?: string;
}

/** A time as part of a file's name: 20260501T120000Z. */
export const stampOf = (nowMs: number): string =>
  new Date(nowMs)
    .toISOString()
    .replaceAll(/[-:]/g, "")
    .replace(/\.\d+Z$/, "Z");

/** Makes the backup that `backup` and `upgrade` make. */
export const backUp = async ({ dataFolder, environment, clock }: Context, options: KeyOptions, to?: string): Promise<Backup> => {
  const passphrase = sealingPassphrase(options, environment);
  const nowMs = clock.now();
  return createBackup({
    dataFolder,
    to: to ?? join(dataFolder, "backups", `fogline-${stampOf(nowMs)}.tar.gz`),
    version,
    nowMs,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
};

/** What a backup came to, as lines. */
export const backupLines = ({ path, bytes, manifest }: Backup): string[] => {
  const databases = manifest.files.filter(({ migrations }) => migrations !== undefined).length;
  const keys =
    manifest.keys === null
      ? "without keys: it can be restored where root.key still is, nowhere else; --with-keys takes them along, sealed"
      : `with ${manifest.keys.count} keys and tokens, sealed by the passphrase`;
  return [`backed up to ${path}: ${manifest.files.length} files, ${databases} databases, ${describeBytes(bytes)}`, `  ${keys}`];
};

/** `fogline hub backup`. */
export const hubBackupCommand = async (
  context: Context,
  options: KeyOptions & { readonly to?: string; readonly databaseUrl?: string },
): Promise<void> => {
  const { output, workingFolder, environment } = context;
  const backup = await backUp(context, options, options.to === undefined ? undefined : resolve(workingFolder, options.to));
  const elsewhere = postgresCommand(options.databaseUrl ?? environment.DATABASE_URL, backup.path);
  output.value({ path: backup.path, bytes: backup.bytes, manifest: backup.manifest, notBackedUp: elsewhere === undefined ? [] : [elsewhere] });
  for (const line of backupLines(backup)) output.line(line);
  if (elsewhere !== undefined) {
    output.line("  not in it: what is in PostgreSQL, which has its own way to back up a running database:");
    output.line(`  ${elsewhere}`);
  }
};

/** How PostgreSQL backs up what is there, to a file beside the archive. The password is left out: pg_dump asks, or reads ~/.pgpass. */
export const postgresCommand = (databaseUrl: string | undefined, archive: string): string | undefined => {
  const url = databaseUrl === undefined ? null : URL.parse(databaseUrl);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return undefined;
  url.password = "";
  return `pg_dump --format=custom --file='${archive.replace(/(\.tar\.gz)?$/, ".pgdump")}' '${url.href}'`;
};

/** `fogline hub restore <archive>`. */
export const hubRestoreCommand = async (context: Context, archive: string, options: { readonly passphraseFile?: string }): Promise<void> => {
  const { output, dataFolder, workingFolder, environment, clock } = context;
  const passphrase = passphraseOf(options.passphraseFile, environment);
  const { manifest, before, keysFrom } = await restoreBackup({
    archive: resolve(workingFolder, archive),
    dataFolder,
    stamp: stampOf(clock.now()),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  output.value({ dataFolder, before: before ?? null, keysFrom, version: manifest.version, createdAtMs: manifest.createdAtMs });
  output.line(`restored ${dataFolder} as it was at ${new Date(manifest.createdAtMs).toISOString()}, written by ${manifest.version}`);
  output.line(`  keys and tokens are those of the ${keysFrom === "archive" ? "backup" : "folder that was replaced"}`);
  if (before !== undefined) output.line(`  what was there is in ${before}; remove it when the hub runs well`);
  output.line("  next: start the hub (systemctl start fogline)");
};
