import { closeSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { isPlainPath } from "./tar.ts";

/**
 * What a file of the data folder is to a backup: `database` is copied as SQLite copies it, `plain` as it is, `secret` only sealed. What is not
 * listed stays behind: logs, locks, where the hub listened, what running tasks work with.
 */
export type ContentKind = "database" | "plain" | "secret";

export interface Content {
  readonly path: string;
  readonly kind: ContentKind;
  readonly bytes: number;
}

/** Where devices of this machine, and only they, keep what they are. */
const deviceFolders: ReadonlySet<string> = new Set(["agent", "simulated", "credentials"]);
const secretName = /^(admin\.token|root\.key)$|\.(key|token|pem)$/;
const leftBehind =
  /(^|\/)(hub\.lock.*|hub\.url|\.probe|\.gitignore|work|backups|transcripts|[^/]*\.log(\.\d+)?|[^/]*\.(new|sock)|[^/]*-(wal|shm|journal))(\/|$)/;
/** Of device folders only what a device is: a larger file belongs to a task. */
const secretBytesMax = 64 * 1_024;
const filesMax = 10_000;
const depthMax = 6;
const sqliteMagic = "SQLite format 3\0";

const isDatabase = (path: string): boolean => {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(sqliteMagic.length);
    readSync(file, head, 0, head.length, 0);
    return head.toString("latin1") === sqliteMagic;
  } finally {
    closeSync(file);
  }
};

const kindOf = (path: string, file: string, bytes: number): ContentKind | undefined => {
  if (leftBehind.test(path) || !isPlainPath(path)) return undefined;
  if (isDatabase(file)) return "database";
  if (!deviceFolders.has(path.split("/", 1)[0] ?? "") && !path.startsWith("tls/") && !secretName.test(path)) return "plain";
  return bytes <= secretBytesMax ? "secret" : undefined;
};

/** What of a data folder a backup takes, sorted by path. Links and sockets are no files. */
export const contentsOf = (folder: string): Content[] => {
  const found: Content[] = [];
  const walk = (below: string, depth: number): void => {
    for (const name of readdirSync(join(folder, below)).sort()) {
      const path = below === "" ? name : `${below}/${name}`;
      const file = join(folder, path);
      const stat = lstatSync(file, { throwIfNoEntry: false });
      if (stat === undefined || leftBehind.test(path)) continue;
      if (stat.isDirectory() && depth < depthMax) walk(path, depth + 1);
      if (!stat.isFile() || found.length >= filesMax) continue;
      const kind = kindOf(path, file, stat.size);
      if (kind !== undefined) found.push({ path, kind, bytes: stat.size });
    }
  };
  walk("", 0);
  return found;
};
