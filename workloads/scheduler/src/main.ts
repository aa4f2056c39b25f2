import process from "node:process";
import { inProcessBus } from "@fogline/in-process";
import { openPostgres } from "@fogline/postgres";
import { runMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock, systemRandom } from "@fogline/system";
import { schedulerConfig } from "./config.ts";
import { type SchedulerSchema, start } from "./index.ts";

await runMain(
  "scheduler",
  schedulerConfig,
  async (config) => {
    const [clock, random] = [systemClock, systemRandom];
    const bus = inProcessBus({ clock, random });
    const database =
      config.databaseUrl === undefined ? openSqlite<SchedulerSchema>(config.databasePath) : openPostgres<SchedulerSchema>(config.databaseUrl);
    const running = await start(config, { bus, clock, random, database });
    const stopped = running.stopped.then(async () => {
      await bus.close();
      await database.close();
    });
    return { ...running, stopped };
  },
  process,
);
