import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Worktree } from "./worktree.ts";

let root: string;
const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: root, encoding: "utf8" });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fogline-worktree-"));
  git("init", "-q", "-b", "main");
  mkdirSync(join(root, "clusters/fleet.d"), { recursive: true });
  writeFileSync(join(root, "clusters/fleet.yaml"), "fleet: acme\n");
  writeFileSync(join(root, "clusters/fleet.d/plant.yaml"), "sites: {}\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("Worktree", () => {
  it("finds the repository from any of its folders", async () => {
    const worktree = await Worktree.open(join(root, "clusters/fleet.d"));
    expect(readFileSync(join(worktree.root, "clusters/fleet.yaml"), "utf8")).toBe("fleet: acme\n");
  });

  it.skipIf(process.getuid?.() !== 0)(
    "refuses a repository that git does not read for this user, instead of taking its files for what was committed",
    async () => {
      const another = 65_534;
      for (const path of [root, join(root, ".git")]) chownSync(path, another, another);
      await expect(Worktree.open(root)).rejects.toMatchObject({ code: "FL3013", remedy: expect.stringContaining("safe.directory") });
    },
  );

  it("counts the commits that HEAD has and another revision has not, and does not guess for one that it does not know", async () => {
    const worktree = await Worktree.open(root);
    const commit = (message: string): string => {
      git("add", "-A");
      git("commit", "-q", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD").trim();
    };
    const first = commit("one");
    commit("two");
    const last = commit("three");
    expect([await worktree.commitsSince(first), await worktree.commitsSince(last)]).toEqual([2, 0]);
    expect([await worktree.commitsSince("f".repeat(40)), await worktree.commitsSince("--all")]).toEqual([undefined, undefined]);
  });

  it("knows which files git would keep: those here that nothing ignores, and those that it keeps already", async () => {
    const worktree = await Worktree.open(root);
    writeFileSync(join(root, ".gitignore"), ".fogline/\n*.agekey\n");
    const keeps = (path: string) => worktree.wouldKeep(join(root, path));
    expect([await keeps(".fogline/keys/a"), await keeps("a.agekey"), await keeps("keys/a"), await keeps("../a")]).toEqual([
      false,
      false,
      true,
      false,
    ]);
    writeFileSync(join(root, "a.agekey"), "");
    git("add", "-f", "a.agekey");
    expect(await keeps("a.agekey")).toBe(true);
  });

  it("refuses a folder without a fleet file and says what to do", async () => {
    rmSync(join(root, "clusters/fleet.yaml"));
    await expect(Worktree.open(root)).rejects.toMatchObject({ code: "FL3013", remedy: expect.stringContaining("clusters/fleet.yaml") });
  });

  it("reads the fleet file and its parts from disk and from a commit", async () => {
    const worktree = await Worktree.open(root);
    git("add", ".");
    git("commit", "-qm", "first");
    writeFileSync(join(root, "clusters/fleet.yaml"), "fleet: changed\n");
    const head = await worktree.head();
    expect(head?.subject).toBe("first");
    expect((await worktree.fleetFiles()).map(({ text }) => text)).toEqual(["fleet: changed\n", "sites: {}\n"]);
    expect((await worktree.fleetFiles({ revision: head?.revision ?? "" })).map(({ text }) => text)).toEqual(["fleet: acme\n", "sites: {}\n"]);
  });

  it("has no head before the first commit", async () => {
    expect(await (await Worktree.open(root)).head()).toBeUndefined();
  });

  it("reads and replaces more files than a process may have open", async () => {
    const many = new Map(Array.from({ length: 600 }, (_, index) => [`clusters/c-${index % 20}/${String(index).padStart(4, "0")}.yaml`, `${index}`]));
    const folders = Array.from({ length: 20 }, (_, index) => `clusters/c-${index}`);
    const fewFiles = `ulimit -n 150 && exec "$0" --input-type=module --eval "$1"`;
    const program = `
      import { Worktree } from ${JSON.stringify(new URL("worktree.ts", import.meta.url).href)};
      const worktree = await Worktree.open(${JSON.stringify(root)});
      const many = new Map(${JSON.stringify([...many])});
      const folders = ${JSON.stringify(folders)};
      const first = await worktree.replace(folders, many);
      const second = await worktree.replace(folders, many);
      console.log(first.written.length, second.written.length, second.removed.length);
    `;
    expect(execFileSync("sh", ["-c", fewFiles, process.execPath, program], { encoding: "utf8" }).trim()).toBe("600 0 0");
  });

  it("finds the commit of a branch, a tag or a short name, and how far it is ahead of HEAD", async () => {
    git("add", ".");
    git("commit", "-qm", "first");
    git("tag", "-a", "v1", "-m", "one");
    git("checkout", "-qb", "work");
    git("checkout", "-q", "main");
    git("commit", "-q", "--allow-empty", "-m", "second");
    const worktree = await Worktree.open(root);
    const [first, second] = [git("rev-parse", "HEAD~1").trim(), git("rev-parse", "HEAD").trim()];
    expect(await Promise.all(["v1", "work", first.slice(0, 10), "main~1"].map((name) => worktree.commitOf(name)))).toEqual([
      first,
      first,
      first,
      first,
    ]);
    expect(await worktree.commitOf("main")).toBe(second);
    expect(await worktree.commitsBeyondHead(first)).toBe(0);
    git("checkout", "-q", "work");
    expect(await worktree.commitsBeyondHead(second)).toBe(1);
    for (const name of ["nope", "-h", "HEAD:clusters"]) await expect(worktree.commitOf(name)).rejects.toMatchObject({ code: "FL5000" });
  });

  it("writes what differs, removes what is no longer rendered and leaves the rest alone", async () => {
    const worktree = await Worktree.open(root);
    await worktree.replace(
      ["clusters/dev"],
      new Map([
        ["clusters/dev/a.yaml", "a"],
        ["clusters/dev/apps/b.yaml", "b"],
      ]),
    );
    const change = await worktree.replace(
      ["clusters/dev"],
      new Map([
        ["clusters/dev/a.yaml", "a"],
        ["clusters/dev/c.yaml", "c"],
      ]),
    );
    expect(change).toEqual({ written: ["clusters/dev/c.yaml"], removed: ["clusters/dev/apps/b.yaml"] });
    expect([...(await worktree.files("clusters/dev"))]).toEqual([
      ["clusters/dev/a.yaml", "a"],
      ["clusters/dev/c.yaml", "c"],
    ]);
  });
});
