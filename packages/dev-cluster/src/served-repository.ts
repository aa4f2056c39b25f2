import { type ExecFileOptions, execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FoglineError } from "@fogline/findings";
import { Worktree } from "@fogline/worktree";
import { type Followed, followedFiles, followedRef } from "./followed-tree.ts";
import { servedName } from "./state.ts";

/** A commit of the fleet's repository as a dev cluster gets it. */
export interface Served {
  /** What Flux calls the revision. */
  readonly revision: string;
  /** The commit that it was made of. */
  readonly commit: string;
  readonly subject: string;
}

/** A repository beside the fleet's own, that a dev cluster fetches from. */
export interface ServedRepository {
  /** Takes what HEAD is now over. Throws FL4180 where that commit has no tree of the cluster; what was served before stays then. */
  take(): Promise<Served>;
}

const trailer = "Fogline-Commit";

const runGit = (
  folder: string,
  args: readonly string[],
  { input, env = {} }: { input?: string; env?: ExecFileOptions["env"] } = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env;
    const child = execFile(
      "git",
      ["-C", folder, ...args],
      { env: { PATH, HOME, GIT_TERMINAL_PROMPT: "0", ...env }, maxBuffer: 64 * 1024 ** 2 },
      (error, stdout, stderr) => (error === null ? resolve(stdout.trim()) : reject(new Error(`git ${args[0]}: ${stderr.trim() || error.message}`))),
    );
    // A command that reads nothing may have ended before its input is closed.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });

const author = {
  GIT_AUTHOR_NAME: "fogline dev",
  GIT_AUTHOR_EMAIL: "dev@fogline.invalid",
  GIT_COMMITTER_NAME: "fogline dev",
  GIT_COMMITTER_EMAIL: "dev@fogline.invalid",
};

/** What is served: its revision, and the commit that its trailer names; `undefined` before the first. */
export const servedIn = async (folder: string, revision = followedRef): Promise<Served | undefined> => {
  const format = `%H%n%(trailers:key=${trailer},valueonly,separator=)%n%s`;
  const said = await runGit(join(folder, servedName), ["show", "-s", `--format=${format}`, revision, "--"]).catch(() => undefined);
  const [served, commit, subject = ""] = said?.split("\n") ?? [];
  return served === undefined || commit === undefined ? undefined : { revision: served, commit, subject };
};

/**
 * Makes one below `folder` out of the repository around `repository`. Commits are not pushed through as they are: a tree says where its cluster fetches
 * from, and Flux keeps to it, so each gets a commit of its own that says so of this machine. Their parents are each other.
 */
export const serveRepository = async (
  folder: string,
  options: { readonly repository: string; readonly cluster: string; readonly source: string },
): Promise<ServedRepository> => {
  const { repository, cluster } = options;
  const followed: Followed = { url: options.source, ref: followedRef };
  const path = join(folder, servedName);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await runGit(folder, ["init", "-q", "--bare", "-b", "dev", path]);
  const git = (...args: string[]): Promise<string> => runGit(path, args);

  const derived = async (commit: string, subject: string): Promise<string> => {
    const worktree = await Worktree.open(repository);
    const changed = followedFiles(await worktree.files(`clusters/${cluster}`, { revision: commit }), cluster, followed);
    if (![...changed.keys()].some((file) => file.includes("/fluxinstance-")))
      throw new FoglineError("FL4180", `commit ${commit.slice(0, 12)} has no FluxInstance below clusters/${cluster}/flux-system`);
    const env = { GIT_INDEX_FILE: join(path, "dev.index"), ...author };
    await runGit(path, ["read-tree", commit], { env });
    for (const [file, text] of changed) {
      const blob = await runGit(path, ["hash-object", "-w", "--stdin"], { input: text });
      await runGit(path, ["update-index", "--add", "--cacheinfo", `100644,${blob},${file}`], { env });
    }
    const tree = await runGit(path, ["write-tree"], { env });
    const parent = (await servedIn(folder))?.revision;
    const message = `${subject}\n\n${trailer}: ${commit}\n`;
    return runGit(path, ["commit-tree", tree, ...(parent === undefined ? [] : ["-p", parent]), "-F", "-"], { input: message, env });
  };

  return {
    take: async () => {
      // Only the commit itself: its history is of no use to Flux.
      await git("fetch", "-q", "--no-tags", "--depth=1", "--update-shallow", `file://${repository}`, "+HEAD:refs/fogline/head").catch(
        (thrown: Error) => {
          throw new FoglineError("FL4180", `HEAD of ${repository} cannot be read: ${thrown.message}`, { cause: thrown });
        },
      );
      const [commit = "", subject = ""] = (await git("show", "-s", "--format=%H%n%s", "refs/fogline/head", "--")).split("\n");
      const before = await servedIn(folder);
      if (before?.commit === commit) return before;
      const revision = await derived(commit, subject);
      await git("update-ref", followedRef, revision);
      return { revision, commit, subject };
    },
  };
};
