import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adminToken, newAdminToken, openDataFolder } from "./data-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the data folder", () => {
  it("is made when it is missing, for this user alone", () => {
    const data = openDataFolder(join(folder, "state"));
    expect(statSync(data.path).mode & 0o777).toBe(0o700);
    expect(data.at("agent", "store")).toBe(join(folder, "state/agent/store"));
  });

  it("has one hub at a time, and the next one after that is done", () => {
    const data = openDataFolder(folder);
    expect(() => openDataFolder(folder)).toThrow(expect.objectContaining({ code: "FL4019" }));
    data.release();
    openDataFolder(folder).release();
  });

  it("is taken over from a hub whose process is gone, also when its number is in use again", () => {
    writeFileSync(join(folder, "hub.lock"), JSON.stringify({ pid: process.pid, began: "1" }));
    openDataFolder(folder).release();
    writeFileSync(join(folder, "hub.lock"), "{");
    openDataFolder(folder).release();
  });

  it("cannot be below a file, and says so", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => openDataFolder(join(folder, "file", "state"))).toThrow(
      expect.objectContaining({ code: "FL4017", remedy: expect.stringContaining("--data") }),
    );
  });

  it("keeps itself out of the commits of the repository that it lies in", () => {
    execFileSync("git", ["init", "-q"], { cwd: folder });
    mkdirSync(join(folder, "clusters"));
    writeFileSync(join(folder, "clusters/fleet.yaml"), "");
    adminToken(openDataFolder(join(folder, ".fogline")));
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: folder, encoding: "utf8" })).toBe("?? clusters/\n");
  });
});

describe("the admin token", () => {
  it("is made once, readable by this user alone", () => {
    const data = openDataFolder(folder);
    const token = adminToken(data);
    expect(token).toMatch(/^fogline_[\w-]{43}$/);
    expect(adminToken(data)).toBe(token);
    expect(statSync(data.at("admin.token")).mode & 0o777).toBe(0o600);
  });

  it("is another one once it was replaced, in the same place", () => {
    const data = openDataFolder(folder);
    const before = adminToken(data);
    const after = newAdminToken(data.at("admin.token"));
    expect(after).not.toBe(before);
    expect(adminToken(data)).toBe(after);
    expect(statSync(data.at("admin.token")).mode & 0o777).toBe(0o600);
  });
});
