import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markOf } from "@fogline/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claim, devFolderIn, isServed, readState, writeState } from "./state.ts";

const request = { kind: "embedded", repository: "/fleet", cluster: "dev", nodesOf: ["edge-pi"] } as const;
let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "fogline-state-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

describe("the state of a dev cluster", () => {
  it("belongs to the first of two that ask at once, and others may not read it", () => {
    const folder = devFolderIn(data);
    expect([claim(folder, request), claim(folder, { ...request, cluster: "cloud" })]).toEqual([true, false]);
    expect(readState(folder)?.request).toEqual(request);
    writeState(folder, { ...(readState(folder) as NonNullable<ReturnType<typeof readState>>), phase: "running" });
    expect(readState(folder)?.phase).toBe("running");
    expect(statSync(join(folder, "state.json")).mode & 0o077).toBe(0);
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  it("is served while its process runs", () => {
    const folder = devFolderIn(data);
    claim(folder, request);
    const state = readState(folder);
    if (state === undefined) throw new Error("nothing was written");
    expect(isServed(state)).toBe(false);
    expect(isServed({ ...state, process: markOf(process.pid) })).toBe(true);
  });

  it("that cannot be read says which file, and is not taken for none", () => {
    const folder = devFolderIn(data);
    claim(folder, request);
    writeFileSync(join(folder, "state.json"), "{");
    expect(() => readState(folder)).toThrow(/state\.json cannot be read/);
  });
});
