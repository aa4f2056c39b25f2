import process from "node:process";
import { inProcessBus } from "@fogline/in-process";
import { openPostgres } from "@fogline/postgres";
import { runDatabaseMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock, systemRandom } from "@fogline/system";
import { schedulerConfig } from "./config.ts";
import { type SchedulerSchema, start } from "./index.ts";

await runDatabaseMain(
  "scheduler",
  schedulerConfig,
  {
    clock: systemClock,
    random: systemRandom,
    openBus: inProcessBus,
    openSqlite: openSqlite<SchedulerSchema>,
    openPostgres: openPostgres<SchedulerSchema>,
    start,
  },
  process,
);
