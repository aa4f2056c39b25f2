import { writeFileSync } from "node:fs";
import { configFromEnvironment } from "@fogline/agent/config";
import { getGitOps, gitOpsChanged } from "@fogline/contracts";
import { FoglineError, ok, textOf } from "@fogline/findings";
import type { GatewayRunning } from "@fogline/gateway";
import { inProcessBus } from "@fogline/in-process";
import { registeredNodes } from "@fogline/orchestrator";
import type { Clock, Random } from "@fogline/ports";
import { createClient, handle, serve } from "@fogline/rpc";
import { createLog, type Log } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { Worktree, watchWorktree } from "@fogline/worktree";
import { fleetOf, type RepositoryState, readRepository } from "./candidate.ts";
import { adminToken, type DataFolder, hostTokenReader, openDataFolder, rootKey } from "./data-folder.ts";
import { Devices } from "./devices.ts";
import { type Exposed, type Exposure, expose } from "./exposure.ts";
import { type GivenPorts, hubLaunchers } from "./launchers.ts";
import { logFile } from "./log-file.ts";
import { pagesFolder } from "./programs.ts";
import { clustersInOrder } from "./reconciler/clusters.ts";
import { type LastGood, lastGoodFile } from "./reconciler/last-good.ts";
import { Reconciler } from "./reconciler/reconciler.ts";
import { serially } from "./serially.ts";
import { simulationHandlers } from "./simulation-handlers.ts";

export interface HubOptions {
  /** A folder of the repository that holds the fleet. */
  readonly repository: string;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Over what the tree says; 0 takes any free port. */
  readonly httpPort?: number;
  readonly agentPort?: number;
  readonly orchestratorPort?: number;
  /** Follow the files on disk instead of commits, rendering the fleet file first whenever it changes. */
  readonly watch: boolean;
  readonly rerender: (worktree: Worktree) => Promise<void>;
  readonly simulate: boolean;
  readonly localAgent: boolean;
  readonly logToStandardOutput: boolean;
  /** How it is reached from beyond this machine; by nobody unless given. */
  readonly exposure?: Exposure;
  /** Told what is being done, in a few words. */
  readonly progress: (text: string) => void;
  /** What the workloads get instead of what this machine's hub has by itself. */
  readonly ports?: GivenPorts;
}

export interface Hub {
  readonly url: string;
  /** Opens the pages signed in, once and within an hour. */
  readonly link: string;
  revision(): string | undefined;
  /** Waits until the devices that shall come online here are, 20 s at most. */
  devicesOnline(): Promise<{ online: number; declared: number }>;
  stop(reason: string): Promise<void>;
  /** Resolves with the reason when everything has stopped. */
  readonly stopped: Promise<string>;
}

/** How often commits and files are looked for; a change is applied well within 2 s. */
const watchMs = 400;
/** Pause before a repository that could not be followed is looked at again. */
const againMs = 2_000;
const onlineWaitMs = 20_000;

/** Starts the whole fog of one machine. Throws what a person has to mend first: a bad fleet or tree, a port or data folder that is taken. */
export const startHub = async (options: HubOptions): Promise<Hub> => {
  const worktree = await Worktree.open(options.repository);
  const data = openDataFolder(options.dataFolder);
  const log = hubLog(options.logToStandardOutput, data);
  let exposed: Exposed | undefined;
  try {
    exposed = await expose(options.exposure ?? {}, { data, clock: options.clock, log });
    return await runHub(options, { worktree, data, log, exposed });
  } catch (thrown) {
    await exposed?.stop();
    data.release();
    throw thrown;
  }
};

interface Opened {
  readonly worktree: Worktree;
  readonly data: DataFolder;
  readonly log: Log;
  readonly exposed: Exposed;
}

const runHub = async (options: HubOptions, { worktree, data, log, exposed }: Opened): Promise<Hub> => {
  const { clock, random, progress } = options;
  const { bus = inProcessBus({ clock, random }), openDatabase = openSqlite, profiles } = options.ports ?? {};
  const client = createClient(bus, { clock, random, source: "hub", log });
  adminToken(data);
  const assets = pagesFolder();
  if (assets === undefined) progress("the pages are not built, so the link opens nothing: `npm start` builds them");
  let gateway: GatewayRunning | undefined;
  const devices = new Devices({
    ...{ client, data, clock, log, simulate: options.simulate, localAgent: options.localAgent },
    agentUrl: () => `wss://127.0.0.1:${gateway?.agentPort}/agent`,
  });
  const launchers = hubLaunchers({
    ...{ bus, clock, random, log, data, openDatabase },
    ...(profiles === undefined ? {} : { profiles }),
    // Read at each use, so that a new one counts at once and the old one no more.
    secrets: { rootKey: rootKey(data), adminToken: hostTokenReader(data) },
    ...(assets === undefined ? {} : { assets }),
    ...(exposed.tls === undefined ? {} : { tls: exposed.tls }),
    overrides: () => portOverrides(options, exposed, gateway),
    gatewayStarted: (started) => {
      gateway = started;
    },
  });
  const agent = {
    listens: true,
    check: (environment: Readonly<Record<string, string>>) => {
      const config = configFromEnvironment({ ...environment, FOGLINE_AGENT_NODE_ID: "this-machine" });
      return config.ok ? [] : config.failure;
    },
    launch: async ({ environment }: { readonly environment: Readonly<Record<string, string>> }) => devices.launchAgent(environment),
  };
  const lastGood = lastGoodFile(data.at("last-good.json"));
  const unrendered = options.watch ? await problemOf(options.rerender(worktree)) : undefined;
  const first = await readRepository(worktree, options.watch);
  const lastFleet = lastGood.read();
  /** The newest fleet that could be read. */
  let fleet = first.fleet ?? (lastFleet === undefined ? undefined : fleetOf(lastFleet));
  const reconciler = new Reconciler({
    clusters: () => (fleet === undefined ? [] : clustersInOrder(fleet)),
    cluster: first.fleet?.clusters.find(({ local }) => local)?.name ?? "dev",
    watching: options.watch,
    launchers: { ...launchers, agent },
    lastGood,
    clock,
    log,
    changed: (status) => void client.publish(gitOpsChanged, status),
  });
  const served = await serve(bus, hubHandlers(reconciler, devices), { clock, random, source: "hub", log });

  let devicesFollowed = true;
  /** Brings the fog to the newest state of the repository; what cannot be is refused and what runs goes on. */
  const follow = async (state: RepositoryState): Promise<void> => {
    // A commit is looked at once; the files on disk may differ under the same name.
    const known = !options.watch && state.revision !== "uncommitted" && state.revision === reconciler.status().attemptedRevision;
    if (known && devicesFollowed) return;
    fleet = state.fleet ?? fleet;
    if (state.fleet === undefined || state.candidate === undefined) return reconciler.refuse(state.revision, state.findings);
    if (!known && !(await reconciler.apply(state.candidate))) return;
    devicesFollowed = false;
    await devices.follow(state.fleet);
    devicesFollowed = true;
  };
  const endAll = async (): Promise<void> => {
    await devices.stop();
    await reconciler.stop();
    await served.stop(0);
    await bus.close();
  };
  const begin = async (): Promise<{ url: string; link: string }> => {
    if (unrendered === undefined) await follow(first);
    else reportRender(reconciler, unrendered);
    if (reconciler.status().appliedRevision === null && !(await resume(reconciler, lastGood.read(), devices))) throw refusal(reconciler);
    if (gateway === undefined)
      throw new FoglineError("FL3012", "the tree has no gateway, so there is no way in", { remedy: "keep the gateway on the local cluster" });
    const url = exposed.url(gateway.httpPort);
    return { url, link: `${url}/#code=${(await gateway.hostLink()).code}` };
  };
  progress(`applying revision ${first.revision.slice(0, 12)} of clusters/`);
  const { url, link } = await begin().catch(async (thrown: unknown) => {
    await endAll();
    throw thrown;
  });
  writeFileSync(data.at("hub.url"), `${url}\n`);
  progress(`starting ${devices.expected.length} devices`);

  const changed = serially(
    async () => {
      const problem = options.watch ? await problemOf(options.rerender(worktree)) : undefined;
      if (problem === undefined) await follow(await readRepository(worktree, options.watch));
      else reportRender(reconciler, problem);
    },
    (thrown) => {
      log.error({ cause: textOf(thrown) }, "following the repository failed and is tried again");
      clock.after(againMs, changed);
    },
  );
  const unwatch = await watchWorktree(worktree, {
    clock,
    everyMs: watchMs,
    changed,
    ...(options.watch ? { folders: ["clusters", "charts", "charts.ts"] } : {}),
  });
  // What was committed or edited while this started is not news to the watch. Reading a whole tree again costs a process per file.
  if (options.watch || (await worktree.head())?.revision !== first.revision) changed();

  const stopped = Promise.withResolvers<string>();
  let stopping: Promise<void> | undefined;
  const stop = async (reason: string): Promise<void> => {
    log.info({ reason }, "stopping");
    unwatch();
    await endAll();
    await exposed.stop();
    data.release();
    stopped.resolve(reason);
  };
  return {
    url,
    link,
    revision: () => reconciler.status().appliedRevision ?? undefined,
    devicesOnline: async () => {
      const expected = new Set(devices.expected);
      for (const untilMs = clock.monotonicMs() + onlineWaitMs; ; await clock.sleep(100)) {
        const online = (await registeredNodes(client, "online").catch(() => [])).filter(({ id }) => expected.has(id)).length;
        if (online >= expected.size || clock.monotonicMs() > untilMs) return { online, declared: expected.size };
      }
    },
    stop: (reason) => {
      stopping ??= stop(reason);
      return stopping;
    },
    stopped: stopped.promise,
  };
};

/** A port that was chosen once stays: agents come back to where they were. */
const portOverrides = (options: HubOptions, exposed: Exposed, gateway: GatewayRunning | undefined): Record<string, Record<string, string>> => {
  const port = (name: string, value: number | undefined) => (value === undefined ? {} : { [name]: String(value) });
  return {
    gateway: {
      ...exposed.environment,
      ...port("HTTP_PORT", options.httpPort === 0 ? (gateway?.httpPort ?? 0) : options.httpPort),
      ...port("AGENT_PORT", options.agentPort === 0 ? (gateway?.agentPort ?? 0) : options.agentPort),
    },
    orchestrator: { HTTP_HOST: "127.0.0.1", ...port("HTTP_PORT", options.orchestratorPort) },
  };
};

const hubLog = (toStandardOutput: boolean, data: DataFolder): Log => {
  if (toStandardOutput) return createLog({ level: "info" });
  return createLog({ level: "info", destination: logFile(data.at("hub.log")) });
};

const hubHandlers = (reconciler: Reconciler, devices: Devices) => [
  handle(getGitOps, async () => ok(reconciler.status())),
  ...simulationHandlers(devices),
];

/** Falls back to the last good revision, with the fleet that it declared. */
const resume = async (reconciler: Reconciler, lastGood: LastGood | undefined, devices: Devices): Promise<boolean> => {
  if (lastGood === undefined || !(await reconciler.applyLastGood())) return false;
  const fleet = fleetOf(lastGood);
  if (fleet !== undefined) await devices.follow(fleet);
  return true;
};

/** What a person has to mend before anything can run: the port or file that a workload's start met, or what is wrong with the revision. */
const refusal = (reconciler: Reconciler): FoglineError => {
  const { findings, cause } = reconciler.refusal;
  if (cause instanceof FoglineError) return cause;
  return new FoglineError("FL3012", `revision ${reconciler.status().attemptedRevision?.slice(0, 12)} cannot run, and there is no earlier good one`, {
    findings,
    remedy: "correct what is named; `fogline check` says the same without starting anything",
  });
};

/** What a promise was rejected with; undefined when it was not. */
const problemOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (thrown: unknown) => thrown ?? new Error("it failed without saying why"),
  );

const reportRender = (reconciler: Reconciler, thrown: unknown): void => {
  const findings = thrown instanceof FoglineError ? thrown.findings : [];
  reconciler.refuse("disk", findings.length > 0 ? findings : [{ code: "FL3012", severity: "error", message: textOf(thrown) }]);
};
