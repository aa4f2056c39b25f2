import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./root.ts";

const base = mkdtempSync(join(tmpdir(), "fogline-lint-"));

/** Lints one line of code as if it stood in `file`; gives the number of errors. */
const errorsIn = (file: string, code: string): number => {
  mkdirSync(dirname(join(base, file)), { recursive: true });
  writeFileSync(join(base, file), `${code}\n`);
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const { stdout } = spawnSync(execPath, [biome, "lint", "--reporter=github", file], { cwd: base, encoding: "utf8" });
  rmSync(join(base, file));
  return stdout.split("\n").filter((row) => row.startsWith("::error")).length;
};

beforeAll(() => {
  const { $schema: _, vcs: __, ...config } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(join(base, "biome.json"), JSON.stringify(config));
  cpSync(join(root, "lint"), join(base, "lint"), { recursive: true });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe("the lint rules of pure packages", () => {
  it.each([
    "export const at = Date.now();",
    "export const clock = Date.now;",
    "export const chance = Math.random();",
    "export const at = new Date();",
    "export const world = globalThis;",
    "export const at = performance.now();",
    "export const setting = process.argv;",
  ])("refuse %s", (code) => {
    expect(errorsIn("packages/placement/src/example.ts", code)).toBe(1);
  });

  it.each(["export const at = new Date(1000);", "export const most = Math.max(1, 2);"])("allow %s", (code) => {
    expect(errorsIn("packages/placement/src/example.ts", code)).toBe(0);
  });

  it("do not hold in tests and in packages that own a clock", () => {
    expect(errorsIn("packages/placement/src/example.test.ts", "export const at = Date.now();")).toBe(0);
    expect(errorsIn("packages/adapters/system/src/clock.ts", "export const at = Date.now();")).toBe(0);
  });
});

describe("the lint rules of workloads", () => {
  it.each(["export const home = process.env.HOME;", 'process.on("SIGTERM", () => {});', "process.exit(1);"])("refuse %s outside main.ts", (code) => {
    expect(errorsIn("workloads/agent/src/example.ts", code)).toBe(1);
    expect(errorsIn("workloads/agent/src/main.ts", code)).toBe(0);
  });
});
