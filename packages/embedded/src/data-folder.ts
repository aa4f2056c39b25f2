import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { lockFile } from "@fogline/system";
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
  const release = lockFile(
    join(path, "hub.lock"),
    (pid) =>
      new FoglineError("FL4019", `another hub (process ${pid ?? "of changing number"}) runs on this data folder`, {
        remedy: "stop it, or name another folder with --data or FOGLINE_DATA",
      }),
  );
  return { path, at: (...names) => join(path, ...names), release };
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
