import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { startAgent } from "./agent.ts";
import { type AgentConfig, configFromEnvironment } from "./config.ts";
import { hostClock, hostRandom } from "./host/clock.ts";
import { lockFolder } from "./host/lock.ts";
import { lineLog } from "./host/log.ts";
import { hostSensors } from "./host/sensors.ts";
import { serveStatus } from "./host/status.ts";
import { webSocketLink } from "./link.ts";
import { engineSettings, findContainerEngine } from "./runner/container.ts";
import { processRunner } from "./runner/processes.ts";
import { sqliteStore } from "./store.ts";

// The agent as a program. Exit codes: 0 stopped as asked, 1 could not start, 2 the settings are not valid.

const refuse = (lines: readonly string[], exitCode: number): never => {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(exitCode);
};

/** What commands inherit: where programs are and how text is written, nothing of the agent's own. */
const inherited = (): Record<string, string> => ({
  PATH: "/usr/local/bin:/usr/bin:/bin",
  ...settings(["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"]),
});

const settings = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

const credentialOf = (config: AgentConfig): string => {
  if (config.credentialFile === "") return config.credential;
  return readFileSync(config.credentialFile, "utf8").trim();
};

const run = async (config: AgentConfig): Promise<void> => {
  const log = lineLog(config.nodeId, (line) => process.stdout.write(line));
  const unlock = lockFolder(config.dataFolder);
  const environment = inherited();
  const engineEnvironment = settings(engineSettings);
  const engine = await findContainerEngine(environment.PATH ?? "", engineEnvironment.DOCKER_HOST);
  const agent = await startAgent(config, {
    clock: hostClock,
    random: hostRandom,
    store: sqliteStore(join(config.dataFolder, "agent.db"), hostClock.now()),
    sensors: hostSensors({ root: "/", arch: process.arch, dataFolder: config.dataFolder, containers: engine !== undefined }),
    link: webSocketLink({ hubUrl: config.hubUrl, nodeId: config.nodeId, credential: credentialOf(config) }),
    runner: await processRunner({
      folder: join(config.dataFolder, "work"),
      environment,
      engineEnvironment,
      containerEngine: engine ?? null,
    }),
    log,
  });
  const closeStatus = config.socketPath === "" ? undefined : await serveStatus(config.socketPath, agent);

  await new Promise<void>((resolve) => {
    const stop = (reason: string) => void agent.stop(reason).then(resolve);
    process.once("SIGTERM", () => stop("SIGTERM"));
    process.once("SIGINT", () => stop("SIGINT"));
    if (config.asService) {
      // Timers do not keep the process alive; a service has nothing else that would while the hub is away.
      setInterval(() => undefined, 3_600_000);
    } else {
      process.stdin.on("end", () => stop("the program that started this agent ended"));
      process.stdin.on("error", () => stop("the standard input broke"));
      process.stdin.resume();
    }
  });
  await closeStatus?.();
  unlock();
  process.exit(0);
};

// Whoever read the log has gone; that ends the log, not the work.
process.stdout.on("error", () => undefined);

const read = configFromEnvironment(process.env);
if (!read.ok)
  refuse(
    read.failure.map(({ code, message, remedy }) => `${code} ${message}${remedy === undefined ? "" : ` ${remedy}`}`),
    2,
  );
else if (process.argv.includes("--check-config")) process.stdout.write("the settings are valid\n");
else {
  await run(read.value).catch((thrown) => {
    const lines = thrown instanceof FoglineError ? [`${thrown.code} ${thrown.message}`, thrown.remedy] : [`FL4011 ${textOf(thrown)}`];
    refuse(lines, 1);
  });
}
