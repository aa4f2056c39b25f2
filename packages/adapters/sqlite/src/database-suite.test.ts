import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualClock } from "@fogline/fakes";
import { breakages, broken, type DatabaseWorld, databaseCases, type LeasesWorld, leasesCases, type SuiteSchema } from "@fogline/fakes/suites";
import { type Database, databaseLeases, leasesMigration, migrate } from "@fogline/ports";
import type { Transaction } from "kysely";
import { describe, expect, it } from "vitest";
import { openSqlite } from "./index.ts";

type Tested = Database<SuiteSchema>;
type Break = (database: Tested) => Tested;

/** Over a file, so that a restart finds it again unless `forgets`. */
const opened =
  (breaking: Break, forgets = false) =>
  async (): Promise<DatabaseWorld> => {
    const folder = await mkdtemp(join(tmpdir(), "fogline-broken-"));
    const path = join(folder, "suite.db");
    const first = openSqlite<SuiteSchema>(path);
    let latest = first;
    return {
      database: breaking(first),
      restart: async () => {
        await latest.close();
        latest = openSqlite<SuiteSchema>(forgets ? ":memory:" : path);
        return breaking(latest);
      },
      end: async () => {
        await latest.close();
        await rm(folder, { recursive: true });
      },
    };
  };

/** Each statement stands alone, as if `transaction` only passed the database on. */
const hasNoTransactions: Break = (database) => ({
  ...database,
  // What a transaction is asked for here, a kysely without a transaction can do as well.
  transaction: (work) => work(database.kysely as unknown as Transaction<SuiteSchema>),
});

/** Readers look through the transaction that runs. */
const showsUncommitted: Break = (database) => {
  let running: Transaction<SuiteSchema> | undefined;
  return {
    ...database,
    get kysely() {
      return running ?? database.kysely;
    },
    transaction: (work) =>
      database.transaction(async (transaction) => {
        running = transaction;
        try {
          return await work(transaction);
        } finally {
          running = undefined;
        }
      }),
  };
};

/** Says done before it is done. */
const acknowledgesTooEarly: Break = (database) => ({
  ...database,
  transaction: async (work) => {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof work>>>();
    database
      .transaction(async (transaction) => {
        const value = await work(transaction);
        resolve(value as Awaited<ReturnType<typeof work>>);
        throw new Error("the commit of this test fails on purpose");
      })
      .catch(reject);
    return promise;
  },
});

const swallowsErrors: Break = (database) => ({ ...database, transaction: (work) => database.transaction(work).catch(() => undefined as never) });

describe("the database suite", () => {
  const breaks = breakages(databaseCases);

  it("finds nothing to say about SQLite", async () => {
    expect(
      await broken(
        databaseCases,
        opened((database) => database),
      ),
    ).toEqual([]);
  });

  it("fails on a database that forgets at restart", async () => {
    expect(
      await broken(
        databaseCases,
        opened((database) => database, true),
      ),
    ).toContain("has after a restart everything that was acknowledged");
  });

  it.each<[string, Break, string]>([
    ["commits half of a transaction", hasNoTransactions, "keeps nothing of a transaction that rejects, and rejects with the same error"],
    ["loses updates", hasNoTransactions, "loses no update when transactions read, compute and write at once"],
    ["is not serializable", hasNoTransactions, "is serializable: two that each check both accounts do not together break what each checked"],
    ["shows what is not committed", showsUncommitted, "shows nothing of a transaction outside of it before it is committed"],
    ["acknowledges what it then rolls back", acknowledgesTooEarly, "keeps a committed transaction and gives back its value"],
    ["swallows errors", swallowsErrors, "keeps nothing of a transaction that rejects, and rejects with the same error"],
  ])("fails on a database that %s", async (_fault, breaking, name) => {
    expect(await breaks.by(opened(breaking))).toContain(name);
  });

  it("has no case that none of these fails, but for what migrate refuses before it comes to the database", () => {
    expect(breaks.byNone()).toEqual(["refuses two migrations of one name with TypeError"]);
  });
});

describe("the leases suite over a database", () => {
  const openedLeases =
    (breaking: Break, forgets = false) =>
    async (): Promise<LeasesWorld> => {
      const world = await opened(breaking, forgets)();
      const clock = virtualClock(1_000_000);
      await migrate(world.database, [leasesMigration]);
      return {
        leases: databaseLeases(world.database, clock),
        pass: (ms) => clock.advance(ms),
        restart: async () => {
          const database = await world.restart();
          await migrate(database, [leasesMigration]);
          return databaseLeases(database, clock);
        },
        end: world.end,
      };
    };

  it("fails when the database has no transactions: two holders", async () => {
    expect(await broken(leasesCases, openedLeases(hasNoTransactions))).toContain("has one holder when many ask at the same moment");
  });

  it("fails when the database forgets at restart: fences come again", async () => {
    expect(
      await broken(
        leasesCases,
        openedLeases((database) => database, true),
      ),
    ).toContain("does not use a fence again after a restart");
  });
});
