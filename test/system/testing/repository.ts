import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../scripts/root.ts";

/** A git repository of its own with this one's fleet, rendered tree and host files, committed. */
export interface Repository {
  readonly path: string;
  /** Replaces text in a file; throws when the text is not there. */
  edit(file: string, from: string | RegExp, to: string): void;
  /** Commits everything and returns the revision. */
  commit(message: string): string;
  /** Renders the fleet file as it is on disk into the tree. */
  render(): void;
  remove(): void;
}

export const makeRepository = (): Repository => {
  const path = mkdtempSync(join(tmpdir(), "fogline-repository-"));
  for (const folder of ["clusters", "bootstrap/generated"]) cpSync(join(root, folder), join(path, folder), { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], { cwd: path, encoding: "utf8" }).trim();
  git("init", "-q", "-b", "main");
  const repository: Repository = {
    path,
    edit: (file, from, to) => {
      const before = readFileSync(join(path, file), "utf8");
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} does not hold ${from}`);
      writeFileSync(join(path, file), after);
    },
    commit: (message) => {
      git("add", "-A");
      git("commit", "-qm", message);
      return git("rev-parse", "HEAD");
    },
    render: () => {
      // It names every file that it writes, and a large fleet has ten thousands.
      const options = { encoding: "utf8", maxBuffer: 64 * 1024 ** 2 } as const;
      execFileSync(process.execPath, [join(root, "packages/cli/src/main.ts"), "--repo", path, "render"], options);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
  repository.commit("the fleet");
  return repository;
};
