import { describe, expect, it } from "vitest";
import { checkParameters } from "./index.ts";

describe("parameters of a statement", () => {
  it("may be null, text, numbers, small bigints and bytes", () => {
    expect(() => checkParameters([null, "größe", 0, -1.5, Number.MAX_SAFE_INTEGER, 12n, new Uint8Array(2)])).not.toThrow();
  });

  it.each([2 ** 53, -(2 ** 53), 2n ** 53n, Number.NaN, Number.NEGATIVE_INFINITY])("may not be %s, which would not be held exactly", (value) => {
    expect(() => checkParameters([value])).toThrow(RangeError);
  });

  it.each([true, undefined, new Date(0), { a: 1 }, ["a"], "nul\0"])("may not be %j, which the dialects store differently", (value) => {
    expect(() => checkParameters(["first", value])).toThrow(/parameter 2/);
  });
});
