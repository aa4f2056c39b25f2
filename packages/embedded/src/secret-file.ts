import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";

/** The secret in a file; `undefined` when there is no file, or nothing in it. A file that others may read is closed to them. */
export const readSecret = (path: string): string | undefined => {
  try {
    chmodSync(path, 0o600);
    const secret = readFileSync(path, "utf8").trim();
    return secret === "" ? undefined : secret;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
};

/** Writes a secret, readable by this user only, on the disk before its name stands for it: a kill or a full disk never leaves half of one. */
export const writeSecret = (path: string, secret: string): void => {
  const written = `${path}.new`;
  rmSync(written, { force: true });
  try {
    const file = openSync(written, "wx", 0o600);
    try {
      writeSync(file, `${secret}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(written, path);
  } catch (thrown) {
    rmSync(written, { force: true });
    throw thrown;
  }
};
