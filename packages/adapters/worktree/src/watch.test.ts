import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@fogline/ports";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchWorktree } from "./watch.ts";
import { Worktree } from "./worktree.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fogline-watch-"));
  execFileSync("git", ["init", "-q", "-b", "main"], { cwd: root });
  mkdirSync(join(root, "clusters"));
  writeFileSync(join(root, "clusters/fleet.yaml"), "fleet: acme\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A clock whose one timer fires when it is told to, and not before the one after it is set. */
const handClock = () => {
  let set: () => void = () => undefined;
  let timer: () => void = () => undefined;
  const clock = {
    after: (_ms: number, run: () => void) => {
      timer = run;
      set();
      return () => undefined;
    },
  } as unknown as Clock;
  const tick = (): Promise<void> =>
    new Promise((resolve) => {
      set = resolve;
      timer();
    });
  return { clock, tick };
};

describe("watching a repository", () => {
  it("notices what is written, added and removed below a folder, and a single file, once each", async () => {
    const { clock, tick } = handClock();
    let changes = 0;
    const changed = (): void => void changes++;
    const end = await watchWorktree(await Worktree.open(root), { clock, everyMs: 400, folders: ["clusters", "charts.ts"], changed });
    const seen: number[] = [];
    for (const change of [
      () => undefined,
      () => writeFileSync(join(root, "clusters/fleet.yaml"), "fleet: other\n"),
      () => writeFileSync(join(root, "charts.ts"), "export default {};\n"),
      () => undefined,
      () => writeFileSync(join(root, "charts.ts"), "export default { apps: {} };\n"),
      () => rmSync(join(root, "charts.ts")),
      () => writeFileSync(join(root, "README.md"), "not watched\n"),
    ]) {
      change();
      await tick();
      seen.push(changes);
    }
    expect(seen).toEqual([0, 1, 2, 2, 3, 4, 4]);
    end();
  });
});
