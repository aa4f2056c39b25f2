import process from "node:process";
import { inProcessBus } from "@fogline/in-process";
import { openPostgres } from "@fogline/postgres";
import { runDatabaseMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock, systemRandom } from "@fogline/system";
import { policyConfig } from "./config.ts";
import { type PolicySchema, start } from "./index.ts";

await runDatabaseMain(
  "policy",
  policyConfig,
  {
    clock: systemClock,
    random: systemRandom,
    openBus: inProcessBus,
    openSqlite: openSqlite<PolicySchema>,
    openPostgres: openPostgres<PolicySchema>,
    start,
  },
  process,
);
