import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@fogline/ports";
import type { Worktree } from "./worktree.ts";

export interface WatchOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Folders from the repository's root whose files are watched as well, and single files. */
  readonly folders?: readonly string[];
  readonly changed: () => void;
}

/**
 * Calls `changed` when HEAD may name another commit, or when a file below one of `folders` was written, added or removed. Compares file times,
 * which costs no process and needs no file system events. Returns what ends it.
 */
export const watchWorktree = async (worktree: Worktree, { clock, everyMs, folders = [], changed }: WatchOptions): Promise<() => void> => {
  const gitFolder = await worktree.gitFolder();
  // HEAD changes with a checkout, its log with every commit, merge and reset.
  const gitFiles = gitFolder === undefined ? [] : ["HEAD", "logs/HEAD", "packed-refs"].map((name) => join(gitFolder, name));
  const signature = async (): Promise<string> => {
    const watched = await Promise.all(folders.map((folder) => filesBelow(join(worktree.root, folder))));
    const paths = [...gitFiles, ...folders.map((path) => join(worktree.root, path)), ...watched.flat()];
    const times = await Promise.all(
      paths.map((path) =>
        stat(path).then(
          ({ mtimeMs, size, ino }) => `${path} ${mtimeMs} ${size} ${ino}`,
          () => `${path} absent`,
        ),
      ),
    );
    return times.join("\n");
  };
  let ended = false;
  let seen = await signature();
  let cancel = (): void => undefined;
  const look = async (): Promise<void> => {
    const now = await signature();
    if (ended) return;
    if (now !== seen) changed();
    seen = now;
    cancel = clock.after(everyMs, () => void look());
  };
  cancel = clock.after(everyMs, () => void look());
  return () => {
    ended = true;
    cancel();
  };
};

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};
