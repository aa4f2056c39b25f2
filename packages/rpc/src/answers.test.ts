import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashOf } from "./answers.ts";

describe("the hash of a request", () => {
  it("does not depend on the order of its fields", () => {
    expect(hashOf({ a: 1, b: { c: [2, 3], d: null } })).toBe(hashOf({ b: { d: null, c: [2, 3] }, a: 1 }));
  });

  it("depends on the order of its lists", () => {
    expect(hashOf({ a: [1, 2] })).not.toBe(hashOf({ a: [2, 1] }));
  });

  it("differs for requests that differ in one character", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (change, before, after) => {
        expect(hashOf({ text: before + after })).not.toBe(hashOf({ text: before + change + after }));
      }),
    );
  });

  it("differs for 20,000 similar requests", () => {
    expect(new Set(Array.from({ length: 20_000 }, (_, number) => hashOf({ command: ["echo", String(number)], priority: number % 10 }))).size).toBe(
      20_000,
    );
  });
});
