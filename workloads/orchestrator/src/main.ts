import process from "node:process";
import { inProcessBus } from "@fogline/in-process";
import { openPostgres } from "@fogline/postgres";
import { runMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock, systemRandom } from "@fogline/system";
import { z } from "zod";
import { type OrchestratorSchema, orchestratorConfig, start } from "./index.ts";

/** What the orchestrator needs when it runs alone, beside its own settings. */
const schema = orchestratorConfig.safeExtend({
  /** A postgres:// URL, or the path of a SQLite file. */
  databaseUrl: z.string().min(1).meta({ secret: true }),
});

const openDatabase = (url: string) => (/^postgres(ql)?:/.test(url) ? openPostgres<OrchestratorSchema>(url) : openSqlite<OrchestratorSchema>(url));

const bus = inProcessBus({ clock: systemClock, random: systemRandom });
const ports = { bus, clock: systemClock, random: systemRandom };

await runMain("orchestrator", schema, ({ databaseUrl, ...config }) => start(config, { ...ports, database: openDatabase(databaseUrl) }), process);
