import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { treeSigningFile, treeSigningProblems } from "./tree-signing.ts";

const publicKeyEncoding = { type: "spki", format: "pem" } as const;
const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
const pairOn = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve, publicKeyEncoding, privateKeyEncoding });
const own = pairOn("prime256v1");

describe("the public key of trees", () => {
  it("is what openssl, cosign and Fogline write for a key over P-256", () => {
    for (let count = 0; count < 20; count += 1) expect(treeSigningProblems(pairOn("prime256v1").publicKey)).toEqual([]);
  });

  it("may have another system's line ends", () => {
    expect(treeSigningProblems(own.publicKey.replaceAll("\n", "\r\n"))).toEqual([]);
  });

  it.each([
    ["of another curve", pairOn("secp384r1").publicKey],
    ["of another kind", generateKeyPairSync("ed25519", { publicKeyEncoding, privateKeyEncoding }).publicKey],
    ["cut off", own.publicKey.slice(0, 100)],
    ["twice", own.publicKey + own.publicKey],
    ["something else", "hello\n"],
    ["nothing", ""],
  ])("is refused when it is %s", (_, text) => {
    expect(treeSigningProblems(text)).toMatchObject([{ code: "FL3290", severity: "error", place: { file: treeSigningFile } }]);
  });

  it("is refused without being repeated when it is the private half", () => {
    const [finding] = treeSigningProblems(own.privateKey);
    expect(finding).toMatchObject({ code: "FL3290", message: expect.stringContaining("holds a private key") });
    expect(JSON.stringify(finding)).not.toContain(own.privateKey.slice(40, 80));
  });
});
