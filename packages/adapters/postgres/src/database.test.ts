import { virtualClock } from "@fogline/fakes";
import { type DatabaseWorld, databaseSuite, leasesSuite, type SuiteSchema } from "@fogline/fakes/suites";
import { databaseLeases, leasesMigration, migrate } from "@fogline/ports";
import { afterAll, beforeAll, describe } from "vitest";
import { openPostgres } from "./index.ts";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "./private-server.ts";

const binaries = postgresBinaries();
const title = binaries === undefined ? "PostgreSQL (skipped: no /usr/lib/postgresql/*/bin; install the package postgresql)" : "PostgreSQL";

describe.skipIf(binaries === undefined)(title, () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startPrivateServer(binaries ?? "");
  });
  afterAll(() => server.stop());

  const openWorld = async (): Promise<DatabaseWorld> => {
    const url = await server.createSpace();
    const database = openPostgres<SuiteSchema>(url);
    let latest = database;
    return {
      database,
      restart: async () => {
        await latest.close();
        latest = openPostgres<SuiteSchema>(url);
        return latest;
      },
      end: () => latest.close(),
    };
  };

  databaseSuite("PostgreSQL", openWorld);

  leasesSuite("PostgreSQL", async () => {
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
});
