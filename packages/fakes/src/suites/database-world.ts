import assert from "node:assert/strict";
import { columnTypes, type Database, type Migration, migrate } from "@fogline/ports";
import { type Case, type Ends, inWorld } from "./case.ts";

/** The tables that the cases use. */
export interface SuiteSchema {
  account: { name: string; balance: number };
  sample: { id: number; note: string | null; ratio: number | null; content: Uint8Array | null };
}

/** A database without tables. */
export interface DatabaseWorld extends Ends {
  readonly database: Database<SuiteSchema>;
  /** Closes the database and opens it again over the same data. */
  restart(): Promise<Database<SuiteSchema>>;
}

export const suiteMigrations: readonly Migration[] = [
  {
    name: "suite-1",
    up: async (database, dialect) => {
      const { text, integer, real, bytes } = columnTypes(dialect);
      await database.schema
        .createTable("account")
        .addColumn("name", text, (column) => column.primaryKey())
        .addColumn("balance", integer, (column) => column.notNull())
        .execute();
      await database.schema
        .createTable("sample")
        .addColumn("id", integer, (column) => column.primaryKey())
        .addColumn("note", text)
        .addColumn("ratio", real)
        .addColumn("content", bytes)
        .execute();
    },
  },
];

/** A case over a database that has the suite's tables. */
export const inSchema = (name: string, check: (world: DatabaseWorld) => Promise<void>): Case<DatabaseWorld> =>
  inWorld(name, async (world) => {
    await migrate(world.database, suiteMigrations);
    await check(world);
  });

type Reads = Pick<Database<SuiteSchema>["kysely"], "selectFrom">;

export const balances = async (database: Reads): Promise<Record<string, number>> =>
  Object.fromEntries((await database.selectFrom("account").selectAll().orderBy("name").execute()).map(({ name, balance }) => [name, balance]));

export const balanceOf = async (database: Reads, name: string): Promise<number> =>
  (await database.selectFrom("account").select("balance").where("name", "=", name).executeTakeFirstOrThrow()).balance;

export const assertBalances = async (database: Reads, expected: Record<string, number>): Promise<void> =>
  assert.deepEqual(await balances(database), expected);
