import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { markOf, runs, signal } from "./process-mark.ts";

describe("a process that is known again", () => {
  it("runs until it has ended, a zombie included", async () => {
    const child = spawn("sleep", ["60"]);
    const mark = markOf(child.pid ?? 0);
    expect(runs(mark)).toBe(true);
    const closed = once(child, "close");
    signal(mark, "SIGKILL");
    await closed;
    expect(runs(mark)).toBe(false);
  });

  it("is not another one that has its number: that one gets no signal", async () => {
    const child = spawn("sleep", ["60"]);
    const mark = markOf(child.pid ?? 0);
    const stranger = { ...mark, began: `${mark.began}0` };
    expect(runs(stranger)).toBe(false);
    signal(stranger, "SIGKILL");
    expect(runs(mark)).toBe(true);
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  });

  it("cannot be marked where there is none", () => {
    expect(() => markOf(2 ** 22 + 1)).toThrow(/there is no process/);
  });
});
