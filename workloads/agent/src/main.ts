import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { startAgent } from "./agent.ts";
import { type AgentConfig, configFromEnvironment } from "./config.ts";
import { consentOf } from "./hands/consent.ts";
import { hostHands } from "./hands/host.ts";
import { hostClock, hostRandom } from "./host/clock.ts";
import { lockFolder } from "./host/lock.ts";
import { lineLog } from "./host/log.ts";
import { hostSensors } from "./host/sensors.ts";
import { bySystemdNotify, noticeService } from "./host/service-notice.ts";
import { serveStatus } from "./host/status.ts";
import { type IdentityKeeper, openIdentity } from "./identity/keeper.ts";
import { fileIdentityStore } from "./identity/store.ts";
import { webSocketLink } from "./link.ts";
import type { AgentLog } from "./ports.ts";
import { engineSettings, findContainerEngine } from "./runner/container.ts";
import { processRunner } from "./runner/processes.ts";
import { sqliteStore } from "./store.ts";
import { agentVersion } from "./version.ts";

// The agent as a program. Exit codes: 0 stopped as asked, 1 could not start, 2 the settings are not valid.

const refuse = (lines: readonly string[], exitCode: number): never => {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(exitCode);
};

/** What commands inherit: where programs are and how text is written, nothing of the agent's own. */
const inherited = (): Record<string, string> => ({
  PATH: "/usr/local/bin:/usr/bin:/bin",
  ...given(["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"]),
});

const given = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** The token as it was given. A file that is gone was used: a device that has its identity needs it no more. */
const tokenOf = ({ enrolmentToken, enrolmentTokenFile }: AgentConfig): string => {
  if (enrolmentTokenFile === "") return enrolmentToken;
  try {
    return readFileSync(enrolmentTokenFile, "utf8").trim();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return enrolmentToken;
    throw new FoglineError("FL4015", `FOGLINE_AGENT_ENROLMENT_TOKEN_FILE cannot be read: ${textOf(thrown)}`, { cause: thrown });
  }
};

/** The agent with the identity that lies in its data folder, or is made with the token. */
const identityOf = (config: AgentConfig, log: AgentLog): IdentityKeeper =>
  openIdentity({
    store: fileIdentityStore(join(config.dataFolder, "identity.json")),
    token: tokenOf(config),
    hubUrl: config.hubUrl,
    nodeId: config.nodeId,
    clock: hostClock,
    random: hostRandom,
    log,
  });

const run = async (settings: AgentConfig): Promise<void> => {
  const unlock = lockFolder(settings.dataFolder);
  // Whatever ends this process gives the folder back.
  process.once("exit", unlock);
  const identity = identityOf(
    settings,
    lineLog(settings.nodeId, (line) => process.stdout.write(line)),
  );
  const config = { ...settings, nodeId: identity.nodeId };
  const log = lineLog(config.nodeId, (line) => process.stdout.write(line));
  const environment = inherited();
  const engineEnvironment = given(engineSettings);
  const engine = await findContainerEngine(environment.PATH ?? "", engineEnvironment.DOCKER_HOST);
  const link = webSocketLink({ hubUrl: identity.hubUrl, nodeId: identity.nodeId, identity });
  const agent = await startAgent(config, {
    clock: hostClock,
    random: hostRandom,
    store: sqliteStore(join(config.dataFolder, "agent.db"), hostClock.now()),
    sensors: hostSensors({ root: "/", arch: process.arch, dataFolder: config.dataFolder, containers: engine !== undefined }),
    link,
    runner: await processRunner({
      folder: join(config.dataFolder, "work"),
      environment,
      engineEnvironment,
      containerEngine: engine ?? null,
    }),
    log,
    hands: ({ capabilities: { deviceClass }, reports }) => {
      // A token proves who the device is: it is no part of what a bundle says.
      const { enrolmentToken: _, ...told } = config;
      return hostHands({
        ...{ nodeId: config.nodeId, agentVersion, environment, clock: hostClock },
        refusal: consentOf({ setting: config.remoteShell, deviceClass, dataFolder: config.dataFolder, now: hostClock.now }),
        reports: [...reports, { path: "agent/config.json", text: () => JSON.stringify(told, null, 2) }],
        rebootCommand: config.rebootCommand.split(" ").filter((word) => word !== ""),
        renew: () => identity.renew(),
      });
    },
  });
  const closeStatus = config.socketPath === "" ? undefined : await serveStatus(config.socketPath, agent);

  await noticeService({
    environment: process.env,
    processId: process.pid,
    notify: bySystemdNotify,
    healthy: () => agent.figures().uptimeMs >= 0,
    every: (periodMs, action) => void setInterval(action, periodMs).unref(),
    warn: log.warn,
  });

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
  await link.ended();
  identity.close();
  await closeStatus?.();
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
    refuse(lines, thrown instanceof FoglineError && thrown.code === "FL4015" ? 2 : 1);
  });
}
