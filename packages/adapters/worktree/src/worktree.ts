import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import type { FleetFile } from "@fogline/fleet";
import { type SimpleGit, simpleGit } from "simple-git";

/** Where files are read from: as they are on disk, or as a commit has them. */
export type Source = "disk" | { readonly revision: string };

/** A commit, for people. */
export interface Commit {
  readonly revision: string;
  readonly subject: string;
  readonly committedAtMs: number;
}

const fleetFile = "clusters/fleet.yaml";
const fleetFolder = "clusters/fleet.d";
/** Paths in one call of git; an argument list has its limits. */
const pathsAtOnce = 500;

/** Without git a folder is read as it is on disk. A repository that git does not read for this user must not be: its commits are what counts. */
const refuseForeign = (thrown: unknown, folder: string): undefined => {
  if (!textOf(thrown).includes("dubious ownership")) return undefined;
  throw new FoglineError("FL3013", `the repository ${folder} belongs to another user, so git does not read it for this one`, {
    remedy: `as this user, run \`git config --global --add safe.directory ${folder}\`, or give the folder to it`,
    cause: thrown,
  });
};

/** A path without links in the part of it that exists. */
const realPathOf = async (path: string): Promise<string> => {
  const known = await realpath(path).catch(() => undefined);
  return known ?? (dirname(path) === path ? path : join(await realPathOf(dirname(path)), basename(path)));
};

/**
 * The repository that holds a fleet: reads its inputs, reads and writes its rendered trees, knows its commits. Paths are from its root, with `/`.
 *
 * Files are read and written one after the other, and not by promises: a tree is many small files, each of which is there in microseconds, and a
 * promise for it costs five times as much. All at once they would be more than a process may have open (1,024 in most systems, a fleet of 1,000
 * clusters has 33,000).
 */
export class Worktree {
  readonly root: string;
  readonly #git: SimpleGit;

  private constructor(root: string) {
    this.root = root;
    this.#git = simpleGit({ baseDir: root, maxConcurrentProcesses: 4 });
  }

  /** The repository around `folder`. Throws FL3013 when there is none or it has no fleet file. */
  static async open(folder: string): Promise<Worktree> {
    const from = resolve(folder);
    const top = existsSync(from)
      ? await simpleGit({ baseDir: from })
          .revparse(["--show-toplevel"])
          .catch((thrown: unknown) => refuseForeign(thrown, from))
      : undefined;
    const root = top ?? from;
    if (!existsSync(join(root, fleetFile))) {
      throw new FoglineError("FL3013", `${root} has no ${fleetFile}`, { remedy: `go to the repository of your fleet, or create ${fleetFile} here` });
    }
    return new Worktree(root);
  }

  /** `clusters/fleet.yaml` and, sorted, `clusters/fleet.d/*.yaml`. */
  async fleetFiles(source: Source = "disk"): Promise<FleetFile[]> {
    const parts = [...(await this.files(fleetFolder, source))].filter(([path]) => path.endsWith(".yaml"));
    const main = source === "disk" ? this.#read(fleetFile) : await this.#git.show([`${source.revision}:${fleetFile}`]);
    return [{ path: fleetFile, text: main }, ...parts.map(([path, text]) => ({ path, text }))];
  }

  /** How many commits HEAD has that `revision` has not; `undefined` for a revision that this clone does not know. */
  async commitsSince(revision: string): Promise<number | undefined> {
    if (!/^[0-9a-f]{7,64}$/.test(revision)) return undefined;
    const count = await this.#git.raw(["rev-list", "--count", `${revision}..HEAD`, "--"]).catch(() => undefined);
    return count === undefined ? undefined : Number(count);
  }

  /** One file as it is on disk; `undefined` where there is none. */
  async file(path: string): Promise<string | undefined> {
    return existsSync(join(this.root, path)) ? this.#read(path) : undefined;
  }

  /** The names of the folders in a folder, sorted; none when there is no such folder. */
  async folders(folder: string): Promise<string[]> {
    const path = join(this.root, folder);
    if (!existsSync(path)) return [];
    const entries = readdirSync(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();
  }

  /** Every file below a folder by path, sorted; empty when there is no such folder. */
  async files(folder: string, source: Source = "disk"): Promise<ReadonlyMap<string, string>> {
    if (source !== "disk") return this.#filesOf(folder, source.revision);
    return new Map(this.#listDisk(folder).map((path) => [path, this.#read(path)]));
  }

  /**
   * Makes the folders hold exactly these files: writes what differs, removes what is no longer rendered, leaves equal files untouched. A file is
   * replaced by renaming, so a reader never sees half of one.
   */
  async replace(folders: readonly string[], files: ReadonlyMap<string, string>): Promise<{ written: string[]; removed: string[] }> {
    const present = new Set(folders.flatMap((folder) => this.#listDisk(folder)));
    const written = [...files].filter(([path, text]) => !present.has(path) || this.#read(path) !== text).map(([path]) => path);
    const removed = [...present].filter((path) => !files.has(path));
    for (const folder of new Set(written.map(dirname))) mkdirSync(join(this.root, folder), { recursive: true });
    for (const path of written) this.#write(path, files.get(path) ?? "");
    for (const path of removed) rmSync(join(this.root, path));
    return { written, removed };
  }

  /** Writes one file, by renaming. */
  async write(path: string, text: string): Promise<void> {
    mkdirSync(join(this.root, dirname(path)), { recursive: true });
    this.#write(path, text);
  }

  /** The commit that HEAD names; `undefined` in a repository without commits or a folder without git. */
  async head(): Promise<Commit | undefined> {
    const line = await this.#git.raw(["log", "-1", "--format=%H%x00%ct%x00%s"]).catch(() => "");
    const [revision, seconds, subject] = line.trim().split("\0");
    if (revision === undefined || revision === "") return undefined;
    return { revision, subject: subject ?? "", committedAtMs: Number(seconds) * 1_000 };
  }

  /** The commit that a branch, tag or other name stands for. Throws FL5000 when there is none. */
  async commitOf(name: string): Promise<string> {
    // A name that starts with a hyphen would be an option to git, and no ref is called so.
    const found = name.startsWith("-") ? "" : await this.#git.revparse(["--verify", "--quiet", `${name}^{commit}`]).catch(() => "");
    if (/^[0-9a-f]{40,64}$/.test(found)) return found;
    throw new FoglineError("FL5000", `there is no revision ${name} in ${this.root}`);
  }

  /** How many commits a revision has that HEAD lacks. */
  async commitsBeyondHead(revision: string): Promise<number> {
    return Number(await this.#git.raw(["rev-list", "--count", `HEAD..${revision}`]).catch(() => "0"));
  }

  /** Where git keeps HEAD and its log; `undefined` in a folder without git. */
  async gitFolder(): Promise<string | undefined> {
    return this.#git.revparse(["--absolute-git-dir"]).catch(() => undefined);
  }

  /** Whether git would keep the file at an absolute path: it does already, or the file stands in this repository and nothing ignores it. */
  async wouldKeep(path: string): Promise<boolean> {
    if ((await this.gitFolder()) === undefined) return false;
    const inside = relative(await realpath(this.root), await realPathOf(path));
    if (inside.startsWith("..") || isAbsolute(inside)) return false;
    // A file that is tracked is not ignored, whatever .gitignore says.
    return (await this.#git.checkIgnore([inside])).length === 0;
  }

  #read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  /** In a folder that exists. */
  #write(path: string, text: string): void {
    const target = join(this.root, path);
    writeFileSync(`${target}.new`, text);
    renameSync(`${target}.new`, target);
  }

  #listDisk(folder: string): string[] {
    const absolute = join(this.root, folder);
    const entries = existsSync(absolute) ? readdirSync(absolute, { recursive: true, withFileTypes: true }) : [];
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => `${folder}${entry.parentPath.slice(absolute.length)}/${entry.name}`);
    return paths.map((path) => path.split(sep).join("/")).toSorted();
  }

  /** All files of a folder in two processes, however many they are: git writes the contents one after the other, and the sizes say where each ends. */
  async #filesOf(folder: string, revision: string): Promise<ReadonlyMap<string, string>> {
    const list = await this.#git.raw(["ls-tree", "-r", "-z", "--long", revision, "--", `${folder}/`]);
    const entries = list.split("\0").flatMap((line) => {
      const [, size, path] = /^\d+ blob \S+ +(\d+)\t(.*)$/s.exec(line) ?? [];
      return path === undefined ? [] : [{ path, bytes: Number(size) }];
    });
    const texts = new Map<string, string>();
    for (let from = 0; from < entries.length; from += pathsAtOnce) {
      const some = entries.slice(from, from + pathsAtOnce);
      const contents = (await this.#git.showBuffer(some.map(({ path }) => `${revision}:${path}`))) as Buffer;
      let at = 0;
      for (const { path, bytes } of some) {
        texts.set(path, contents.toString("utf8", at, at + bytes));
        at += bytes;
      }
    }
    return new Map([...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}
