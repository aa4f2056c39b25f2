import type { Transaction } from "kysely";
import type { Clock } from "./clock.ts";
import { columnTypes } from "./columns.ts";
import type { Database, Migration } from "./database.ts";
import type { Lease, Leases } from "./leases.ts";

interface LeaseTable {
  fogline_leases: { name: string; holder: string; fence: number; expires_at_ms: number };
}

/** The table behind {@link databaseLeases}. */
export const leasesMigration: Migration = {
  name: "fogline-leases-1",
  up: async (database, dialect) => {
    const { text, integer } = columnTypes(dialect);
    await database.schema
      .createTable("fogline_leases")
      .addColumn("name", text, (column) => column.primaryKey())
      .addColumn("holder", text, (column) => column.notNull())
      .addColumn("fence", integer, (column) => column.notNull())
      .addColumn("expires_at_ms", integer, (column) => column.notNull())
      .execute();
  },
};

const checkTtl = (ttlMs: number): void => {
  if (!Number.isSafeInteger(ttlMs) || ttlMs <= 0) throw new RangeError(`a lease lasts a positive whole number of milliseconds, not ${ttlMs}`);
};

const read = async (transaction: Pick<Transaction<LeaseTable>, "selectFrom">, name: string): Promise<Lease | undefined> => {
  const row = await transaction.selectFrom("fogline_leases").selectAll().where("name", "=", name).executeTakeFirst();
  return row === undefined ? undefined : { name: row.name, holder: row.holder, fence: row.fence, expiresAtMs: row.expires_at_ms };
};

const write = async (transaction: Transaction<LeaseTable>, { name, holder, fence, expiresAtMs }: Lease): Promise<void> => {
  await transaction
    .insertInto("fogline_leases")
    .values({ name, holder, fence, expires_at_ms: expiresAtMs })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ holder, fence, expires_at_ms: expiresAtMs }))
    .execute();
};

/**
 * Leases in a database that has {@link leasesMigration}, on the wall clock of who asks: holders need clocks that agree to well within a lease's
 * duration. A row stays after release and expiry (with an expiry of 0 when released), so that the next fence is always higher than every
 * former one. A lease that expired is over even when nobody took it: its holder must acquire it anew, and gets a new fence.
 * `acquire` and `renew` throw RangeError for a duration that is not a positive whole number.
 */
export const databaseLeases = <Schema>(database: Database<Schema>, clock: Clock): Leases => {
  const own = database as unknown as Database<LeaseTable>;

  /** What `lease` is now, while it is the same holder's under the same fence and not over. */
  const still = async (transaction: Transaction<LeaseTable>, lease: Lease): Promise<Lease | undefined> => {
    const stored = await read(transaction, lease.name);
    return stored?.holder === lease.holder && stored.fence === lease.fence && stored.expiresAtMs > clock.now() ? stored : undefined;
  };

  return {
    acquire: async (name, holder, ttlMs) => {
      checkTtl(ttlMs);
      return own.transaction(async (transaction) => {
        const nowMs = clock.now();
        const stored = await read(transaction, name);
        const held = stored !== undefined && stored.expiresAtMs > nowMs;
        if (held && stored.holder !== holder) return undefined;
        const fence = held ? stored.fence : (stored?.fence ?? 0) + 1;
        const lease = { name, holder, fence, expiresAtMs: Math.max(held ? stored.expiresAtMs : 0, nowMs + ttlMs) };
        await write(transaction, lease);
        return lease;
      });
    },
    renew: async (lease, ttlMs) => {
      checkTtl(ttlMs);
      return own.transaction(async (transaction) => {
        const stored = await still(transaction, lease);
        if (stored === undefined) return undefined;
        const renewed = { ...stored, expiresAtMs: Math.max(stored.expiresAtMs, clock.now() + ttlMs) };
        await write(transaction, renewed);
        return renewed;
      });
    },
    release: async (lease) => {
      await own.transaction(async (transaction) => {
        const stored = await still(transaction, lease);
        if (stored !== undefined) await write(transaction, { ...stored, expiresAtMs: 0 });
      });
    },
    current: async (name) => {
      const stored = await read(own.kysely, name);
      return stored !== undefined && stored.expiresAtMs > clock.now() ? stored : undefined;
    },
  };
};
