import { sql, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import type { Lease } from "./leases.ts";

/** Another holder has the lease: what was about to be written is void. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
  readonly lease: Lease;

  constructor(lease: Lease) {
    super(`the lease "${lease.name}" is not held under fence ${lease.fence} any more`);
    this.lease = lease;
  }
}

/**
 * The same database for who holds a lease of {@link databaseLeases} in it: every transaction first looks whether nobody else took the lease, in the
 * same serializable transaction, and rejects with LeaseLost, having changed nothing, when somebody did. However late a former holder wakes up, it
 * writes nothing any more. Reads and single statements are not looked at; `lost` is told once.
 */
export const fencedDatabase = <Schema>(database: Database<Schema>, lease: Lease, lost: () => void = () => {}): Database<Schema> => {
  let told = false;
  const check = async (transaction: Transaction<Schema>): Promise<void> => {
    const { rows } = await sql<{ fence: number }>`select fence from fogline_leases where name = ${lease.name}`.execute(transaction);
    if (rows[0]?.fence === lease.fence) return;
    if (!told) lost();
    told = true;
    throw new LeaseLost(lease);
  };
  return {
    dialect: database.dialect,
    kysely: database.kysely,
    transaction: (work) =>
      database.transaction(async (transaction) => {
        await check(transaction);
        return work(transaction);
      }),
    close: () => database.close(),
  };
};
