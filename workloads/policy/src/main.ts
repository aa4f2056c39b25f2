import process from "node:process";
import { inProcessBus } from "@fogline/in-process";
import { openNats } from "@fogline/nats";
import { openPostgres } from "@fogline/postgres";
import { runHubMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock as clock, systemRandom as random } from "@fogline/system";
import { policyConfig } from "./config.ts";
import { type PolicySchema, start } from "./index.ts";

await runHubMain(
  "policy",
  policyConfig,
  {
    ...{ clock, random, start, openOwnBus: inProcessBus, openNats },
    openSqlite: openSqlite<PolicySchema>,
    openPostgres: openPostgres<PolicySchema>,
  },
  process,
);
