import type { Random } from "@fogline/ports";

/** The state of xoshiro128**: four 32-bit words, not all zero. */
export type XoshiroState = readonly [number, number, number, number];

const rotateLeft = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** xoshiro128** 1.1 by Blackman and Vigna (https://prng.di.unimi.it/xoshiro128starstar.c): a function that draws the next unsigned 32-bit word. */
export const xoshiro128 = (state: XoshiroState): (() => number) => {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
};

const mask64 = (1n << 64n) - 1n;

/** SplitMix64 (https://prng.di.unimi.it/splitmix64.c), which the authors of xoshiro recommend for seeding: a function that draws 64-bit words. */
export const splitMix64 = (seed: bigint): (() => bigint) => {
  let state = seed & mask64;
  return () => {
    state = (state + 0x9e3779b97f4a7c15n) & mask64;
    let mixed = state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask64;
    return mixed ^ (mixed >> 31n);
  };
};

/**
 * Randomness that is the same for the same `seed` (an integer): xoshiro128** seeded by SplitMix64. Ids have the layout of UUID version 7 with
 * the number of the draw in place of the time, so they sort in the order in which they were made.
 */
export const seededRandom = (seed: number): Random => {
  const words = splitMix64(BigInt(seed));
  const [first, second] = [words(), words()];
  const word = xoshiro128([Number(first & 0xffffffffn), Number(first >> 32n), Number(second & 0xffffffffn), Number(second >> 32n)]);
  let drawn = 0;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0").slice(-digits);
  return {
    bytes: (length) => Uint8Array.from({ length }, () => word() >>> 24),
    unit: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53,
    id: () => {
      const order = hex(drawn++, 12);
      const variant = (word() & 0x3fff) | 0x8000;
      return `${order.slice(0, 8)}-${order.slice(8)}-7${hex(word(), 3)}-${hex(variant, 4)}-${hex(word(), 4)}${hex(word(), 8)}`;
    },
  };
};
