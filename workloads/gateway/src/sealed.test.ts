import { seededRandom } from "@fogline/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sealWith } from "./sealed.ts";
import { derivedKey } from "./secrets.ts";

const rootKey = Buffer.alloc(32, 7);
const seal = sealWith(derivedKey({ rootKey }, "test"), seededRandom(1));

describe("what is sealed", () => {
  it("opens to what it was, under its name alone, and never looks the same twice", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.string(), (bytes, name, other) => {
        const sealed = seal.close(bytes, name);
        expect(seal.open(sealed, name)).toEqual(bytes);
        if (other !== name) expect(seal.open(sealed, other)).toBeUndefined();
        expect(seal.close(bytes, name)).not.toEqual(sealed);
      }),
    );
  });

  it("does not open with another key, another purpose or one bit changed", () => {
    const sealed = seal.close(Buffer.from("a secret"), "name");
    const others = [derivedKey({ rootKey: Buffer.alloc(32, 8) }, "test"), derivedKey({ rootKey }, "another")];
    for (const key of others) expect(sealWith(key, seededRandom(2)).open(sealed, "name")).toBeUndefined();
    for (let at = 0; at < sealed.length; at++) {
      const altered = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(seal.open(altered, "name")).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length++) expect(seal.open(sealed.subarray(0, length), "name")).toBeUndefined();
  });
});
