import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { readLook } from "./look.ts";
import { lookScript } from "./look-script.ts";

describe("the first look at a machine", () => {
  it("is read from what it answers", () => {
    const text = `look 1\nnow 1795703000\nroot yes\npython 3.11\nowner ${Buffer.from("fleet: demo\n").toString("base64")}\nidentity yes\ntoken broken\n`;
    expect(readLook(text, 1_795_703_001_500)).toEqual({
      kind: "seen",
      clockOffsetMs: -1_500,
      identityText: "fleet: demo\n",
      hasIdentity: true,
      token: "broken",
      python: "3.11",
      canBecomeRoot: true,
    });
  });

  it("is nothing where a machine says something else, and takes what is missing for absent", () => {
    expect(readLook("Welcome to pi-1\n", 0)).toBeUndefined();
    expect(readLook("look 1\nnow 5\nroot no\npython \n", 5_000)).toEqual({
      kind: "seen",
      clockOffsetMs: 0,
      hasIdentity: false,
      token: "none",
      canBecomeRoot: false,
    });
  });

  it("runs in the shell of this machine", () => {
    const seen = readLook(execFileSync("sh", ["-s"], { input: lookScript, encoding: "utf8" }), Date.now());
    expect(seen?.kind).toBe("seen");
    expect(Math.abs(seen?.clockOffsetMs ?? Number.NaN)).toBeLessThan(60_000);
    expect(seen?.python).toMatch(/^3\.\d+$/);
  });
});
