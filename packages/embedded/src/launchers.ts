import { type Finding, FoglineError } from "@fogline/findings";
import { type GatewayRunning, type GatewaySchema, type GatewaySecrets, type PeopleTls, start as startGateway } from "@fogline/gateway";
import { gatewayConfig } from "@fogline/gateway/config";
import { type OrchestratorSchema, start as startOrchestrator } from "@fogline/orchestrator";
import { orchestratorConfig } from "@fogline/orchestrator/config";
import { type PolicySchema, start as startPolicy } from "@fogline/policy-engine";
import { policyConfig } from "@fogline/policy-engine/config";
import type { Bus, Clock, Database, Random } from "@fogline/ports";
import { type SchedulerPorts, type SchedulerSchema, start as startScheduler } from "@fogline/scheduler";
import { schedulerConfig } from "@fogline/scheduler/config";
import { type Log, loadConfig, type Running } from "@fogline/service";
import type { DataFolder } from "./data-folder.ts";
import type { Launcher } from "./reconciler/reconciler.ts";

/** Each may be left out; then it is the in-process bus, SQLite files in the data folder, the built-in profiles. */
export interface GivenPorts {
  /** Closed by the hub when it stops. */
  readonly bus?: Bus;
  readonly openDatabase?: <Schema>(path: string) => Database<Schema>;
  readonly profiles?: NonNullable<SchedulerPorts["profiles"]>;
}

/** What the workloads of this process share. */
export interface HubParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly data: DataFolder;
  /** Opens the database in a file. */
  readonly openDatabase: <Schema>(path: string) => Database<Schema>;
  /** How the scheduler scores candidates; as built in unless given. */
  readonly profiles?: NonNullable<SchedulerPorts["profiles"]>;
  readonly secrets: GatewaySecrets;
  /** The certificate of the people's port; plain HTTP without it. */
  readonly tls?: PeopleTls;
  /** The folder of the built pages, when there is one. */
  readonly assets?: string;
  /** Environment that this machine dictates, over what the tree says: addresses, and ports chosen on the command line. */
  readonly overrides: () => Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Told which ports the gateway got. */
  readonly gatewayStarted: (gateway: GatewayRunning) => void;
}

/** The environment that no workload of this process gets: there is one process, so there are no ops ports. */
const withoutOps = ({ OPS_HOST: _host, OPS_PORT: _port, ...environment }: Readonly<Record<string, string>>): Record<string, string> => environment;

/** How the hub's own workloads are started in this process, by the name of their manifest. */
export const hubLaunchers = (parts: HubParts): Readonly<Record<string, Launcher>> => {
  const { bus, clock, random, log, data, secrets } = parts;
  const ports = { bus, clock, random, log };
  const profiles = parts.profiles === undefined ? {} : { profiles: parts.profiles };
  const workload = <Schema extends Parameters<typeof loadConfig>[0]>(
    name: string,
    schema: Schema,
    options: { readonly listens: boolean; readonly run: (config: ConfigOf<Schema>) => Promise<Running> },
  ): Launcher => {
    const load = (environment: Readonly<Record<string, string>>) =>
      loadConfig(schema, { environment: { ...withoutOps(environment), ...parts.overrides()[name] } });
    return {
      listens: options.listens,
      check: (environment): readonly Finding[] => {
        const config = load(environment);
        return config.ok ? [] : config.failure.map((finding) => ({ ...finding, message: `${name}: ${finding.message}` }));
      },
      launch: async ({ environment, version }, index) => {
        const config = load({ ...environment, VERSION: version, INSTANCE: `${name}-${index}` });
        if (!config.ok) throw new FoglineError("FL4015", `the settings of ${name} are not valid`, { findings: config.failure });
        return options.run(config.value as ConfigOf<Schema>);
      },
    };
  };
  /** Opens the workload's own database for as long as it runs. */
  const withDatabase = async <Schema>(name: string, run: (database: Database<Schema>) => Promise<Running>): Promise<Running> => {
    const database = parts.openDatabase<Schema>(data.at(`${name}.sqlite`));
    try {
      const running = await run(database);
      void running.stopped.then(() => database.close());
      return running;
    } catch (thrown) {
      await database.close();
      throw thrown;
    }
  };
  return {
    orchestrator: workload("orchestrator", orchestratorConfig, {
      listens: true,
      run: (config) => withDatabase<OrchestratorSchema>("orchestrator", (database) => startOrchestrator(config, { ...ports, database })),
    }),
    policy: workload("policy", policyConfig, {
      listens: false,
      run: (config) => withDatabase<PolicySchema>("policy", (database) => startPolicy(config, { ...ports, database })),
    }),
    scheduler: workload("scheduler", schedulerConfig, {
      listens: false,
      run: (config) => withDatabase<SchedulerSchema>("scheduler", (database) => startScheduler(config, { ...ports, ...profiles, database })),
    }),
    gateway: workload("gateway", gatewayConfig, {
      listens: true,
      run: (config) =>
        withDatabase<GatewaySchema>("gateway", async (database) => {
          const { assets, tls } = parts;
          const recording = { transcriptsFolder: data.at("transcripts"), ...config };
          const gateway = await startGateway(recording, { ...ports, database, secrets, assets, tls });
          parts.gatewayStarted(gateway);
          return gateway;
        }),
    }),
  };
};

type ConfigOf<Schema> = Schema extends { readonly _zod: { readonly output: infer Config } } ? Config : never;
