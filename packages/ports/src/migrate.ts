import { FoglineError } from "@fogline/findings";
import { sql } from "kysely";
import type { Database, Migration } from "./database.ts";

interface AppliedTable {
  fogline_migrations: { name: string };
}

const readApplied = async (database: Database<AppliedTable>["kysely"]): Promise<Set<string>> =>
  new Set((await database.selectFrom("fogline_migrations").select("name").execute()).map(({ name }) => name));

const createTable = async ({ kysely }: Database<AppliedTable>): Promise<void> => {
  const create = () =>
    kysely.schema
      .createTable("fogline_migrations")
      .ifNotExists()
      .addColumn("name", "text", (column) => column.primaryKey())
      .execute();
  // PostgreSQL refuses the slower one of two processes that create the same table at once; by then the table exists.
  await create().catch(create);
};

const refuseNewer = (applied: ReadonlySet<string>, migrations: readonly Migration[]): void => {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new FoglineError("FL4020", `this data was written by a newer version: it has ${unknown.map((name) => `"${name}"`).join(", ")}`, {
    remedy: "Start the newer version, or restore a backup that this version wrote.",
    fields: { unknown },
  });
};

/**
 * Brings the schema up to date: applies each migration that is missing, in the given order, each in a transaction together with the record
 * that it was applied. Two processes may call it at once. Rejects with FoglineError FL4020, having changed nothing, when the database has
 * a migration that is not in the list: the data was written by a newer version. Throws TypeError when two migrations share a name.
 */
export const migrate = async <Schema>(database: Database<Schema>, migrations: readonly Migration[]): Promise<void> => {
  if (new Set(migrations.map(({ name }) => name)).size < migrations.length) throw new TypeError("two migrations have the same name");
  const own = database as unknown as Database<AppliedTable>;
  await createTable(own);
  const applied = await readApplied(own.kysely);
  refuseNewer(applied, migrations);
  for (const { name, up } of migrations) {
    if (applied.has(name)) continue;
    await own.transaction(async (transaction) => {
      // Locks before the transaction's snapshot is taken, so that a second process sees what the first one applied.
      if (own.dialect === "postgres") await sql`lock table fogline_migrations in exclusive mode`.execute(transaction);
      if ((await readApplied(transaction)).has(name)) return;
      await up(transaction, own.dialect);
      await transaction.insertInto("fogline_migrations").values({ name }).execute();
    });
  }
};
