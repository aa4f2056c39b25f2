import type { Clock, Lease, Leases } from "@fogline/ports";

/** What a fake's disk holds, by name; a released lease stays with an expiry of 0, because its fence must not come again. */
export type LeaseDisk = Map<string, Lease>;

const checkTtl = (ttlMs: number): void => {
  if (!Number.isSafeInteger(ttlMs) || ttlMs <= 0) throw new RangeError(`a lease lasts a positive whole number of milliseconds, not ${ttlMs}`);
};

/** Leases in memory. Passing the same `disk` again is a restart. */
export const memoryLeases = (clock: Clock, disk: LeaseDisk = new Map()): Leases => {
  const current = (name: string): Lease | undefined => {
    const stored = disk.get(name);
    return stored !== undefined && stored.expiresAtMs > clock.now() ? stored : undefined;
  };
  const still = (lease: Lease): Lease | undefined => {
    const held = current(lease.name);
    return held?.holder === lease.holder && held.fence === lease.fence ? held : undefined;
  };
  const keep = (lease: Lease): Lease => {
    disk.set(lease.name, lease);
    return lease;
  };
  return {
    acquire: async (name, holder, ttlMs) => {
      checkTtl(ttlMs);
      const held = current(name);
      if (held !== undefined && held.holder !== holder) return undefined;
      const fence = held?.fence ?? (disk.get(name)?.fence ?? 0) + 1;
      return keep({ name, holder, fence, expiresAtMs: Math.max(held?.expiresAtMs ?? 0, clock.now() + ttlMs) });
    },
    renew: async (lease, ttlMs) => {
      checkTtl(ttlMs);
      const held = still(lease);
      return held && keep({ ...held, expiresAtMs: Math.max(held.expiresAtMs, clock.now() + ttlMs) });
    },
    release: async (lease) => {
      const held = still(lease);
      if (held !== undefined) keep({ ...held, expiresAtMs: 0 });
    },
    current: async (name) => current(name),
  };
};
