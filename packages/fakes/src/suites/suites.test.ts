import { createHash } from "node:crypto";
import type { Blobs, Clock, Digest, Leases, Random } from "@fogline/ports";
import { describe, expect, it } from "vitest";
import { type BlobDisk, type LeaseDisk, memoryBlobs, memoryLeases, seededRandom, virtualClock } from "../index.ts";
import { type BlobsWorld, blobsCases, broken, type ClockWorld, clockCases, type LeasesWorld, leasesCases, randomCases } from "./index.ts";

const end = async () => {};
const failed = new Set<string>();

/** The broken cases, remembered to see at the end that each case was broken by somebody. */
const failing: typeof broken = async (cases, open) => {
  const names = await broken(cases, open);
  for (const name of names) failed.add(name);
  return names;
};

const neverFailed = (cases: readonly { readonly name: string }[]): string[] => cases.map(({ name }) => name).filter((name) => !failed.has(name));

describe("the blobs suite", () => {
  const opened =
    (breaking: (blobs: Blobs, disk: BlobDisk) => Blobs, forgets = false) =>
    async (): Promise<BlobsWorld> => {
      const disk: BlobDisk = new Map();
      return {
        blobs: breaking(memoryBlobs(disk), disk),
        damage: async (digest) => {
          const content = Uint8Array.from(disk.get(digest) ?? []);
          content[0] = (content[0] ?? 0) ^ 1;
          disk.set(digest, content);
        },
        restart: async () => breaking(memoryBlobs(forgets ? new Map() : disk), disk),
        end,
      };
    };
  const returnsDamage = (blobs: Blobs, disk: BlobDisk): Blobs => ({
    ...blobs,
    get: async (digest) => {
      const content = disk.get(digest);
      return (
        content &&
        (async function* () {
          yield content;
        })()
      );
    },
  });
  const keepsHalves = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: async (content) => {
      if (content instanceof Uint8Array) return blobs.put(content);
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of content) chunks.push(chunk);
      } finally {
        await blobs.put(Uint8Array.from(Buffer.concat(chunks)));
      }
      return blobs.put(Uint8Array.from(Buffer.concat(chunks)));
    },
  });
  const sharesBytes = (blobs: Blobs, disk: BlobDisk): Blobs => ({
    ...blobs,
    put: async (content) => {
      if (!(content instanceof Uint8Array)) return blobs.put(content);
      const digest: Digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
      if (!disk.has(digest)) disk.set(digest, content);
      return { digest, sizeBytes: content.byteLength };
    },
  });
  const namesAllAlike = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: async (content) => ({ ...(await blobs.put(content)), digest: `sha256:${"0".repeat(64)}` }),
  });
  const storesOneMegabyte = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: (content) => blobs.put(content instanceof Uint8Array ? content.subarray(0, 1_000_000) : content),
  });
  const listsTwice = (blobs: Blobs): Blobs => ({
    ...blobs,
    list: async function* () {
      yield* blobs.list();
      yield* blobs.list();
    },
  });
  const hasEverything = (blobs: Blobs): Blobs => ({
    ...blobs,
    has: async () => true,
    get: async (digest) => (await blobs.get(digest)) ?? (async function* () {})(),
  });
  const removesNothing = (blobs: Blobs): Blobs => ({ ...blobs, remove: (digest) => blobs.has(digest) });

  it("fails on blobs that are forgotten at restart", async () => {
    expect(
      await failing(
        blobsCases,
        opened((blobs) => blobs, true),
      ),
    ).toContain("has after a restart everything that was stored, and nothing that was removed");
  });

  it.each<[string, (blobs: Blobs, disk: BlobDisk) => Blobs, string]>([
    ["returns damaged bytes", returnsDamage, "rejects while reading when the stored bytes are damaged"],
    ["keeps half of what failed", keepsHalves, "stores nothing when its source fails half way"],
    ["shares bytes with who stored them", sharesBytes, "keeps one blob for the same content, and shares no bytes with who stored it"],
    ["removes nothing", removesNothing, "removes a blob"],
    ["names all content alike", namesAllAlike, "names content by its SHA-256 and gives it back"],
    ["stores the first megabyte only", storesOneMegabyte, "gives back megabytes unchanged"],
    ["lists blobs twice", listsTwice, "takes the same content from two at once"],
    ["has everything", hasEverything, "knows nothing of what was not stored"],
  ])("fails on an adapter that %s", async (_fault, breaking, name) => {
    expect(await failing(blobsCases, opened(breaking))).toContain(name);
  });

  it("has no case that none of these fails", () => {
    expect(neverFailed(blobsCases)).toEqual([]);
  });
});

describe("the leases suite", () => {
  const opened = (breaking: (leases: Leases, disk: LeaseDisk, clock: Clock) => Leases, kept: (disk: LeaseDisk) => LeaseDisk = (disk) => disk) => {
    return async (): Promise<LeasesWorld> => {
      const clock = virtualClock(1_000_000);
      const disk: LeaseDisk = new Map();
      const over = (held: LeaseDisk) => breaking(memoryLeases(clock, held), held, clock);
      return { leases: over(disk), pass: (ms) => clock.advance(ms), restart: async () => over(kept(disk)), end };
    };
  };
  const healthy = (leases: Leases) => leases;
  const givesToAll = (leases: Leases, _disk: LeaseDisk, clock: Clock): Leases => ({
    ...leases,
    acquire: async (name, holder, ttlMs) =>
      (await leases.acquire(name, holder, ttlMs)) ?? { name, holder, fence: 1000, expiresAtMs: clock.now() + ttlMs },
  });
  const repeatsFences = (leases: Leases): Leases => ({
    ...leases,
    acquire: async (name, holder, ttlMs) => {
      const lease = await leases.acquire(name, holder, ttlMs);
      return lease && { ...lease, fence: 1 };
    },
    release: (lease) => leases.current(lease.name).then((held) => (held ? leases.release(held) : undefined)),
  });
  const neverExpires = (leases: Leases, disk: LeaseDisk): Leases => ({ ...leases, current: async (name) => disk.get(name) });
  const knowsOneName = (leases: Leases): Leases => ({
    ...leases,
    acquire: async (name, holder, ttlMs) => {
      const lease = await leases.acquire("the only one", holder, ttlMs);
      return lease && { ...lease, name };
    },
  });
  const raisesOwnFence = (leases: Leases): Leases => ({
    ...leases,
    acquire: async (name, holder, ttlMs) => {
      const held = await leases.current(name);
      if (held?.holder === holder) await leases.release(held);
      return leases.acquire(name, holder, ttlMs);
    },
  });
  const renewsForAnyone = (leases: Leases): Leases => ({
    ...leases,
    renew: async ({ name }, ttlMs) => {
      const held = await leases.current(name);
      return held && leases.renew(held, ttlMs);
    },
  });
  const takesAnyDuration = (leases: Leases): Leases => ({
    ...leases,
    acquire: (name, holder, ttlMs) => leases.acquire(name, holder, Number.isSafeInteger(ttlMs) && ttlMs > 0 ? ttlMs : 1),
  });
  const releasesForAnyone = (leases: Leases): Leases => ({
    ...leases,
    release: async ({ name }) => {
      const held = await leases.current(name);
      if (held !== undefined) await leases.release(held);
    },
  });

  it.each<[string, (leases: Leases, disk: LeaseDisk, clock: Clock) => Leases, string]>([
    ["gives a lease to two holders", givesToAll, "has one holder at a time"],
    ["repeats a fence", repeatsFences, "raises the fence with every change of holder, after release and after expiry"],
    ["never lets a lease expire", neverExpires, "is over when its time is up, for the holder too"],
    [
      "says of nobody that they hold",
      (leases) => ({ ...leases, current: async () => undefined }),
      "gives a free lease and says who holds it until when",
    ],
    ["knows one name only", knowsOneName, "keeps leases of different names apart"],
    ["raises the fence of who already holds", raisesOwnFence, "gives the holder its lease again, renewed under the same fence"],
    ["renews for anyone", renewsForAnyone, "renews for the same holder and fence only"],
    ["takes any duration", takesAnyDuration, "refuses durations that are not positive whole milliseconds"],
    ["takes a release from anyone", releasesForAnyone, "can be given back, by its holder only"],
  ])("fails on an adapter that %s", async (_fault, breaking, name) => {
    expect(await failing(leasesCases, opened(breaking))).toContain(name);
  });

  it("fails on an adapter that forgets leases at restart", async () => {
    expect(
      await failing(
        leasesCases,
        opened(healthy, () => new Map()),
      ),
    ).toContain("still holds after a restart");
  });

  it("fails on an adapter that forgets the fence of a released lease at restart", async () => {
    const heldOnly = (disk: LeaseDisk): LeaseDisk => new Map([...disk].filter(([, { expiresAtMs }]) => expiresAtMs > 0));
    expect(await failing(leasesCases, opened(healthy, heldOnly))).toEqual(["does not use a fence again after a restart"]);
  });

  it("has no case that none of these fails", () => {
    expect(neverFailed(leasesCases)).toEqual([]);
  });
});

describe("the clock suite", () => {
  const opened = (breaking: (clock: Clock) => Clock) => async (): Promise<ClockWorld> => {
    const clock = virtualClock();
    return { clock: breaking(clock), pass: (ms) => clock.advance(ms), end };
  };
  const runsAtOnce = (clock: Clock): Clock => ({
    ...clock,
    after: (_ms, run) => {
      run();
      return () => {};
    },
  });
  const goesBack = (clock: Clock): Clock => {
    let asked = 0;
    return { ...clock, monotonicMs: () => clock.monotonicMs() - (asked++ % 3) * 5 };
  };

  it.each<[string, (clock: Clock) => Clock, string]>([
    ["runs timers early", (clock) => ({ ...clock, after: (ms, run) => clock.after(ms / 2, run) }), "runs a timer once and not before its time"],
    ["runs timers at once", runsAtOnce, "never runs a timer inside of the call that sets it"],
    ["goes backwards", goesBack, "never goes back on the monotonic clock, and moves on as time passes"],
    ["stands still", (clock) => ({ ...clock, monotonicMs: () => 0 }), "never goes back on the monotonic clock, and moves on as time passes"],
    [
      "runs timers that were called off",
      (clock) => ({
        ...clock,
        after: (ms, run) => {
          clock.after(ms, run);
          return () => {};
        },
      }),
      "does not run a timer that was called off",
    ],
    ["wakes sleepers early", (clock) => ({ ...clock, sleep: (ms, signal) => clock.sleep(ms / 2, signal) }), "sleeps at least as long as asked"],
    [
      "cannot be woken",
      (clock) => ({ ...clock, sleep: (ms) => clock.sleep(ms) }),
      "wakes a sleeper with the signal's reason, before and while it sleeps",
    ],
    ["tells parts of milliseconds", (clock) => ({ ...clock, now: () => clock.now() + 0.5 }), "tells whole milliseconds since the Unix epoch"],
  ])("fails on a clock that %s", async (_fault, breaking, name) => {
    expect(await failing(clockCases, opened(breaking))).toContain(name);
  });

  it("has no case that none of these fails", () => {
    expect(neverFailed(clockCases)).toEqual([]);
  });
});

describe("the randomness suite", () => {
  const opened = (breaking: (random: Random) => Random) => async () => ({ random: breaking(seededRandom(7)), end });
  const fixed = seededRandom(1).bytes(4096);
  const cycling = (random: Random): Random => {
    const ids = Array.from({ length: 1000 }, () => random.id());
    let drawn = 0;
    return { ...random, id: () => ids[drawn++ % ids.length] ?? "" };
  };

  it.each<[string, (random: Random) => Random, string]>([
    ["repeats bytes", (random) => ({ ...random, bytes: (length) => fixed.slice(0, length) }), "does not repeat bytes"],
    [
      "reuses its array",
      (random) => ({ ...random, bytes: (length) => fixed.fill(random.bytes(1)[0] ?? 0).subarray(0, length) }),
      "gives as many bytes as asked, in an array of their own",
    ],
    [
      "knows only small bytes",
      (random) => ({ ...random, bytes: (length) => random.bytes(length).map((byte) => byte & 0x7f) }),
      "uses every byte value about equally often",
    ],
    ["repeats ids", cycling, "makes lower-case UUIDs of version 7 that never repeat and sort in the order in which they were made"],
    [
      "leans to small numbers",
      (random) => ({ ...random, unit: () => random.unit() ** 2 }),
      "draws units from 0 up to but not including 1, with their mean in the middle",
    ],
    [
      "repeats numbers",
      (random) => ({ ...random, unit: () => Math.floor(random.unit() * 100) / 100 }),
      "draws units from 0 up to but not including 1, with their mean in the middle",
    ],
  ])("fails on randomness that %s", async (_fault, breaking, name) => {
    expect(await failing(randomCases, opened(breaking))).toContain(name);
  });

  it("has no case that none of these fails", () => {
    expect(neverFailed(randomCases)).toEqual([]);
  });
});
