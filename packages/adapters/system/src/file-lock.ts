import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { markOf, type ProcessMark, runs } from "./process-mark.ts";

const attemptsMax = 5;

/**
 * Takes a lock file for this process; answers how to give it back. The lock of a process that is gone is taken over, also where its number is another's by
 * now. Throws what `held` makes of the process that has it; without a number where it changes hands all the time. Linking is atomic: of two processes that
 * start at once, one gets the lock, and nobody ever sees one without its holder.
 */
export const lockFile = (path: string, held: (pid?: number) => Error): (() => void) => {
  const own = markOf(process.pid);
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(own));
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      try {
        linkSync(mine, path);
        return () => {
          if (holderOf(path)?.pid === own.pid) rmSync(path, { force: true });
        };
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
      }
      const holder = holderOf(path);
      if (holder !== undefined && runs(holder)) throw held(holder.pid);
      breakLock(path, holder);
    }
    throw held();
  } finally {
    rmSync(mine, { force: true });
  }
};

/** Removes the lock of a process that is gone. It is moved first and looked at again: one that another process took meanwhile is given back. */
const breakLock = (path: string, holder: ProcessMark | undefined): void => {
  const moved = `${path}.${process.pid}.old`;
  try {
    renameSync(path, moved);
    if (JSON.stringify(holderOf(moved)) !== JSON.stringify(holder)) linkSync(moved, path);
  } catch {
    // Another one was first.
  }
  rmSync(moved, { force: true });
};

const holderOf = (path: string): ProcessMark | undefined => {
  try {
    const { pid, began } = JSON.parse(readFileSync(path, "utf8")) as Partial<ProcessMark>;
    return typeof pid === "number" && typeof began === "string" ? { pid, began } : undefined;
  } catch {
    return undefined;
  }
};
