import { GIBIBYTE } from "@fogline/units";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeScore } from "./index.ts";

describe("the compute score", () => {
  it("is 0 for nothing and 100 for 64 cores and 256 GiB, or more", () => {
    expect(computeScore(0, 0)).toBe(0);
    expect(computeScore(64, 256 * GIBIBYTE)).toBe(100);
    expect(computeScore(1000, 10_000 * GIBIBYTE)).toBe(100);
  });

  it("weighs processor and memory alike, each on its logarithmic scale", () => {
    expect(computeScore(64, 0)).toBe(50);
    expect(computeScore(0, 256 * GIBIBYTE)).toBe(50);
    // log2(4) / log2(65) = 0.332095, log2(8) / log2(257) = 0.374737
    expect(computeScore(3, 0)).toBeCloseTo(16.6048, 4);
    expect(computeScore(0, 7 * GIBIBYTE)).toBeCloseTo(18.7368, 4);
    expect(computeScore(3, 7 * GIBIBYTE)).toBeCloseTo(35.3416, 4);
  });

  it("counts what is not a positive number as nothing", () => {
    expect(computeScore(Number.NaN, -1)).toBe(0);
    expect(computeScore(-3, Number.POSITIVE_INFINITY)).toBe(0);
  });

  it("is within 0 and 100 and never falls when there is more", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 128, noNaN: true }), fc.double({ min: 0, max: 128, noNaN: true }), fc.nat(), fc.nat(), (a, b, c, d) => {
        const less = computeScore(Math.min(a, b), Math.min(c, d));
        const more = computeScore(Math.max(a, b), Math.max(c, d));
        expect(less).toBeGreaterThanOrEqual(0);
        expect(more).toBeLessThanOrEqual(100);
        expect(more).toBeGreaterThanOrEqual(less);
      }),
    );
  });
});
