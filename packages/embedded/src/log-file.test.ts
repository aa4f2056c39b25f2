import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { logFile } from "./log-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a log file", () => {
  it("goes on where it ended, readable by this user alone", () => {
    const path = join(folder, "hub.log");
    for (const line of ["one\n", "two\n"]) {
      const log = logFile(path);
      log.write(line);
      log.end();
    }
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("begins anew when it is too large, and keeps the one before", () => {
    const path = join(folder, "hub.log");
    const log = logFile(path, 10);
    for (const line of ["12345678\n", "abcdefgh\n", "last\n"]) log.write(line);
    log.end();
    expect(readFileSync(`${path}.1`, "utf8")).toBe("12345678\nabcdefgh\n");
    expect(readFileSync(path, "utf8")).toBe("last\n");
  });

  it("drops what comes after its end: a process that was killed may still have said something", () => {
    const path = join(folder, "simulation.log");
    const log = logFile(path);
    log.end();
    expect(() => log.write("late\n")).not.toThrow();
    expect(readFileSync(path, "utf8")).toBe("");
  });

  it("loses lines on a full disk, and ends nobody", () => {
    const log = logFile("/dev/full");
    expect(() => {
      for (let line = 0; line < 1_000; line++) log.write(`${"x".repeat(4_096)}\n`);
    }).not.toThrow();
  });
});
