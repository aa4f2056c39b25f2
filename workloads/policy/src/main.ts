import process from "node:process";
import { inProcessBus } from "@fogline/in-process";
import { openPostgres } from "@fogline/postgres";
import { runMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock, systemRandom } from "@fogline/system";
import { policyConfig } from "./config.ts";
import { type PolicySchema, start } from "./index.ts";

await runMain(
  "policy",
  policyConfig,
  async (config) => {
    const [clock, random] = [systemClock, systemRandom];
    const bus = inProcessBus({ clock, random });
    const database =
      config.databaseUrl === undefined ? openSqlite<PolicySchema>(config.databasePath) : openPostgres<PolicySchema>(config.databaseUrl);
    const running = await start(config, { bus, clock, random, database });
    const stopped = running.stopped.then(async () => {
      await bus.close();
      await database.close();
    });
    return { ...running, stopped };
  },
  process,
);
