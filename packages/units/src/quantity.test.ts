import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatKubernetesBytes, parseQuantity } from "./index.ts";

describe("a quantity of Kubernetes", () => {
  it.each([
    ["160Mi", 167_772_160],
    ["1.5Gi", 1_610_612_736],
    ["100m", 0.1],
    ["2", 2],
    [2, 2],
    ["1e3", 1000],
    ["1E3", 1000],
    ["1E", 1e18],
    ["12k", 12_000],
    [".5", 0.5],
    ["5.", 5],
    ["-1", -1],
  ])("%s is %d", (text, number) => {
    expect(parseQuantity(text)).toBeCloseTo(number, 9);
  });

  it.each(["", "Mi", "1 Mi", "1mi", "1MiB", "0x10", "1e", "Infinity", null, true, {}])("is not %j", (value) => {
    expect(parseQuantity(value)).toBeUndefined();
  });

  it("is what formatKubernetesBytes writes, for any number of bytes", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseQuantity(formatKubernetesBytes(bytes))).toBe(bytes);
      }),
    );
  });
});
