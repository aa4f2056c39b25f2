import { hkdfSync } from "node:crypto";
import { z } from "zod";

/** The only kind of archive so far; a reader refuses one that it does not know. */
export const backupFormat = 1;
export const manifestName = "manifest.json";
export const keysName = "keys.sealed";
/** Below which the archive has the files of the data folder. */
export const dataPrefix = "data/";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What an archive says of itself; its first file. */
export const Manifest = z.object({
  format: z.int(),
  /** The version of Fogline that wrote it. */
  version: z.string(),
  createdAtMs: z.int(),
  /** Tells root keys apart without telling anything of them; null when the folder had none. */
  rootKeyId: z.string().nullable(),
  files: z.array(
    z.object({
      path: z.string(),
      bytes: z.int().nonnegative(),
      sha256,
      /** Of a database: the migrations that were applied to it, in order. */
      migrations: z.array(z.string()).optional(),
    }),
  ),
  /** The sealed secrets; null when they were left out. */
  keys: z.object({ sha256, count: z.int() }).nullable(),
});
export type Manifest = z.output<typeof Manifest>;

const idBytes = 16;

/** A name for a root key (HKDF-SHA256 of its text): the same key has the same one, and the key does not follow from it. */
export const rootKeyIdOf = (rootKeyText: string): string =>
  Buffer.from(hkdfSync("sha256", rootKeyText.trim(), "", "fogline/backup root key id", idBytes)).toString("hex");
