import assert from "node:assert/strict";
import type { Case } from "./case.ts";
import { assertBalances, balanceOf, type DatabaseWorld, inSchema } from "./database-world.ts";

const atomicity: readonly Case<DatabaseWorld>[] = [
  inSchema("keeps a committed transaction and gives back its value", async ({ database }) => {
    const value = await database.transaction(async (transaction) => {
      await transaction.insertInto("account").values({ name: "a", balance: 1 }).execute();
      await transaction.insertInto("account").values({ name: "b", balance: 2 }).execute();
      return "done";
    });
    assert.equal(value, "done");
    await assertBalances(database.kysely, { a: 1, b: 2 });
  }),
  inSchema("keeps nothing of a transaction that rejects, and rejects with the same error", async ({ database }) => {
    const reason = new Error("this transaction fails on purpose");
    const failing = database.transaction(async (transaction) => {
      await transaction.insertInto("account").values({ name: "a", balance: 1 }).execute();
      throw reason;
    });
    await assert.rejects(failing, (error) => error === reason);
    await assertBalances(database.kysely, {});
  }),
  inSchema("keeps nothing of a transaction whose second statement is refused", async ({ database }) => {
    await database.kysely.insertInto("account").values({ name: "taken", balance: 0 }).execute();
    const failing = database.transaction(async (transaction) => {
      await transaction.insertInto("account").values({ name: "a", balance: 1 }).execute();
      await transaction.insertInto("account").values({ name: "taken", balance: 1 }).execute();
    });
    await assert.rejects(failing);
    await assertBalances(database.kysely, { taken: 0 });
    await database.transaction((transaction) => transaction.insertInto("account").values({ name: "next", balance: 1 }).execute());
    await assertBalances(database.kysely, { next: 1, taken: 0 });
  }),
  inSchema("keeps nothing when a statement failed although the work went on as if it had not", async ({ database }) => {
    await database.kysely.insertInto("account").values({ name: "taken", balance: 0 }).execute();
    const goingOn = database.transaction(async (transaction) => {
      await transaction.insertInto("account").values({ name: "a", balance: 1 }).execute();
      await transaction
        .insertInto("account")
        .values({ name: "taken", balance: 1 })
        .execute()
        .catch(() => {});
    });
    await assert.rejects(goingOn);
    await assertBalances(database.kysely, { taken: 0 });
  }),
  inSchema("reads its own writes inside of the transaction", async ({ database }) => {
    await database.transaction(async (transaction) => {
      await transaction.insertInto("account").values({ name: "a", balance: 7 }).execute();
      assert.equal(await balanceOf(transaction, "a"), 7);
    });
  }),
];

const isolation: readonly Case<DatabaseWorld>[] = [
  inSchema("shows nothing of a transaction outside of it before it is committed", async ({ database }) => {
    await database.transaction(async (transaction) => {
      await transaction.insertInto("account").values({ name: "a", balance: 1 }).execute();
      await assertBalances(database.kysely, {});
    });
    await assertBalances(database.kysely, { a: 1 });
  }),
  inSchema("loses no update when transactions read, compute and write at once", async ({ database }) => {
    await database.kysely.insertInto("account").values({ name: "a", balance: 0 }).execute();
    const increment = () =>
      database.transaction(async (transaction) => {
        const balance = await balanceOf(transaction, "a");
        await new Promise<void>((resolve) => setImmediate(resolve));
        await transaction
          .updateTable("account")
          .set({ balance: balance + 1 })
          .where("name", "=", "a")
          .execute();
      });
    await Promise.all(Array.from({ length: 8 }, increment));
    await assertBalances(database.kysely, { a: 8 });
  }),
  inSchema("is serializable: two that each check both accounts do not together break what each checked", async ({ database }) => {
    await database.kysely
      .insertInto("account")
      .values([
        { name: "a", balance: 1 },
        { name: "b", balance: 1 },
      ])
      .execute();
    const takeFrom = (name: string) =>
      database.transaction(async (transaction) => {
        const sum = (await balanceOf(transaction, "a")) + (await balanceOf(transaction, "b"));
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (sum >= 2) await transaction.updateTable("account").set({ balance: 0 }).where("name", "=", name).execute();
      });
    await Promise.all([takeFrom("a"), takeFrom("b")]);
    assert.equal((await balanceOf(database.kysely, "a")) + (await balanceOf(database.kysely, "b")), 1);
  }),
  inSchema("lets single writes and transactions run at once without losing one", async ({ database }) => {
    const names = Array.from({ length: 10 }, (_, index) => `n${index}`);
    await Promise.all(
      names.map((name, index) =>
        index % 2 === 0
          ? database.kysely.insertInto("account").values({ name, balance: index }).execute()
          : database.transaction((transaction) => transaction.insertInto("account").values({ name, balance: index }).execute()),
      ),
    );
    await assertBalances(database.kysely, Object.fromEntries(names.map((name, index) => [name, index])));
  }),
  inSchema("refuses a transaction inside of a transaction, which could wait for itself", async ({ database }) => {
    await assert.rejects(
      database.transaction(() => database.transaction(async () => {})),
      TypeError,
    );
    await database.transaction(async () => {});
  }),
  inSchema("refuses a write beside the transaction from inside of it, which could wait for itself", async ({ database }) => {
    const write = () => database.kysely.insertInto("account").values({ name: "a", balance: 1 }).execute();
    await assert.rejects(database.transaction(write), TypeError);
    await write();
    await assertBalances(database.kysely, { a: 1 });
  }),
];

const restarts: readonly Case<DatabaseWorld>[] = [
  inSchema("has after a restart everything that was acknowledged", async ({ database, restart }) => {
    for (let index = 0; index < 5; index++)
      await database.transaction((transaction) =>
        transaction
          .insertInto("account")
          .values({ name: `t${index}`, balance: index })
          .execute(),
      );
    await database.kysely.insertInto("account").values({ name: "single", balance: 9 }).execute();
    await database.transaction((transaction) => transaction.deleteFrom("account").where("name", "=", "t0").execute());
    await assertBalances((await restart()).kysely, { single: 9, t1: 1, t2: 2, t3: 3, t4: 4 });
  }),
  inSchema("finishes what was asked before close", async ({ database, restart }) => {
    const writes = Array.from({ length: 5 }, (_, index) =>
      database.transaction((transaction) =>
        transaction
          .insertInto("account")
          .values({ name: `t${index}`, balance: index })
          .execute(),
      ),
    );
    await Promise.all([...writes, new Promise<void>((resolve) => setImmediate(resolve)).then(() => database.close())]);
    await assertBalances((await restart()).kysely, { t0: 0, t1: 1, t2: 2, t3: 3, t4: 4 });
  }),
  inSchema("refuses work after close", async ({ database }) => {
    await database.close();
    await assert.rejects(database.kysely.selectFrom("account").selectAll().execute());
    await assert.rejects(database.transaction((transaction) => transaction.selectFrom("account").selectAll().execute()));
    await database.close();
  }),
];

/** What a database promises about transactions. */
export const transactionCases: readonly Case<DatabaseWorld>[] = [...atomicity, ...isolation, ...restarts];
