import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createContext, type GlobalOptions } from "./context.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-context-"));
  mkdirSync(join(folder, "clusters/dev/apps"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const silent = { write: () => undefined };
const contextIn = (workingFolder: string, options: GlobalOptions = {}, environment: Record<string, string> = {}) =>
  createContext(options, { stdout: silent, stderr: silent, environment }, workingFolder);

describe("the context of a command", () => {
  it("is that of the repository around the folder, wherever in it the command runs", () => {
    writeFileSync(join(folder, "clusters/fleet.yaml"), "");
    const { repository, dataFolder } = contextIn(join(folder, "clusters/dev/apps"));
    expect([repository, dataFolder]).toEqual([folder, join(folder, ".fogline")]);
  });

  it("is that of a git repository without a fleet too, and of the folder itself where there is neither", () => {
    expect(contextIn(join(folder, "clusters")).repository).toBe(join(folder, "clusters"));
    mkdirSync(join(folder, ".git"));
    expect(contextIn(join(folder, "clusters")).repository).toBe(folder);
  });

  it("takes the data folder from the option, then from FOGLINE_DATA, relative to where the command runs", () => {
    const environment = { FOGLINE_DATA: "state" };
    expect(contextIn(folder, { data: "/var/lib/fogline" }, environment).dataFolder).toBe("/var/lib/fogline");
    expect(contextIn(folder, {}, environment).dataFolder).toBe(join(folder, "state"));
  });
});
