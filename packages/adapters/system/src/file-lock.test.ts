import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFile } from "./file-lock.ts";
import { markOf } from "./process-mark.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const take = () => lockFile(join(folder, "lock"), (pid) => new Error(`process ${pid} has it`));

describe("a lock", () => {
  it("is one process's until it is given back, and leaves nothing", () => {
    const release = take();
    expect(take).toThrow(`process ${process.pid} has it`);
    release();
    expect(existsSync(join(folder, "lock"))).toBe(false);
    take()();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is taken over from a process that is gone, from one whose number is another's by now, and from nobody", async () => {
    const gone = spawn("sleep", ["60"]);
    const mark = markOf(gone.pid ?? 0);
    gone.kill("SIGKILL");
    await once(gone, "close");
    for (const text of [JSON.stringify(mark), JSON.stringify({ ...markOf(process.pid), began: "1" }), "{", ""]) {
      writeFileSync(join(folder, "lock"), text);
      take()();
    }
  });
});
