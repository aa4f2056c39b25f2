import assert from "node:assert/strict";
import { type Migration, migrate } from "@fogline/ports";
import { type Case, inWorld } from "./case.ts";
import { assertBalances, type DatabaseWorld, inSchema, suiteMigrations } from "./database-world.ts";

const most = Number.MAX_SAFE_INTEGER;

const values: readonly Case<DatabaseWorld>[] = [
  inSchema("gives back text, numbers, bytes and null as they were stored", async ({ database }) => {
    const rows = [
      { id: 1, note: "größe 🌫 'quoted'", ratio: 0.1, content: new Uint8Array([0, 255, 7]) },
      { id: -most, note: "", ratio: -1e-9, content: new Uint8Array(0) },
      { id: most, note: null, ratio: null, content: null },
    ];
    await database.kysely.insertInto("sample").values(rows).execute();
    const stored = await database.kysely.selectFrom("sample").selectAll().orderBy("ratio").execute();
    for (const row of rows)
      assert.deepEqual(
        stored.find(({ id }) => id === row.id),
        row,
      );
  }),
  inSchema("counts and sums in numbers", async ({ database }) => {
    await database.kysely
      .insertInto("account")
      .values([
        { name: "a", balance: 2 },
        { name: "b", balance: 3 },
      ])
      .execute();
    const totals = await database.kysely
      .selectFrom("account")
      .select(({ fn }) => [fn.countAll().as("count"), fn.sum("balance").as("sum"), fn.max("balance").as("max")])
      .executeTakeFirstOrThrow();
    assert.deepEqual({ ...totals }, { count: 2, sum: 5, max: 3 });
  }),
  inSchema("refuses numbers that it could not hold exactly, and what is neither text, number, bytes nor null", async ({ database }) => {
    const wrong: unknown[] = [2 ** 53, -(2 ** 53), Number.NaN, Number.POSITIVE_INFINITY, true, new Date(0), { a: 1 }, "nul\u0000"];
    for (const value of wrong) {
      const insert = database.kysely.insertInto("account").values({ name: "a", balance: value as number });
      await assert.rejects(insert.execute(), `${String(value)} is refused`);
    }
    await assertBalances(database.kysely, {});
  }),
  inSchema("refuses to read an integer above 2^53 instead of rounding it", async ({ database }) => {
    await database.kysely.insertInto("account").values({ name: "a", balance: most }).execute();
    await database.kysely
      .updateTable("account")
      .set(({ eb }) => ({ balance: eb("balance", "+", 2) }))
      .execute();
    await assert.rejects(database.kysely.selectFrom("account").selectAll().execute());
  }),
  inSchema("says how many rows a statement changed, and returns rows that it is asked for", async ({ database }) => {
    const inserted = await database.kysely.insertInto("account").values({ name: "a", balance: 4 }).returningAll().executeTakeFirst();
    assert.deepEqual({ ...inserted }, { name: "a", balance: 4 });
    const updated = await database.kysely.updateTable("account").set({ balance: 5 }).where("name", "=", "a").executeTakeFirst();
    assert.equal(updated.numUpdatedRows, 1n);
    const deleted = await database.kysely.deleteFrom("account").where("name", "=", "none").executeTakeFirst();
    assert.equal(deleted.numDeletedRows, 0n);
  }),
];

const adding = (name: string, also?: () => void): Migration => ({
  name,
  up: async (database) => {
    await database.insertInto("account").values({ name, balance: 0 }).execute();
    also?.();
  },
});

const migrations: readonly Case<DatabaseWorld>[] = [
  inSchema("applies each migration once, in order, also after a restart", async ({ database, restart }) => {
    const list = [...suiteMigrations, adding("second"), adding("third")];
    await migrate(database, list.slice(0, 2));
    await migrate(database, list);
    const reopened = await restart();
    await migrate(reopened, list);
    await assertBalances(reopened.kysely, { second: 0, third: 0 });
  }),
  inSchema("keeps nothing of a migration that fails, and applies it the next time", async ({ database }) => {
    const failing = adding("second", () => {
      throw new Error("this migration fails on purpose");
    });
    await assert.rejects(migrate(database, [...suiteMigrations, failing]), /on purpose/);
    await assertBalances(database.kysely, {});
    await migrate(database, [...suiteMigrations, adding("second")]);
    await assertBalances(database.kysely, { second: 0 });
  }),
  inSchema("refuses data that a newer version wrote, and changes nothing then", async ({ database }) => {
    await migrate(database, [...suiteMigrations, adding("from-the-future")]);
    await assert.rejects(migrate(database, [...suiteMigrations, adding("other")]), { code: "FL4020", message: /from-the-future/ });
    await assertBalances(database.kysely, { "from-the-future": 0 });
  }),
  inWorld("takes two that migrate at once", async ({ database }) => {
    const list = [...suiteMigrations, adding("second")];
    await Promise.all([migrate(database, list), migrate(database, list)]);
    await assertBalances(database.kysely, { second: 0 });
  }),
  inWorld("refuses two migrations of one name with TypeError", async ({ database }) => {
    await assert.rejects(migrate(database, [...suiteMigrations, ...suiteMigrations]), TypeError);
  }),
];

/** What a database promises about values and migrations. */
export const valueCases: readonly Case<DatabaseWorld>[] = [...values, ...migrations];
