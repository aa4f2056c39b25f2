export { type BlobDisk, memoryBlobs } from "./blobs.ts";
export { type FreezableClock, freezableClock, type VirtualClock, virtualClock } from "./clock.ts";
export { type FaultyBus, faultyBus, type Weather } from "./faulty-bus.ts";
export { type LeaseDisk, memoryLeases } from "./leases.ts";
export { seededRandom, splitMix64, type XoshiroState, xoshiro128 } from "./random.ts";
