import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { servedIn, serveRepository } from "./served-repository.ts";

const root = join(import.meta.dirname, "../../..");
const url = "http://127.0.0.1:4000/fleet.git";
let folder: string;
let repository: string;
const git = (at: string, ...args: string[]): string =>
  execFileSync("git", ["-C", at, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { encoding: "utf8" }).trim();
const commit = (message: string): string => {
  git(repository, "add", "-A");
  git(repository, "commit", "-qm", message);
  return git(repository, "rev-parse", "HEAD");
};
const serve = (cluster = "dev") => serveRepository(join(folder, "git"), { repository, cluster, source: url });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-served-"));
  repository = join(folder, "fleet");
  cpSync(join(root, "clusters"), join(repository, "clusters"), { recursive: true });
  git(folder, "init", "-q", "-b", "main", repository);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a repository that is served to a dev cluster", () => {
  it("has the commit with another source, and the repository itself is as it was", async () => {
    const first = commit("a fleet");
    const served = await (await serve()).take();
    expect(served).toMatchObject({ commit: first, subject: "a fleet" });
    const bare = join(folder, "git/fleet.git");
    expect(git(bare, "show", "dev:clusters/dev/flux-system/fluxinstance-flux.yaml")).toContain(`url: ${url}`);
    expect(git(bare, "show", "dev:clusters/fleet.yaml")).toBe(git(repository, "show", "HEAD:clusters/fleet.yaml"));
    expect(git(bare, "diff", "--name-only", "refs/fogline/head", "dev")).toBe("clusters/dev/flux-system/fluxinstance-flux.yaml");
    expect(git(repository, "rev-parse", "HEAD")).toBe(first);
    expect(git(repository, "status", "--porcelain")).toBe("");
    expect(git(repository, "for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
  });

  it("gets one commit for each, on top of the one before, and none where nothing came", async () => {
    commit("a fleet");
    const service = await serve();
    const first = await service.take();
    expect(await service.take()).toEqual(first);
    writeFileSync(join(repository, "NOTES.md"), "a note\n");
    const second = commit("a note");
    const next = await service.take();
    expect(next).toMatchObject({ commit: second, subject: "a note" });
    expect(git(join(folder, "git/fleet.git"), "rev-parse", "dev^")).toBe(first.revision);
    expect(await servedIn(join(folder, "git"), first.revision)).toEqual(first);
  });

  it("goes back with the repository: what was there is a commit of its own then", async () => {
    const first = commit("a fleet");
    const service = await serve();
    await service.take();
    writeFileSync(join(repository, "NOTES.md"), "a note\n");
    commit("a note");
    await service.take();
    git(repository, "reset", "-q", "--hard", first);
    expect(await service.take()).toMatchObject({ commit: first });
    expect(git(join(folder, "git/fleet.git"), "rev-list", "--count", "dev")).toBe("3");
  });

  it("leaves out what is not committed", async () => {
    commit("a fleet");
    writeFileSync(join(repository, "NOTES.md"), "a note\n");
    await (await serve()).take();
    expect(git(join(folder, "git/fleet.git"), "ls-tree", "--name-only", "dev")).not.toContain("NOTES.md");
  });

  it("stays as it is where a commit has no tree of the cluster, which is FL4180", async () => {
    commit("a fleet");
    const service = await serve();
    const first = await service.take();
    rmSync(join(repository, "clusters/dev"), { recursive: true });
    commit("without its tree");
    await expect(service.take()).rejects.toMatchObject({ code: "FL4180", message: expect.stringContaining("clusters/dev/flux-system") });
    expect(await servedIn(join(folder, "git"))).toEqual(first);
  });

  it("is none of a repository without a commit", async () => {
    await expect((await serve()).take()).rejects.toMatchObject({ code: "FL4180" });
    expect(await servedIn(join(folder, "git"))).toBeUndefined();
  });
});
