import process from "node:process";
import { inProcessBus } from "@fogline/in-process";
import { openNats } from "@fogline/nats";
import { openPostgres } from "@fogline/postgres";
import { runHubMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock as clock, systemRandom as random } from "@fogline/system";
import { schedulerConfig } from "./config.ts";
import { type SchedulerSchema, start } from "./index.ts";

await runHubMain(
  "scheduler",
  schedulerConfig,
  {
    ...{ clock, random, start, openOwnBus: inProcessBus, openNats },
    openSqlite: openSqlite<SchedulerSchema>,
    openPostgres: openPostgres<SchedulerSchema>,
  },
  process,
);
