import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hubClient } from "@fogline/cli";
import { nodeDeclarations, parseFleet } from "@fogline/fleet";
import { startPrivateNats } from "@fogline/nats/private-server";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { root } from "../../../scripts/root.ts";
import { freePort } from "./agent.ts";
import { eventually } from "./eventually.ts";
import { type Fog, heartbeatMs, type ServiceName } from "./fog.ts";
import { makeDataFolder, removeDataFolder } from "./hub.ts";

type WorkloadName = Exclude<ServiceName, "nats">;

/** A hub as four processes over a NATS server, each with a database of its own: PostgreSQL where it is installed, else SQLite. */
export interface HubProcesses extends Fog {
  readonly restart: (service: ServiceName) => Promise<void>;
  /** Another replica of a workload, on the same database; a gateway is told its ports. Needs PostgreSQL. */
  addReplica(workload: WorkloadName, environment?: Readonly<Record<string, string>>): Promise<Process>;
  replicasOf(workload: WorkloadName): readonly Process[];
  readonly processes: Readonly<Record<WorkloadName, Process>>;
  /** Kills and starts the NATS server. */
  readonly nats: { kill(): Promise<void>; start(): Promise<void> };
  output(): string;
}

/** One process, kept alive as a supervisor does: it is started again when it ends by itself. */
export interface Process {
  readonly instance: string;
  /** Ends it without a word, and leaves it so. */
  kill(): Promise<void>;
  /** Holds it still, as a machine that is suspended does, until it is told to go on. */
  freeze(): void;
  thaw(): void;
  start(): Promise<void>;
  /** Ends it in order, and leaves it so. */
  end(): Promise<void>;
  /** How often it ended by itself. */
  readonly ends: number;
  /** When it said last that it leads; 0 when it never did. */
  readonly lastLedAtMs: number;
  output(): string;
}

const againMs = 300;

const startProcess = async (instance: string, program: string, environment: Readonly<Record<string, string>>): Promise<Process> => {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const cache = NODE_COMPILE_CACHE === "" ? {} : { NODE_COMPILE_CACHE };
  let printed = "";
  let child: ChildProcess | undefined;
  let wanted = false;
  let ends = 0;
  let lastLedAtMs = 0;
  const launch = (): void => {
    const started = spawn(process.execPath, [program], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH, ...cache, INSTANCE: instance, ...environment },
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (chunk.includes('"msg":"this replica leads"')) lastLedAtMs = Date.now();
      });
    }
    started.once("exit", () => {
      if (child !== started || !wanted) return;
      ends += 1;
      setTimeout(() => wanted && launch(), againMs);
    });
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    wanted = false;
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exit = new Promise<void>((resolve) => ending.once("exit", () => resolve()));
    ending.kill(signal);
    await exit;
  };
  const start = async (): Promise<void> => {
    const from = printed.length;
    wanted = true;
    launch();
    await eventually(`${instance} is ready`, () => printed.slice(from).includes('"msg":"ready"')).catch((thrown: unknown) => {
      throw new Error(`${String(thrown)}\n${printed.slice(from)}`);
    });
  };
  await start();
  return {
    instance,
    kill: () => stop("SIGKILL"),
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    end: () => stop("SIGTERM"),
    start,
    get ends() {
      return ends;
    },
    get lastLedAtMs() {
      return lastLedAtMs;
    },
    output: () => printed,
  };
};

export const hasPostgres = postgresBinaries() !== undefined;

export interface HubProcessesOptions {
  /** Settings of single workloads, as environment. */
  readonly settings?: Partial<Readonly<Record<WorkloadName, Readonly<Record<string, string>>>>>;
  readonly fleetFile?: string;
}

/** Starts the server, then the four processes, and waits until all are ready. */
export const startHubProcesses = async ({
  settings = {},
  fleetFile = join(root, "clusters/fleet.yaml"),
}: HubProcessesOptions = {}): Promise<HubProcesses> => {
  const folder = makeDataFolder();
  const binaries = postgresBinaries();
  const postgres: PrivateServer | undefined = binaries === undefined ? undefined : await startPrivateServer(binaries);
  const password = randomBytes(12).toString("hex");
  const server = await startPrivateNats(`authorization { user: hub, password: "${password}" }`);
  const { fleet } = parseFleet([{ path: "clusters/fleet.yaml", text: readFileSync(fleetFile, "utf8") }]);
  if (fleet === undefined) throw new Error(`${fleetFile} is no fleet`);
  const nodesFile = join(folder, "nodes.json");
  writeFileSync(nodesFile, JSON.stringify(nodeDeclarations(fleet)));
  const [httpPort, agentPort, orchestratorPort] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(24).toString("hex");

  const databaseOf = async (name: string): Promise<string> => (postgres === undefined ? join(folder, `${name}.sqlite`) : postgres.createSpace());
  const shared = { NATS_URL: `nats://hub:${password}@127.0.0.1:${server.port}` };
  const own: Readonly<Record<WorkloadName, Readonly<Record<string, string>>>> = {
    orchestrator: {
      HTTP_PORT: String(orchestratorPort),
      NODES_FILE: nodesFile,
      HEARTBEAT_MS: String(heartbeatMs),
      CONFIRM_MS: "900",
      LEASE_MS: "2000",
    },
    policy: {},
    scheduler: { LEASE_MS: "2000" },
    gateway: {
      ...{ HTTP_PORT: String(httpPort), AGENT_PORT: String(agentPort), ADMIN_TOKEN: token, ROOT_KEY: randomBytes(32).toString("base64url") },
      ...{ PRINCIPAL_RATE_PER_SECOND: "10000", ADDRESS_RATE_PER_SECOND: "10000" },
    },
  };
  const environments = new Map<WorkloadName, Readonly<Record<string, string>>>();
  const started = new Map<WorkloadName, Process>();
  const replicas: { readonly workload: WorkloadName; readonly process: Process }[] = [];
  for (const name of ["orchestrator", "policy", "scheduler", "gateway"] as const) {
    const environment = { ...shared, DATABASE_URL: await databaseOf(name), ...own[name], ...settings[name] };
    environments.set(name, environment);
    started.set(name, await startProcess(name, join(root, `workloads/${name}/src/main.ts`), environment));
  }
  const url = `http://127.0.0.1:${httpPort}`;
  const all = () => [...started.values(), ...replicas.map(({ process }) => process)];
  return {
    ...{ url, token, agentPort, nats: server },
    client: hubClient({ url, token }),
    processes: Object.fromEntries(started) as Record<WorkloadName, Process>,
    restart: async (service) => {
      const part = service === "nats" ? server : started.get(service);
      await part?.kill();
      await part?.start();
    },
    addReplica: async (name, own = {}) => {
      const environment = { ...environments.get(name), ...(name === "orchestrator" ? { HTTP_PORT: "0" } : {}), ...own };
      const replica = await startProcess(`${name}-${replicas.length + 2}`, join(root, `workloads/${name}/src/main.ts`), environment);
      replicas.push({ workload: name, process: replica });
      return replica;
    },
    replicasOf: (name) => replicas.filter(({ workload }) => workload === name).map(({ process: one }) => one),
    output: () =>
      all()
        .map((one) => one.output())
        .join(""),
    end: async () => {
      for (const one of all().toReversed()) await one.end();
      await server.stop();
      await postgres?.stop();
      removeDataFolder(folder);
    },
  };
};
