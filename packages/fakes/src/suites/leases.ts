import assert from "node:assert/strict";
import type { Lease, Leases } from "@fogline/ports";
import { type Case, type Ends, inWorld } from "./case.ts";

export interface LeasesWorld extends Ends {
  readonly leases: Leases;
  /** Lets exactly `ms` pass on the clock that the leases use. */
  pass(ms: number): Promise<void>;
  /** Closes what holds the leases and opens it again over the same data. */
  restart(): Promise<Leases>;
}

const ttlMs = 10_000;

const taken = (lease: Lease | undefined): Lease => {
  assert.ok(lease !== undefined, "the lease is given");
  return lease;
};

const holding: readonly Case<LeasesWorld>[] = [
  inWorld("gives a free lease and says who holds it until when", async ({ leases }) => {
    assert.equal(await leases.current("relay"), undefined);
    const lease = taken(await leases.acquire("relay", "a", ttlMs));
    assert.deepEqual([lease.name, lease.holder], ["relay", "a"]);
    assert.deepEqual(await leases.current("relay"), lease);
  }),
  inWorld("has one holder at a time", async ({ leases }) => {
    taken(await leases.acquire("relay", "a", ttlMs));
    assert.equal(await leases.acquire("relay", "b", ttlMs), undefined);
    assert.equal((await leases.current("relay"))?.holder, "a");
  }),
  inWorld("has one holder when many ask at the same moment", async ({ leases }) => {
    const holders = Array.from({ length: 8 }, (_, index) => `holder-${index}`);
    const given = await Promise.all(holders.map((holder) => leases.acquire("relay", holder, ttlMs)));
    assert.equal(given.filter((lease) => lease !== undefined).length, 1);
  }),
  inWorld("keeps leases of different names apart", async ({ leases }) => {
    taken(await leases.acquire("relay", "a", ttlMs));
    assert.equal(taken(await leases.acquire("leader", "b", ttlMs)).holder, "b");
  }),
  inWorld("gives the holder its lease again, renewed under the same fence", async ({ leases, pass }) => {
    const first = taken(await leases.acquire("relay", "a", ttlMs));
    await pass(1000);
    const again = taken(await leases.acquire("relay", "a", ttlMs));
    assert.deepEqual([again.fence, again.expiresAtMs], [first.fence, first.expiresAtMs + 1000]);
  }),
  inWorld("renews for the same holder and fence only", async ({ leases, pass }) => {
    const lease = taken(await leases.acquire("relay", "a", ttlMs));
    await pass(1000);
    assert.equal(await leases.renew({ ...lease, holder: "b" }, ttlMs), undefined);
    assert.equal(await leases.renew({ ...lease, fence: lease.fence + 1 }, ttlMs), undefined);
    const renewed = taken(await leases.renew(lease, ttlMs));
    assert.deepEqual([renewed.fence, renewed.expiresAtMs], [lease.fence, lease.expiresAtMs + 1000]);
    await pass(ttlMs - 1);
    assert.equal((await leases.current("relay"))?.holder, "a");
  }),
  inWorld("refuses durations that are not positive whole milliseconds", async ({ leases }) => {
    for (const wrong of [0, -1, 1.5, Number.NaN]) await assert.rejects(leases.acquire("relay", "a", wrong), RangeError);
  }),
];

const ending: readonly Case<LeasesWorld>[] = [
  inWorld("is over when its time is up, for the holder too", async ({ leases, pass }) => {
    const lease = taken(await leases.acquire("relay", "a", ttlMs));
    await pass(ttlMs - 1);
    assert.equal((await leases.current("relay"))?.holder, "a");
    await pass(1);
    assert.equal(await leases.current("relay"), undefined);
    assert.equal(await leases.renew(lease, ttlMs), undefined);
  }),
  inWorld("can be given back, by its holder only", async ({ leases }) => {
    const lease = taken(await leases.acquire("relay", "a", ttlMs));
    await leases.release({ ...lease, holder: "b" });
    await leases.release({ ...lease, fence: lease.fence + 1 });
    assert.equal((await leases.current("relay"))?.holder, "a");
    await leases.release(lease);
    assert.equal(await leases.current("relay"), undefined);
    assert.equal(taken(await leases.acquire("relay", "b", ttlMs)).holder, "b");
  }),
  inWorld("raises the fence with every change of holder, after release and after expiry", async ({ leases, pass }) => {
    const fences: number[] = [];
    for (const holder of ["a", "b", "a", "a", "b"]) {
      const lease = taken(await leases.acquire("relay", holder, ttlMs));
      fences.push(lease.fence);
      if (fences.length % 2 === 0) await pass(ttlMs);
      else await leases.release(lease);
    }
    for (const [index, fence] of fences.entries()) if (index > 0) assert.ok(fence > (fences[index - 1] ?? 0), `fences ${fences.join(", ")}`);
  }),
  inWorld("a former holder can neither renew nor release what another holds now", async ({ leases, pass }) => {
    const former = taken(await leases.acquire("relay", "a", ttlMs));
    await pass(ttlMs);
    taken(await leases.acquire("relay", "b", ttlMs));
    assert.equal(await leases.renew(former, ttlMs), undefined);
    await leases.release(former);
    assert.equal((await leases.current("relay"))?.holder, "b");
  }),
];

const restarts: readonly Case<LeasesWorld>[] = [
  inWorld("still holds after a restart", async ({ leases, restart }) => {
    const lease = taken(await leases.acquire("relay", "a", ttlMs));
    const reopened = await restart();
    assert.deepEqual(await reopened.current("relay"), lease);
    assert.equal(await reopened.acquire("relay", "b", ttlMs), undefined);
  }),
  inWorld("does not use a fence again after a restart", async ({ leases, restart }) => {
    const lease = taken(await leases.acquire("relay", "a", ttlMs));
    await leases.release(lease);
    const next = taken(await (await restart()).acquire("relay", "b", ttlMs));
    assert.ok(next.fence > lease.fence, `${next.fence} after ${lease.fence}`);
  }),
];

/** What leases promise. */
export const leasesCases: readonly Case<LeasesWorld>[] = [...holding, ...ending, ...restarts];
