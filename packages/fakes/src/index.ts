export { type FreezableClock, freezableClock, type VirtualClock, virtualClock } from "./clock.ts";
export { seededRandom, splitMix64, type XoshiroState, xoshiro128 } from "./random.ts";
