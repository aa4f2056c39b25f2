import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { readSecret, writeSecret } from "./secret-file.ts";

/** The folder that holds everything a hub on this machine remembers. One hub at a time. */
export interface DataFolder {
  readonly path: string;
  /** A path inside it. */
  at(...names: string[]): string;
  /** Lets another hub have it. */
  release(): void;
}

/** Opens the folder, makes it when it is missing, and keeps others out. Throws FL4017 when it cannot be written and FL4019 when a hub has it. */
export const openDataFolder = (folder: string): DataFolder => {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    // A folder that was there may let others in; what lies in it is for this user only.
    chmodSync(path, 0o700);
    accessSync(path, constants.W_OK);
    writeFileSync(join(path, ".probe"), "");
    rmSync(join(path, ".probe"));
    // It lies in the repository unless told otherwise, and holds tokens and keys that no commit may take along.
    writeFileSync(join(path, ".gitignore"), "*\n");
  } catch (cause) {
    throw new FoglineError("FL4017", `the data folder ${path} cannot be written: ${textOf(cause)}`, {
      remedy: "give this user write access to it, or name another folder with --data or FOGLINE_DATA",
      cause,
    });
  }
  const lock = join(path, "hub.lock");
  takeLock(lock);
  return { path, at: (...names) => join(path, ...names), release: () => rmSync(lock, { force: true }) };
};

/** Linking is atomic: of two hubs that start at once, one gets the lock. A lock whose process is gone is taken over. */
const takeLock = (lock: string): void => {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, startedAt: startTimeOf(process.pid) }));
  try {
    for (let attempt = 0; attempt < lockAttemptsMax; attempt++) {
      try {
        linkSync(mine, lock);
        return;
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
      }
      const holder = readLock(lock);
      if (holder !== undefined && holder.startedAt !== undefined && startTimeOf(holder.pid) === holder.startedAt) {
        throw new FoglineError("FL4019", `another hub (process ${holder.pid}) runs on this data folder`, {
          remedy: "stop it, or name another folder with --data or FOGLINE_DATA",
        });
      }
      breakLock(lock, holder);
    }
    throw new FoglineError("FL4019", `the lock ${lock} changes hands too fast`);
  } finally {
    rmSync(mine, { force: true });
  }
};

const lockAttemptsMax = 5;

/** Removes the lock of a process that is gone. It is moved first and looked at again: one that another hub took meanwhile is given back. */
const breakLock = (lock: string, holder: ReturnType<typeof readLock>): void => {
  const moved = `${lock}.${process.pid}.old`;
  try {
    renameSync(lock, moved);
    if (JSON.stringify(readLock(moved)) !== JSON.stringify(holder)) linkSync(moved, lock);
  } catch {
    // Another hub was first.
  }
  rmSync(moved, { force: true });
};

const readLock = (lock: string): { pid: number; startedAt?: string } | undefined => {
  try {
    return JSON.parse(readFileSync(lock, "utf8")) as { pid: number; startedAt?: string };
  } catch {
    return undefined;
  }
};

/** When a process started, in clock ticks since boot (proc(5), stat field 22): a process id used again is another process. */
const startTimeOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
};

/** The host's own token: made once, readable by this user only. Whoever has it may do everything. */
export const adminToken = (data: Pick<DataFolder, "at">): string => readSecret(data.at("admin.token")) ?? newAdminToken(data.at("admin.token"));

/**
 * The host's token as it is now, for whoever asks at each request: the file is read again only when another one has its name. Replacing it is a
 * rename, so another file it is.
 */
export const hostTokenReader = (data: Pick<DataFolder, "at">): (() => string) => {
  const path = data.at("admin.token");
  let known: { readonly file: string; readonly token: string } | undefined;
  return () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    const file = stat === undefined ? "none" : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (known?.file !== file) known = { file, token: adminToken(data) };
    return known.token;
  };
};

/** Replaces the host's token in its file. A hub that runs takes the new one from then on, and refuses the old one. */
export const newAdminToken = (path: string): string => {
  const token = `fogline_${randomBytes(tokenBytes).toString("base64url")}`;
  writeSecret(path, token);
  return token;
};

const tokenBytes = 32;

const rootKeyBytes = 32;

/** What the gateway seals its keys with: made once, readable by this user only. Without it the gateway's database opens nothing. */
export const rootKey = (data: DataFolder): Uint8Array => {
  const path = data.at("root.key");
  const known = readSecret(path);
  if (known !== undefined) return Buffer.from(known, "base64url");
  const key = randomBytes(rootKeyBytes);
  writeSecret(path, key.toString("base64url"));
  return key;
};
