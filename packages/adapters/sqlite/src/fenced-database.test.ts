import { virtualClock } from "@fogline/fakes";
import { databaseLeases, fencedDatabase, LeaseLost, leasesMigration, migrate } from "@fogline/ports";
import { describe, expect, it } from "vitest";
import { openSqlite } from "./index.ts";

interface Schema {
  note: { text: string };
}

const open = async () => {
  const clock = virtualClock(1_000);
  const database = openSqlite<Schema>(":memory:");
  const noteTable = { name: "note-1", up: async (own: typeof database.kysely) => own.schema.createTable("note").addColumn("text", "text").execute() };
  await migrate(database, [leasesMigration, noteTable]);
  const leases = databaseLeases(database, clock);
  const lease = await leases.acquire("lead", "one", 500);
  if (lease === undefined) throw new Error("nobody else is there");
  const write = (own: typeof database, text: string) =>
    own.transaction(async (change) => void (await change.insertInto("note").values({ text }).execute()));
  const notes = async () => (await database.kysely.selectFrom("note").selectAll().execute()).map(({ text }) => text);
  return { clock, database, leases, lease, write, notes };
};

describe("a database that is fenced by a lease", () => {
  it("takes what its holder writes, also after renewals, and after the lease ran out when nobody took it", async () => {
    const { clock, database, leases, lease, write, notes } = await open();
    const fenced = fencedDatabase(database, lease);
    await write(fenced, "first");
    await leases.renew(lease, 500);
    await clock.advance(501);
    await write(fenced, "second");
    expect(await notes()).toEqual(["first", "second"]);
  });

  it("changes nothing from the moment on at which another took the lease, and says so once", async () => {
    const { clock, database, leases, lease, write, notes } = await open();
    let told = 0;
    const fenced = fencedDatabase(database, lease, () => {
      told++;
    });
    await clock.advance(501);
    const next = await leases.acquire("lead", "two", 500);
    for (const text of ["late", "later"]) await expect(write(fenced, text)).rejects.toBeInstanceOf(LeaseLost);
    expect(told).toBe(1);
    if (next !== undefined) await write(fencedDatabase(database, next), "of the next");
    expect(await notes()).toEqual(["of the next"]);
  });

  it("still reads", async () => {
    const { clock, database, leases, lease } = await open();
    const fenced = fencedDatabase(database, lease);
    await clock.advance(501);
    await leases.acquire("lead", "two", 500);
    expect(await fenced.kysely.selectFrom("note").selectAll().execute()).toEqual([]);
  });
});
