import { freezableClock, memoryBlobs, memoryLeases, seededRandom, virtualClock } from "./index.ts";
import { blobsSuite, clockSuite, leasesSuite, randomSuite } from "./suites/index.ts";

const end = async () => {};

clockSuite("virtual", async () => {
  const clock = virtualClock();
  return { clock, pass: (ms) => clock.advance(ms), end };
});

clockSuite("freezable, over a virtual one", async () => {
  const clock = virtualClock();
  return { clock: freezableClock(clock), pass: (ms) => clock.advance(ms), end };
});

randomSuite("seeded", async () => ({ random: seededRandom(42), end }));

blobsSuite("memory", async () => {
  const disk = new Map();
  return {
    blobs: memoryBlobs(disk),
    damage: async (digest) => {
      const content = Uint8Array.from(disk.get(digest));
      content[0] = (content[0] ?? 0) ^ 1;
      disk.set(digest, content);
    },
    restart: async () => memoryBlobs(disk),
    end,
  };
});

leasesSuite("memory", async () => {
  const clock = virtualClock(1_000_000);
  const disk = new Map();
  return { leases: memoryLeases(clock, disk), pass: (ms) => clock.advance(ms), restart: async () => memoryLeases(clock, disk), end };
});
