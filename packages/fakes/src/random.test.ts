import { describe, expect, it } from "vitest";
import { seededRandom, splitMix64, xoshiro128 } from "./index.ts";

describe("xoshiro128**", () => {
  it("draws the known first words from the state 1, 2, 3, 4", () => {
    const next = xoshiro128([1, 2, 3, 4]);
    // The first by hand: rotateLeft(2 * 5, 7) * 9 = 1280 * 9.
    expect(Array.from({ length: 6 }, next)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
  });
});

describe("SplitMix64", () => {
  it("draws the known first words from the seed 1477776061723855037", () => {
    const next = splitMix64(1477776061723855037n);
    expect([next(), next()]).toEqual([1985237415132408290n, 2979275885539914483n]);
  });
});

describe("seeded randomness", () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return [random.unit(), random.id(), random.unit(), [...random.bytes(4)].join()];
  };

  it("is the same for the same seed", () => {
    expect(draw(5)).toEqual(draw(5));
  });

  it("differs between neighbouring seeds and between signs", () => {
    const first = [0, 1, 2, -1].map((seed) => seededRandom(seed).unit());
    expect(new Set(first).size).toBe(4);
  });
});
