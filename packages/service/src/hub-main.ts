import type { Bus, Clock, Database, Random } from "@fogline/ports";
import type * as core from "zod/v4/core";
import { createLog, type Log } from "./log.ts";
import { type MainProcess, runMain } from "./main.ts";
import type { HubPorts, Running, ShellSettings } from "./shell.ts";

/** The settings that say where the state of a workload is, and where the others of the hub are. */
export interface HubSettings extends Partial<ShellSettings> {
  /** File of the SQLite database; used when `databaseUrl` is absent. */
  readonly databasePath: string;
  /** A postgres:// URL; anything else is the path of a SQLite file. */
  readonly databaseUrl?: string | undefined;
}

interface BusPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly name: string;
  readonly log: Log;
}

/** The settings of a server, as its adapter wants them. */
export interface NatsAddress {
  readonly url: string;
  readonly credentialsFile: string | undefined;
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** What a program of this kind is made of; its `main.ts` names the adapters. */
export interface HubProgram<Config, Schema> {
  readonly clock: Clock;
  readonly random: Random;
  /** Joins nobody: for a workload that runs alone to be looked at. */
  readonly openOwnBus: (ports: BusPorts) => Bus;
  readonly openNats: (server: NatsAddress, ports: BusPorts) => Promise<Bus>;
  readonly openSqlite: (path: string) => Database<Schema>;
  readonly openPostgres: (url: string) => Database<Schema>;
  readonly start: (config: Config, ports: HubPorts & { readonly database: Database<Schema> }) => Promise<Running>;
}

const isPostgres = (place: string): boolean => /^postgres(ql)?:/.test(place);

/** The bus that the settings name: a NATS server, which joins the workloads of a hub, or one inside this process. */
const busOf = async <Config, Schema>(settings: HubSettings, program: HubProgram<Config, Schema>, name: string): Promise<Bus> => {
  const { natsUrl: url, natsCredentialsFile: credentialsFile, natsCaFile: caFile } = settings;
  const { natsCertificateFile: certificateFile, natsKeyFile: keyFile, instance } = settings;
  const log = createLog({ level: settings.logLevel ?? "info", fields: { service: name } });
  const ports = { clock: program.clock, random: program.random, name: instance ?? name, log };
  return url === undefined ? program.openOwnBus(ports) : program.openNats({ url, credentialsFile, caFile, certificateFile, keyFile }, ports);
};

/** `runMain` for a workload of the hub, with a bus and a database of its own: both are closed when it has stopped, and when it cannot start. */
export const runHubMain = <S extends core.$ZodType<HubSettings>, Schema>(
  name: string,
  schema: S,
  program: HubProgram<core.output<S>, Schema>,
  process: MainProcess,
): Promise<void> =>
  runMain(
    name,
    schema,
    async (config) => {
      const { clock, random, openSqlite, openPostgres, start } = program;
      const bus = await busOf(config, program, name);
      const place = config.databaseUrl ?? config.databasePath;
      const database = isPostgres(place) ? openPostgres(place) : openSqlite(place);
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
