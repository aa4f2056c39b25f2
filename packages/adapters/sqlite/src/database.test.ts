import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualClock } from "@fogline/fakes";
import { type DatabaseWorld, databaseSuite, leasesSuite, type SuiteSchema } from "@fogline/fakes/suites";
import { databaseLeases, leasesMigration, migrate } from "@fogline/ports";
import { openSqlite } from "./index.ts";

const openWorld = async (): Promise<DatabaseWorld> => {
  const folder = await mkdtemp(join(tmpdir(), "fogline-sqlite-"));
  const path = join(folder, "suite.db");
  const database = openSqlite<SuiteSchema>(path);
  let latest = database;
  return {
    database,
    restart: async () => {
      await latest.close();
      latest = openSqlite<SuiteSchema>(path);
      return latest;
    },
    end: async () => {
      await latest.close();
      await rm(folder, { recursive: true });
    },
  };
};

databaseSuite("sqlite file", openWorld);

leasesSuite("sqlite file", async () => {
  const world = await openWorld();
  const clock = virtualClock(1_000_000);
  await migrate(world.database, [leasesMigration]);
  return {
    leases: databaseLeases(world.database, clock),
    pass: (ms) => clock.advance(ms),
    restart: async () => databaseLeases(await world.restart(), clock),
    end: world.end,
  };
});
