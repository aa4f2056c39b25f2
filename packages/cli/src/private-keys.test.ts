import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKeyPair } from "@fogline/sops";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { heldKeys, keyFileOf, retireKeyFile, writeKeyFile } from "./private-keys.ts";

let folder: string;
const place = (environment: Readonly<Record<string, string>> = {}) => ({ dataFolder: join(folder, ".fogline"), workingFolder: folder, environment });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-keys-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("private keys", () => {
  it("are in files that only their owner may read, in a folder that only he may enter", async () => {
    const pair = await newKeyPair();
    const file = keyFileOf(place(), "edge-pi");
    await writeKeyFile(file, pair, 0);
    expect([statSync(file).mode & 0o777, statSync(join(folder, ".fogline/keys")).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readFileSync(file, "utf8")).toBe(`# created: 1970-01-01T00:00:00Z\n# public key: ${pair.recipient}\n${pair.identity}\n`);
    expect(await heldKeys(place())).toEqual([{ ...pair, file }]);
  });

  it("are never written over, and can still be found when they are put aside", async () => {
    const [old, next] = [await newKeyPair(), await newKeyPair()];
    const file = keyFileOf(place(), "edge-pi");
    await writeKeyFile(file, old, 0);
    await expect(writeKeyFile(file, next, 0)).rejects.toMatchObject({ code: "FL3206" });
    await retireKeyFile(file, old.recipient);
    await writeKeyFile(file, next, 0);
    expect((await heldKeys(place())).map(({ recipient }) => recipient).sort()).toEqual([old.recipient, next.recipient].sort());
  });

  it("that others may read are refused", async () => {
    const file = keyFileOf(place(), "edge-pi");
    await writeKeyFile(file, await newKeyPair(), 0);
    chmodSync(file, 0o640);
    await expect(heldKeys(place())).rejects.toMatchObject({ code: "FL3205", message: expect.stringContaining("has mode 640") });
  });

  it("are also those of SOPS_AGE_KEY_FILE, and none else where a file is named", async () => {
    const [own, named] = [await newKeyPair(), await newKeyPair()];
    await writeKeyFile(keyFileOf(place(), "edge-pi"), own, 0);
    await writeKeyFile(join(folder, "theirs"), named, 0);
    const all = await heldKeys(place({ SOPS_AGE_KEY_FILE: "theirs" }));
    expect(all.map(({ recipient }) => recipient)).toEqual([named.recipient, own.recipient]);
    expect((await heldKeys(place(), "theirs")).map(({ recipient }) => recipient)).toEqual([named.recipient]);
  });

  it("are none where there is no folder; a file that is named must be there and be one", async () => {
    expect(await heldKeys(place())).toEqual([]);
    await expect(heldKeys(place(), "nothing")).rejects.toMatchObject({ code: "FL3206" });
    writeFileSync(join(folder, "text"), "hunter2\n", { mode: 0o600 });
    const refusal = await heldKeys(place(), "text").catch((thrown: Error) => thrown);
    expect(refusal).toMatchObject({ code: "FL3206" });
    expect(String((refusal as Error).stack)).not.toContain("hunter2");
  });
});
