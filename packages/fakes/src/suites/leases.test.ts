import type { Clock, Leases } from "@fogline/ports";
import { describe, expect, it } from "vitest";
import { type LeaseDisk, memoryLeases, virtualClock } from "../index.ts";
import { breakages, type LeasesWorld, leasesCases } from "./index.ts";

const end = async () => {};
const broken = breakages(leasesCases);

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
    expect(await broken.by(opened(breaking))).toContain(name);
  });

  it("fails on an adapter that forgets leases at restart", async () => {
    expect(await broken.by(opened(healthy, () => new Map()))).toContain("still holds after a restart");
  });

  it("fails on an adapter that forgets the fence of a released lease at restart", async () => {
    const heldOnly = (disk: LeaseDisk): LeaseDisk => new Map([...disk].filter(([, { expiresAtMs }]) => expiresAtMs > 0));
    expect(await broken.by(opened(healthy, heldOnly))).toEqual(["does not use a fence again after a restart"]);
  });

  it("has no case that none of these fails", () => {
    expect(broken.byNone()).toEqual([]);
  });
});
