import type { Bus, Clock, Database, Random } from "@fogline/ports";
import type * as core from "zod/v4/core";
import { type MainProcess, runMain } from "./main.ts";
import type { HubPorts, Running } from "./shell.ts";

/** The settings that say where a workload's database is. */
export interface DatabaseSettings {
  /** File of the SQLite database; used when `databaseUrl` is absent. */
  readonly databasePath: string;
  readonly databaseUrl?: string | undefined;
}

/** What a program of this kind is made of; its `main.ts` names the adapters. */
export interface DatabaseProgram<Config, Schema> {
  readonly clock: Clock;
  readonly random: Random;
  readonly openBus: (ports: { readonly clock: Clock; readonly random: Random }) => Bus;
  readonly openSqlite: (path: string) => Database<Schema>;
  readonly openPostgres: (url: string) => Database<Schema>;
  readonly start: (config: Config, ports: HubPorts & { readonly database: Database<Schema> }) => Promise<Running>;
}

/** `runMain` for a workload with a bus and a database of its own: both are closed when it has stopped, and when it cannot start. */
export const runDatabaseMain = <S extends core.$ZodType<DatabaseSettings>, Schema>(
  name: string,
  schema: S,
  { clock, random, openBus, openSqlite, openPostgres, start }: DatabaseProgram<core.output<S>, Schema>,
  process: MainProcess,
): Promise<void> =>
  runMain(
    name,
    schema,
    async (config) => {
      const database = config.databaseUrl === undefined ? openSqlite(config.databasePath) : openPostgres(config.databaseUrl);
      const bus = openBus({ clock, random });
      const close = async () => {
        await bus.close();
        await database.close();
      };
      try {
        const running = await start(config, { bus, clock, random, database });
        return { ...running, stopped: running.stopped.then(close) };
      } catch (thrown) {
        await close();
        throw thrown;
      }
    },
    process,
  );
