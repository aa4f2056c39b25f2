import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Every path below a folder, files and folders, sorted. */
export const pathsBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Gives files and folders the modes that they have in every image, whatever the umask of who made them. */
export const normaliseModes = (folder: string): void => {
  for (const path of [folder, ...pathsBelow(folder)]) {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) continue;
    chmodSync(path, found.isDirectory() || (found.mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
};
