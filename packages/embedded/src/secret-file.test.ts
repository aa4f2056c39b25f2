import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adminToken, openDataFolder } from "./data-folder.ts";
import { readSecret, writeSecret } from "./secret-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-secret-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a secret in a file", () => {
  it("is read back, and readable by this user alone", () => {
    const path = join(folder, "secret");
    expect(readSecret(path)).toBeUndefined();
    writeSecret(path, "s1");
    writeSecret(path, "s2");
    expect(readSecret(path)).toBe("s2");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["secret"]);
  });

  it("is written beside what others left there, never through it", () => {
    const path = join(folder, "secret");
    symlinkSync(join(folder, "elsewhere"), `${path}.new`);
    writeSecret(path, "s1");
    expect(readSecret(path)).toBe("s1");
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });

  it("is none when nothing is in the file: an admin token that a full disk swallowed is made anew, and is never empty", () => {
    writeFileSync(join(folder, "admin.token"), "");
    const data = openDataFolder(folder);
    const token = adminToken(data);
    expect(token).toMatch(/^fogline_/);
    expect(adminToken(data)).toBe(token);
  });
});
